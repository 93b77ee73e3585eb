"""Channels over a Redis Cluster: real nodes, one of which is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.conf import settings
from redis.crc import key_slot
from redis.exceptions import RedisError

from project.realtime import positions, store
from project.realtime.engine import Engine
from project.realtime.presence import count_sync
from project.realtime.publisher import Push, publish
from tests.project.realtime.conftest import Server
from tests.project.realtime.listening import append_unheard, listening, say
from tests.support.valkey_cluster import PRIMARIES, SLOTS, ValkeyCluster


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[ValkeyCluster]:
    nodes = ValkeyCluster()
    try:
        nodes.start()
        monkeypatch.setattr(settings, "REDIS_URL", nodes.url)
        yield nodes
    finally:
        nodes.remove()


@pytest.fixture
async def clustered(cluster: ValkeyCluster, server: Server) -> Server:
    return server


def rooms() -> list[str]:
    """One room on each primary, in their order."""

    def primary_of(name: str) -> int:
        return key_slot(store.Keys.of(name).top.encode()) * PRIMARIES // SLOTS

    names = [f"room:{number}" for number in range(1, 100)]
    return [next(name for name in names if primary_of(name) == index) for index in range(PRIMARIES)]


async def test_channels_are_published_recovered_and_counted(
    clustered: Server, cluster: ValkeyCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "CHECK_SECS", 0.1)
    monkeypatch.setattr(positions, "ARRIVES_WITHIN_SECS", 0.05)
    async with listening(clustered, rooms()) as listeners:
        await asyncio.to_thread(publish, [Push(room, [b'{"n":1}'], [b'{"n":0}']) for room in rooms()], batch_id="b")
        await asyncio.to_thread(publish, [Push(room, [b'{"n":1}'], []) for room in rooms()], batch_id="b")
        for room, listener in zip(rooms(), listeners, strict=True):
            await listener.hears(1, 0)
            await listener.client._conn.close()
            await say(2, channel=room)
            await listener.hears(1, 0, 2)
            assert listener.ear.subscriptions[-1].recovered is True
            assert await Engine.current().presence.count(room) == (1, 1)
            assert await asyncio.to_thread(count_sync, room) == (1, 1)
            # Not pushed: found by comparing positions.
            await asyncio.to_thread(append_unheard, 3, channel=room)
            await listener.hears(1, 0, 2, 3)
    for index, room in enumerate(rooms()):
        assert cluster.nodes[index].keys("souk:{room:*}:log") == [store.Keys.of(room).log.encode()]


async def test_a_node_is_lost_and_its_replica_takes_over(clustered: Server, cluster: ValkeyCluster) -> None:
    lost, *others = rooms()
    async with listening(clustered, rooms()) as listeners:
        for room, listener in zip(rooms(), listeners, strict=True):
            await say(1, channel=room)
            await listener.hears(1)
        await asyncio.to_thread(cluster.kill, 0)
        for room, listener in zip(others, listeners[1:], strict=True):
            await until_published(2, room)
            await listener.hears(1, 2)
        # The replica has the stream as far as it was copied: it begins anew, and a fresh snapshot has the rest.
        await until_published(2, lost)
        await listeners[0].ear.until(lambda: len(listeners[0].ear.subscriptions) == 2)
        assert listeners[0].ear.subscriptions[1].recovered is False
        await say(3, channel=lost)
        await listeners[0].ear.until(lambda: 3 in listeners[0].ear.heard)
        assert listeners[0].ear.heard[0] == 1
        assert [listener.ear.heard for listener in listeners[1:]] == [[1, 2], [1, 2]]
        assert [len(listener.ear.subscriptions) for listener in listeners[1:]] == [1, 1]


async def until_published(number: int, room: str) -> None:
    """As the outbox does it: again and again, under one batch id."""
    async with asyncio.timeout(20):
        while True:
            try:
                await asyncio.to_thread(publish, [Push(room, [b'{"n":%d}' % number], [])], batch_id=f"b{number}")
                return
            except RedisError:
                await asyncio.sleep(0.1)
