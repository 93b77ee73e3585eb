"""The engine goes on: without Redis, with clients that misbehave, and with orders that come at the wrong moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from project import wiring
from project.realtime import codes, control, engine, identity, outbox, publisher, store
from project.realtime.codes import CloseCode
from project.realtime.connection import Connection
from project.realtime.engine import Engine
from project.realtime.hub import Lines
from project.realtime.identity import Identity, TokenCaller
from project.realtime.orders import Orders
from project.realtime.outbound import MOST_BYTES
from project.realtime.publisher import Push, publish
from project.realtime.topics import Caller
from tests.project.realtime.conftest import AddParams, RoomTopic, Server
from tests.support.valkey import PrivateValkey


class Viewer:
    def write(self, lines: Lines) -> None: ...
    def lose_position(self, channel: str) -> None: ...


class Outbox:
    """An outbound that keeps what it was given."""

    backlog = 0

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed: CloseCode | None = None

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        self.written.append(payload)

    async def drained(self) -> None: ...

    def close(self, code: CloseCode, goodbye: bytes) -> None:
        self.closed = code


async def say(number: int) -> None:
    await asyncio.to_thread(publish, [Push("room:7", [msgspec.json.encode({"n": number})], [])])


async def test_who_enters_while_redis_is_away_is_told_so_in_time(
    own_valkey: PrivateValkey, server: Server, room: RoomTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ENTER_WITHIN_SECS", 0.2)
    async with server.socket() as client:
        await client.open()
        await asyncio.to_thread(own_valkey.kill)
        refused = await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        assert refused["error"] == {"code": 100, "message": "internal server error", "temporary": True}
        added = await client.ask({"id": 3, "rpc": {"method": "sum.add", "data": {"left": 1, "right": 2}}})
        assert added["rpc"] == {"data": {"sum": 3}}
        assert Engine.current().channels == {}
        await asyncio.to_thread(own_valkey.start)
        async with asyncio.timeout(20):
            number = 4
            while "error" in (entered := await client.ask({"id": number, "subscribe": {"channel": "room:7"}})):
                number += 1
        assert entered["subscribe"]["data"] == {"room": 7}
        assert room.entries == ["entered 7"]


async def test_the_first_who_gets_in_starts_what_counts_for_the_channel(
    own_valkey: PrivateValkey, room: RoomTopic
) -> None:
    await asyncio.to_thread(own_valkey.kill)
    running = Engine.current()
    first, second = Viewer(), Viewer()
    gives_up = asyncio.create_task(running.enter("room:7", first))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    stays = asyncio.create_task(running.enter("room:7", second))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    gives_up.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await gives_up
    await asyncio.to_thread(own_valkey.start)
    await asyncio.wait_for(stays, 20)
    assert room.entries == ["entered 7"]
    await running.leave("room:7", second)  # type: ignore[arg-type]
    assert room.entries == ["entered 7", "left 7"]
    await running.close()


@pytest.mark.parametrize("name", [store.Keys.of(store.ORDERS).channel, store.Keys.of("room:7").channel])
async def test_a_message_that_nobody_understands_makes_nobody_deaf(server: Server, name: str) -> None:
    async with server.socket() as client:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        await asyncio.to_thread(publisher.client("room:7").publish, name, b"\xffnonsense")
        await say(1)
        assert (await client.receive())["push"]["pub"] == {"data": {"n": 1}, "offset": 1}


async def test_the_sweeper_outlives_any_error(
    valkey: PrivateValkey, room: RoomTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = asyncio.Event()
    loop = asyncio.get_running_loop()
    errors = [RuntimeError("on purpose"), KeyError("on purpose")]

    def sweep() -> int:
        if errors:
            raise errors.pop()
        loop.call_soon_threadsafe(swept.set)
        return 0

    monkeypatch.setattr(outbox, "sweep", sweep)
    monkeypatch.setattr(engine, "SWEEP_SECS", 0.01)
    running = Engine.current()
    await asyncio.wait_for(swept.wait(), 20)
    await running.close()


async def test_a_connection_that_cannot_be_pinged_does_not_stop_the_wheel(
    valkey: PrivateValkey, room: RoomTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PING_SECS", 1)
    running = Engine.current()
    pinged = asyncio.Event()

    class Pinged:
        def __init__(self) -> None:
            self.times = 0

        def ping(self) -> None:
            self.times += 1
            if self.times == 2:
                pinged.set()
            raise RuntimeError("on purpose")

    running._wheel = [{Pinged()}]  # type: ignore[arg-type]
    await asyncio.wait_for(pinged.wait(), 20)
    await running.close()


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An identity under which the session ends, and the order to close its sockets arrives, while it is looked up."""
    obeyed = asyncio.Event()
    obey = Orders.obey

    def note(self: Orders, order: dict[str, Any]) -> None:
        obey(self, order)
        if order["user_id"] == 5:
            obeyed.set()

    monkeypatch.setattr(Orders, "obey", note)

    async def from_token(token: str) -> TokenCaller:
        if token == "ending":
            obeyed.clear()
            await asyncio.to_thread(control.end_connections, user_id=5, session_id="s")
            await asyncio.wait_for(obeyed.wait(), 10)
        return TokenCaller(Caller(user_id=5, session_id="s"), 4e9)

    async def nobody(session_key: str) -> None:
        return None

    identity.install(Identity(from_token, nobody, lambda callers: set()))
    yield
    identity.install(wiring.IDENTITY)


