"""Orders to all processes, and what becomes of them while a process does not hear Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec
import pytest

from project.realtime import codes, control, identity, orders, positions, publisher, store
from project.realtime.codes import CloseCode
from project.realtime.engine import Engine
from project.realtime.topics import Caller
from tests.project.realtime import hall
from tests.project.realtime.conftest import Server, Socket
from tests.support.valkey import PrivateValkey


@pytest.fixture
def hall_server(server: Server) -> Iterator[Server]:
    with hall.installed():
        yield server


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def enter_hall(client: Socket, token: str) -> None:
    await client.open(token=token)
    heard = Engine.current()._orders.channel
    await until(lambda: heard.live)
    await client.send({"id": 2, "subscribe": {"channel": "hall:7"}})
    while "subscribe" not in await client.receive():
        pass


async def push_of(client: Socket, kind: str) -> dict[str, Any]:
    while True:
        push = (await client.receive()).get("push", {})
        if kind in push:
            return dict(push[kind])


async def test_who_is_put_out_leaves_the_channel_alone(hall_server: Server) -> None:
    async with hall_server.socket() as put_out, hall_server.socket() as other:
        await enter_hall(put_out, "5")
        await enter_hall(other, "6")
        await asyncio.to_thread(control.push_out, user_id=5, channel="hall:7")
        assert (await push_of(put_out, "unsubscribe"))["code"] == codes.ENTRY_LOST.code
        assert "rpc" in await put_out.ask({"id": 3, "rpc": {"method": "sum.secret", "data": {}}})
        assert "hall:7" in next(c for c in Engine.current().connections if c.caller.user_id == 6).subscriptions


async def test_an_order_that_was_not_delivered_is_read_from_its_stream(
    hall_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "CHECK_SECS", 0.1)
    monkeypatch.setattr(positions, "ARRIVES_WITHIN_SECS", 0.05)
    async with hall_server.socket() as client:
        await enter_hall(client, "5")
        keys, redis = store.Keys.of(store.ORDERS), publisher.client(store.ORDERS)
        redis.xadd(keys.log, {"d": msgspec.json.encode({"user_id": 5, "channel": "hall:7"})}, id="1-0")
        redis.hset(keys.top, "offset", "1")
        assert (await push_of(client, "unsubscribe"))["code"] == codes.ENTRY_LOST.code


class Member:
    def __init__(self, number: int) -> None:
        self.caller = Caller(user_id=number, session_id=f"s{number}")
        self.closed: CloseCode | None = None

    def close(self, code: CloseCode) -> None:
        self.closed = code


async def is_barred(user_id: int) -> bool:
    return user_id % 4 == 0


async def test_sessions_are_checked_by_the_hundred_when_the_link_comes_back(
    server: Server, valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    failures = [RuntimeError("the database is away")]

    def still_valid(callers: Collection[Caller]) -> set[Caller]:
        if failures:
            raise failures.pop()
        asked.append(len(callers))
        return {caller for caller in callers if caller.id % 2}

    monkeypatch.setattr(orders, "RETRY_SECS", 0.01)
    with hall.installed():
        running = Engine.current()
        await until(lambda: running._orders.channel.live)
        identity.install(identity.current()._replace(still_valid=still_valid, is_barred=is_barred))
        members = [Member(number) for number in range(700)]
        running.connections.update(members)  # type: ignore[arg-type]
        valkey.client.client_kill_filter(_type="pubsub")
        await until(lambda: sum(asked) == 700)
        await until(lambda: all(member.closed for member in members[::2]))
        assert sorted(asked) == [100, 300, 300]
        # Whoever is kept out is told so, and does not come back to hear it.
        assert [member.closed for member in members] == [codes.BANNED, None, codes.SESSION_ENDED, None] * 175
        running.connections.clear()
