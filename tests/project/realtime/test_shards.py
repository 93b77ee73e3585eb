"""Channels over several Redises: each lives in one, and what happens to one leaves the others alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.conf import settings
from redis.exceptions import RedisError

from project.realtime import store
from project.realtime.addresses import addresses, choose
from project.realtime.engine import Engine
from project.realtime.presence import count_sync
from project.realtime.publisher import Push, publish
from tests.project.realtime.conftest import RoomTopic, Server
from tests.project.realtime.listening import Listener, listening, say
from tests.support.valkey import PrivateValkey


@pytest.fixture(params=[2, 3])
def valkeys(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[PrivateValkey]]:
    servers = [PrivateValkey(keep=True) for _ in range(request.param)]
    try:
        for server in servers:
            server.start()
        monkeypatch.setattr(settings, "REDIS_URL", ",".join(server.url for server in servers))
        yield servers
    finally:
        for server in servers:
            server.remove()


@pytest.fixture
async def sharded(valkeys: list[PrivateValkey], server: Server) -> Server:
    """A server of the engine over all of them."""
    return server


def rooms_of(valkeys: list[PrivateValkey]) -> list[str]:
    """One room in each, in their order."""
    shards = addresses(settings.REDIS_URL)
    names = [f"room:{number}" for number in range(1, 100)]
    return [next(name for name in names if choose(shards, name) == index) for index in range(len(valkeys))]


async def test_each_channel_lives_in_one_of_them(valkeys: list[PrivateValkey], sharded: Server) -> None:
    rooms = rooms_of(valkeys)
    async with listening(sharded, rooms) as listeners:
        # One call for all of them.
        await asyncio.to_thread(publish, [Push(room, [b'{"n":1}'], []) for room in rooms])
        for listener in listeners:
            await listener.hears(1)
            await listener.client._conn.close()
        await asyncio.to_thread(publish, [Push(room, [b'{"n":2}'], []) for room in rooms])
        for listener in listeners:
            await listener.hears(1, 2)
            assert listener.ear.subscriptions[-1].recovered is True
        for room in rooms:
            assert await Engine.current().presence.count(room) == (1, 1)
            assert await asyncio.to_thread(count_sync, room) == (1, 1)
    for index, valkey in enumerate(valkeys):
        held = {key.decode() for key in valkey.client.keys("souk:{room:*}:log")}
        assert held == {store.Keys.of(rooms[index]).log}


async def test_one_is_killed_and_comes_back(valkeys: list[PrivateValkey], sharded: Server, room: RoomTopic) -> None:
    rooms = rooms_of(valkeys)
    async with listening(sharded, rooms) as listeners:
        for name, listener in zip(rooms, listeners, strict=True):
            await say(1, channel=name)
            await listener.hears(1)
        await asyncio.to_thread(valkeys[0].kill)
        with pytest.raises(RedisError):
            await asyncio.to_thread(publish, [Push(name, [b'{"n":2}'], []) for name in rooms], batch_id="b")
        for listener in listeners[1:]:
            await listener.hears(1, 2)
        async with Listener(sharded, rooms[1]) as newcomer:
            await say(3, channel=rooms[1])
            await newcomer.hears(3)
        await asyncio.to_thread(valkeys[0].start)
        # Its streams begin anew, its own alone.
        await listeners[0].ear.until(lambda: len(listeners[0].ear.subscriptions) == 2)
        assert listeners[0].ear.subscriptions[1].recovered is False
        await asyncio.to_thread(publish, [Push(name, [b'{"n":2}'], []) for name in rooms], batch_id="b")
        await listeners[0].hears(1, 2)
        await listeners[1].hears(1, 2, 3)
        for listener in listeners[2:]:
            await listener.hears(1, 2)
        assert [len(listener.ear.subscriptions) for listener in listeners[1:]] == [1] * (len(rooms) - 1)