async def ready(server: Server) -> None:
    """The engine hears orders."""
    async with server.socket() as first:
        await first.open()
        async with asyncio.timeout(10):
            while not Engine.current()._orders.channel.live:
                await asyncio.sleep(0.01)


async def test_a_session_that_ends_while_it_connects_gets_no_socket(server: Server, ending: None) -> None:
    await ready(server)
    async with server.socket() as client:
        await client.send({"id": 1, "connect": {"token": "ending"}})
        assert (await client.receive())["push"]["disconnect"]["code"] == codes.SESSION_ENDED.code


async def test_a_session_that_ends_while_its_token_is_refreshed_loses_its_socket(server: Server, ending: None) -> None:
    await ready(server)
    async with server.socket() as client:
        assert "connect" in await client.open(token="fine")
        await client.send({"id": 2, "refresh": {"token": "ending"}})
        assert (await client.receive())["push"]["disconnect"]["code"] == codes.SESSION_ENDED.code


async def test_nothing_is_done_for_a_connection_that_was_closed(
    valkey: PrivateValkey, room: RoomTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    async def add(self: RoomTopic, *, caller: Caller, params: AddParams) -> dict[str, int]:
        done.append(params.left)
        return {}

    monkeypatch.setattr(RoomTopic, "add", add)
    connection = Connection(out=(out := Outbox()), session_key="")
    ask = b'{"id":2,"rpc":{"method":"sum.add","data":{"left":%d,"right":0}}}'
    await connection.on_frame(b'{"id":1,"connect":{}}\n' + ask % 1)
    assert (done, len(out.written)) == ([1], 2)
    connection.close(codes.SESSION_ENDED)
    await connection.on_frame(ask % 2)
    assert (done, len(out.written), out.closed) == ([1], 2, codes.SESSION_ENDED)
    await connection.gone()
    await Engine.current().close()


async def test_who_does_not_read_answers_gets_no_more_of_them(server: Server) -> None:
    await asyncio.to_thread(publish, [Push("room:7", [msgspec.json.encode("x" * 20_000)] * 10, [])])
    async with server.socket(max_queue=1) as client:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        (connection,) = Engine.current().connections
        for number in range(3, 103):
            await client.send({"id": number, "history": {"channel": "room:7", "limit": 10}})
        # 20 MB of answers: what is not read waits with the client's commands, not here.
        async with asyncio.timeout(20):
            while connection._out.backlog < 64 * 1024:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert connection._out.backlog <= MOST_BYTES + 200_000
        for number in range(3, 103):
            answer = await client.receive()
            assert (answer["id"], len(answer["history"]["publications"])) == (number, 10)


@pytest.mark.parametrize("offset", [-1, 2**63, 10**30])
async def test_an_offset_that_cannot_be_is_refused(server: Server, offset: int) -> None:
    async with server.socket() as client:
        await client.open()
        request = {"channel": "room:7", "recover": True, "offset": offset, "epoch": "e"}
        assert (await client.ask({"id": 2, "subscribe": request}))["error"]["code"] == codes.BAD_REQUEST.code
