"""daphne serves the same application, HTTP and socket, from the plain command that Channels documents."""

from __future__ import annotations

import asyncio
import sys
import urllib.error
import urllib.request
from typing import Any

import msgspec
import pytest
from django.conf import settings
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from community.accounts import services
from community.accounts.models import User
from project.kernel.database import database
from project.realtime.publisher import Push, publish
from tests.live.factories import make_show
from tests.project.realtime.conftest import Server, Socket
from tests.project.realtime.test_slow_reader import with_small_buffers
from tests.support.factories import make_user
from tests.support.ports import free_port
from tests.support.stack import Stack


@pytest.fixture
async def daphne(live_stack: Stack) -> Server:
    port = free_port()
    argv = ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "project.asgi:application"]
    process = live_stack.start_program("daphne", sys.executable, *argv)
    await asyncio.to_thread(
        live_stack.until, lambda: "Listening on TCP address" in process.last_words(), secs=60, what="daphne"
    )
    return Server(port)


def get(server: Server, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=30) as answer:
        return msgspec.json.decode(answer.read())


async def test_http(daphne: Server) -> None:
    assert await asyncio.to_thread(get, daphne, "/api/me/") == {"user": None}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await asyncio.to_thread(get, daphne, "/api/shows/1/")


async def test_a_socket_from_its_connect_to_its_close(daphne: Server, live_stack: Stack) -> None:
    def begin() -> tuple[User, int, str]:
        user = make_user()
        return user, make_show().pk, live_stack.token_of(user)

    user, show_id, token = await database(begin)
    async with daphne.socket() as client:
        connected = (await client.open(token=token))["connect"]
        assert list(connected["subs"]) == [f"user:{user.pk}"]
        channel = f"show:{show_id}"
        entered = (await client.ask({"id": 2, "subscribe": {"channel": channel}}))["subscribe"]
        assert entered["data"]["show"]["id"] == show_id

        said = {"channel": channel, "text": "你好", "key": "k"}
        await client.send({"id": 3, "rpc": {"method": "chat.send", "data": said}})
        heard = [await client.receive() for _ in range(2)]
        (answer,) = (item["rpc"]["data"]["message"] for item in heard if "rpc" in item)
        (push,) = (item["push"] for item in heard if "push" in item)
        assert push["channel"] == channel
        assert push["pub"]["offset"] == entered["offset"] + 1
        assert push["pub"]["data"]["message"] == answer

        await database(services.deactivate, user=user)
        assert (await client.receive())["push"]["disconnect"]["code"] == 4001
        with pytest.raises(ConnectionClosedError) as end:
            await client.raw.recv()
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == 4001


async def test_a_terminal_close_says_first_why(daphne: Server) -> None:
    async with daphne.socket() as client:
        await client.send({"id": 1, "connect": {"token": "forged"}})
        reason = {"code": 3500, "reason": "invalid token", "reconnect": False}
        assert (await client.receive())["push"] == {"disconnect": reason}
        with pytest.raises(ConnectionClosedError) as end:
            await client.raw.recv()
        assert end.value.rcvd is not None
        assert (end.value.rcvd.code, end.value.rcvd.reason) == (3500, "")


async def test_protobuf(daphne: Server) -> None:
    async with connect(daphne.url, subprotocols=[Subprotocol("centrifuge-protobuf")]) as raw:
        assert raw.subprotocol == "centrifuge-protobuf"
        # A length, then id 1 and an empty `connect`.
        await raw.send(b"\x04\x08\x01\x22\x00")
        answer = await raw.recv()
        assert isinstance(answer, bytes)
        assert b"souk" in answer
        await raw.send(b"\x7fcut off")
        assert b"bad request" in await raw.recv(decode=False)


async def test_a_foreign_origin_is_refused(daphne: Server) -> None:
    with pytest.raises(Exception, match="HTTP 403"):
        async with connect(daphne.url, origin="https://elsewhere.example"):  # type: ignore[arg-type]
            pass
    assert "https://elsewhere.example" not in settings.ORIGINS


async def test_a_reader_that_does_not_read_is_closed(daphne: Server) -> None:
    """daphne's own `send` takes whatever it is given, and keeps it."""
    show = await database(make_show)
    payload = msgspec.json.encode({"text": "x" * 50_000})
    async with daphne.socket(sock=with_small_buffers(daphne), max_queue=1) as slow:
        await slow.open()
        first = (await slow.ask({"id": 2, "subscribe": {"channel": f"show:{show.pk}"}}))["subscribe"]["offset"] + 1
        for _ in range(4):
            await asyncio.to_thread(publish, [Push(f"show:{show.pk}", [payload] * 50, [])])
        heard = await until_closed(slow)
    assert heard[-1] == {"disconnect": {"code": 3008, "reason": "slow reader", "reconnect": True}}
    offsets = [push["pub"]["offset"] for push in heard[:-1]]
    assert offsets == list(range(first, first + len(offsets)))
    assert len(offsets) < 200


async def until_closed(client: Socket) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    while not heard or "disconnect" not in heard[-1]:
        heard.append((await client.receive())["push"])
    return heard
