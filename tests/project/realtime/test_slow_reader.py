"""A reader that does not read costs a bounded amount of memory, and loses nothing that lasts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.frames import Frame, Opcode

from project.kernel.database import database
from project.realtime import engine, hub, presence
from project.realtime.engine import Engine
from project.realtime.outbound import MOST_BYTES, SLOW_BYTES
from project.realtime.publisher import Push, publish
from project.realtime.server import uvicorn_ws
from tests.live.factories import make_show
from tests.project.realtime.conftest import Server, Socket
from tests.support.stack import Stack

pytestmark = pytest.mark.once

LARGE = "x" * 20_000


async def push(durable: int = 0, ephemeral: int = 0, times: int = 1) -> None:
    payload = msgspec.json.encode({"text": LARGE})
    for _ in range(times):
        await asyncio.to_thread(publish, [Push("room:7", [payload] * durable, [payload] * ephemeral)])


@pytest.fixture
def each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two publications leave in one frame: together they may take a reader from "not far behind" to "too far"."""
    monkeypatch.setattr(hub, "MOST_WINDOW_SECS", 0.0)


def with_small_buffers(server: Server) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    return client


async def enter(client: Socket) -> dict[str, Any]:
    await client.open()
    return (await client.ask({"id": 2, "subscribe": {"channel": "room:7"}}))["subscribe"]


async def test_ephemeral_events_are_dropped_for_a_reader_that_stays_behind(server: Server) -> None:
    async with server.socket(sock=with_small_buffers(server), max_queue=1) as slow:
        await enter(slow)
        (connection,) = Engine.current().connections
        await push(ephemeral=10, times=400)
        assert connection._out.backlog <= MOST_BYTES + 300_000
        assert connection in Engine.current().connections


async def test_a_reader_behind_on_durable_events_is_closed_and_recovers(server: Server) -> None:
    async with server.socket(sock=with_small_buffers(server), max_queue=1) as slow:
        first = await enter(slow)
        (connection,) = Engine.current().connections
        async with asyncio.timeout(20):
            sent = 0
            while not connection.closed:
                await push(durable=1)
                sent += 1
        assert connection._out.backlog <= 2 * MOST_BYTES + 200_000
        seen = 0
        while "disconnect" not in (push_seen := (await slow.receive())["push"]):
            seen = push_seen["pub"]["offset"]
        assert push_seen["disconnect"] == {"code": 3008, "reason": "slow reader", "reconnect": True}
    async with server.socket() as again:
        await again.open()
        request = {"channel": "room:7", "recover": True, "offset": max(seen, sent - 20), "epoch": first["epoch"]}
        recovered = (await again.ask({"id": 2, "subscribe": request}))["subscribe"]
        assert recovered["recovered"] is True
        assert [pub["offset"] for pub in recovered.get("publications", [])] == list(
            range(max(seen, sent - 20) + 1, sent + 1)
        )


@pytest.mark.usefixtures("each_by_itself")
async def test_a_reader_that_takes_nothing_at_all_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_ws, "CLOSE_WITHIN_SECS", 0.2)
    async with server.socket(sock=with_small_buffers(server), max_queue=1, close_timeout=0.1) as slow:
        await enter(slow)
        (connection,) = Engine.current().connections
        while connection._out.backlog < MOST_BYTES // 2:
            await push(durable=1)
        connection.ping()
        connection.ping()
        async with asyncio.timeout(10):
            while Engine.current().connections:
                await asyncio.sleep(0.01)
        assert await presence.count("room:7") == (0, 0)


@pytest.mark.usefixtures("each_by_itself")
async def test_a_reader_that_stays_behind_is_closed_though_it_is_not_far(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CATCH_UP_WITHIN_SECS", 0.3)
    async with server.socket(sock=with_small_buffers(server), max_queue=1) as slow:
        await enter(slow)
        (connection,) = Engine.current().connections
        while connection._out.backlog <= SLOW_BYTES:
            await push(durable=1)
        await push(durable=1)
        assert connection._out.backlog < MOST_BYTES
        async with asyncio.timeout(10):
            while not connection.closed:
                await asyncio.sleep(0.01)
        heard = await slow.receive()
        while "disconnect" not in heard["push"]:
            heard = await slow.receive()
        assert heard["push"]["disconnect"]["code"] == 3008


@pytest.mark.usefixtures("each_by_itself")
async def test_a_reader_that_catches_up_in_time_stays(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CATCH_UP_WITHIN_SECS", 10.0)
    async with server.socket(sock=with_small_buffers(server), max_queue=1) as slow:
        await enter(slow)
        (connection,) = Engine.current().connections
        while not len(Engine.current().behind):
            await push(durable=1)
        while connection.push is None:
            await slow.receive()
        assert len(Engine.current().behind) == 0
        assert not connection.closed


STUCK, HEALTHY, MESSAGES, RATE = 200, 5, 2000, 200


async def test_two_hundred_that_never_read_beside_some_who_do(live_stack: Stack) -> None:
    """A real process: what they cost is bounded, they are closed, and the others miss nothing."""
    show = await database(make_show)
    await asyncio.to_thread(live_stack.start)
    (web,) = live_stack.web
    server, channel = Server(web.port), f"show:{show.pk}"
    async with contextlib.AsyncExitStack() as ending:
        healthy = [await ending.enter_async_context(server.socket()) for _ in range(HEALTHY)]
        for one in healthy:
            await one.open()
        places = [(await one.ask({"id": 2, "subscribe": {"channel": channel}}))["subscribe"] for one in healthy]
        stuck = [await never_reading(server, channel) for _ in range(STUCK)]
        for one in stuck:
            ending.callback(one.close)
        before = resident_bytes(web.pid)
        talking = asyncio.create_task(talk(channel))
        async with asyncio.timeout(60):
            offsets = await asyncio.gather(*(offsets_of(one) for one in healthy))
        await talking
        cost = (resident_bytes(web.pid) - before) / STUCK
        async with asyncio.timeout(20):
            while not all(was_reset(one) for one in stuck):
                await asyncio.sleep(0.1)
    assert cost < MOST_BYTES
    for place, heard in zip(places, offsets, strict=True):
        assert heard == list(range(place["offset"] + 1, place["offset"] + MESSAGES + 1))


async def talk(channel: str) -> None:
    payload = msgspec.json.encode({"text": "x" * 1000})
    loop = asyncio.get_running_loop()
    started = loop.time()
    for number in range(0, MESSAGES, 10):
        await asyncio.to_thread(publish, [Push(channel, [payload] * 10, [payload])])
        await asyncio.sleep(max(0.0, started + number / RATE - loop.time()))


async def never_reading(server: Server, channel: str) -> socket.socket:
    one = with_small_buffers(server)
    origin_free = (
        "GET /connection/websocket HTTP/1.1\r\nHost: souk\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    commands = b'{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"%b"}}' % channel.encode()
    one.sendall(origin_free.encode() + Frame(Opcode.TEXT, commands).serialize(mask=True))
    one.setblocking(False)
    loop, heard = asyncio.get_running_loop(), b""
    async with asyncio.timeout(10):
        while b'"subscribe"' not in heard:
            heard += await loop.sock_recv(one, 4096)
    return one


def was_reset(one: socket.socket) -> bool:
    poll = select.poll()
    poll.register(one, 0)
    return bool(poll.poll(0))


async def offsets_of(one: Socket) -> list[int]:
    heard: list[int] = []
    while len(heard) < MESSAGES:
        pub = (await one.receive())["push"].get("pub", {})
        if "offset" in pub:
            heard.append(pub["offset"])
    return heard


def resident_bytes(pid: int) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
