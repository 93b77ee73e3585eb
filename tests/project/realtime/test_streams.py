"""The streams of channels as the engine reads and writes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from project.realtime import publisher, store
from project.realtime.engine import Engine
from project.realtime.publisher import Push, publish
from project.realtime.shards import Shard
from project.realtime.store import Call
from tests.project.realtime.conftest import RoomTopic
from tests.support.valkey import PrivateValkey


@pytest.fixture
async def running(valkey: PrivateValkey, room: RoomTopic) -> AsyncIterator[Engine]:
    engine = Engine.current()
    yield engine
    await engine.close()


async def test_history_forwards_and_backwards(running: Engine) -> None:
    items = [b"%d" % number for number in range(1, 6)]
    await running.publish("room:7", items, durable=True)

    async def offsets(**part: object) -> list[int]:
        found = await running.history("room:7", **part)  # type: ignore[arg-type]
        assert found.offset == 5
        assert all(item == items[offset - 1] for offset, item in found.publications)
        return [offset for offset, _ in found.publications]

    assert await offsets() == []
    assert await offsets(most=3) == []
    assert await offsets(since=0, most=3) == [1, 2, 3]
    assert await offsets(since=3, most=300) == [4, 5]
    assert await offsets(since=5, most=300) == []
    assert await offsets(since=2) == []
    assert await offsets(since=1, most=300, last="3-0") == [2, 3]
    assert await offsets(reverse=True, most=3) == [5, 4, 3]
    assert await offsets(reverse=True, since=3, most=300) == [2, 1]
    assert await offsets(reverse=True, since=1, most=300) == []
    assert await offsets(reverse=True, since=0, most=300) == []
    assert await offsets(reverse=True, since=9, most=2) == [5, 4]


async def test_who_comes_back_at_the_same_moment_shares_a_round_trip(
    running: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips: list[int] = []
    run_all = Shard.run_all

    async def count(self: Shard, calls: Sequence[Call]) -> list[Any]:
        # The engine reads a stream of its own when it starts.
        if rooms := [call for call in calls if "room:" in call.keys[0]]:
            trips.append(len(rooms))
        return await run_all(self, calls)

    monkeypatch.setattr(Shard, "run_all", count)
    for number in range(1, 21):
        await running.publish(f"room:{number}", [b"%d" % number], durable=True)
    # Each twice: who asks the same has the same answer.
    reads = [running.history(f"room:{number}", since=0, most=9) for number in [*range(1, 21)] * 2]
    found = await asyncio.gather(*reads)
    assert [part.publications for part in found] == [[(1, b"%d" % number)] for number in [*range(1, 21)] * 2]
    assert trips == [20]


async def test_from_a_socket_and_from_a_service_into_one_stream(running: Engine) -> None:
    await running.publish("room:7", [b"1"], durable=True)
    await asyncio.to_thread(publish, [Push("room:7", [b"2"], [b"passing"])])
    await running.publish("room:7", [b"passing"], durable=False)
    assert (await running.history("room:7", since=0, most=9)).publications == [(1, b"1"), (2, b"2")]


async def test_a_channel_without_history_keeps_nothing(
    running: Engine, valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RoomTopic, "history_size", 0)
    with valkey.client.pubsub() as heard:
        heard.subscribe("souk:{room:7}")
        assert heard.get_message(timeout=5) is not None
        await running.publish("room:7", [b"1"], durable=True)
        await asyncio.to_thread(publish, [Push("room:7", [b"2"], [])], batch_id="b")
        messages = [heard.get_message(timeout=5) for _ in range(2)]
    assert [store.read_message(message["data"]).payloads for message in messages if message] == [[b"1"], [b"2"]]
    assert valkey.client.keys("souk:{room:7}*") == []


async def test_a_batch_is_published_once(running: Engine) -> None:
    for _ in range(2):
        await asyncio.to_thread(publish, [Push("room:7", [b"1"], []), Push("room:8", [b"1"], [])], batch_id="b")
    assert (await running.history("room:7", since=0, most=9)).publications == [(1, b"1")]
    assert (await running.history("room:8")).offset == 1


async def test_many_channels_in_few_scripts_each_as_if_alone(
    running: Engine, valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than fit in one script, some of them with a history already, one of another run of Redis."""
    monkeypatch.setattr(store, "MOST_CHANNELS_A_SCRIPT", 3)
    await running.publish("room:2", [b"before"], durable=True)
    await running.publish("room:3", [b"lost", b"lost"], durable=True)
    valkey.client.hset(store.Keys.of("room:3").top, "run", "another")
    batch = [Push(f"room:{n}", [b"%d-%d" % (n, item) for item in range(n)], [b"passing"]) for n in range(8)]
    with valkey.client.pubsub() as heard:
        heard.subscribe("souk:{room:5}")
        assert heard.get_message(timeout=5) is not None
        for _ in range(2):
            await asyncio.to_thread(publish, batch, batch_id="b")
        messages = [heard.get_message(timeout=5) for _ in range(3)]
    assert [store.read_message(message["data"]).payloads for message in messages if message] == [
        [b"5-%d" % item for item in range(5)],
        [b"passing"],
        [b"passing"],
    ]
    found = {n: await running.history(f"room:{n}", since=0, most=20) for n in range(8)}
    expected = {n: [b"%d-%d" % (n, item) for item in range(n)] for n in range(8)}
    expected[2].insert(0, b"before")
    assert {n: [item for _, item in part.publications] for n, part in found.items()} == expected
    assert all(part.offset == len(part.publications) for part in found.values())
    assert len({part.epoch for part in found.values()}) > 1
    single, many = store.Keys.of("room:1"), store.Keys.of("room:6")
    for name in (single, many):
        assert valkey.client.ttl(name.top) > 0 < valkey.client.ttl(name.log)


async def test_a_redis_that_forgot_the_scripts_is_told_again(running: Engine, valkey: PrivateValkey) -> None:
    for number in (1, 2):
        valkey.client.script_flush()
        await asyncio.to_thread(publish, [Push("room:7", [b"%d" % number], [b"passing"])])
        valkey.client.script_flush()
        assert (await running.history("room:7")).offset == number


@pytest.mark.parametrize("left", [b"run", b"epoch offset run"])
async def test_a_stream_of_another_run_of_redis_begins_anew(
    running: Engine, valkey: PrivateValkey, left: bytes
) -> None:
    """Restored from a snapshot, the top is there with another run's id; restarted empty, it is not there."""
    await running.publish("room:7", [b"1", b"2"], durable=True)
    before = await running.history("room:7")
    top = store.Keys.of("room:7").top
    valkey.client.hdel(top, *left.split())
    await asyncio.to_thread(publish, [Push("room:7", [b"3"], [])])
    after = await running.history("room:7", since=0, most=9)
    assert (after.offset, after.publications) == (1, [(1, b"3")])
    assert after.epoch != before.epoch
    assert publisher.client("room:7").hget(top, "run") == valkey.client.info("server")["run_id"].encode()
