"""What the channel layer was given arrives, or its receiver is told: also the slow one, and when Redis goes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from redis.exceptions import RedisError

from project.realtime.layer import ChannelOverflow, PositionLost, Undelivered
from tests.contracts.conftest import MakeLayer
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.once

SECS = 60
BUSY = 100


async def collect(layer: Any, channel: str, received: list[int], end: int = -1) -> type[Undelivered] | None:
    """Receive numbers until `end` comes or it ends with an error, which is answered."""
    try:
        while (number := (await layer.receive(channel))["n"]) != end:
            received.append(number)
            if number % BUSY == 0:
                await asyncio.sleep(0.01)
    except Undelivered as error:
        return type(error)
    return None


async def send(layer: Any, way: str, channel: str, number: int) -> None:
    await (layer.group_send("group", {"n": number}) if way == "group" else layer.send(channel, {"n": number}))


async def test_who_is_slow_gets_ten_thousand_messages(make_layer: MakeLayer) -> None:
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    await here.group_add("group", channel)
    received: list[int] = []
    for number in range(10_000):
        await there.group_send("group", {"n": number})
    async with asyncio.timeout(SECS):
        collecting = asyncio.create_task(collect(here, channel, received))
        while len(received) < 10_000:
            await asyncio.sleep(0.01)
    await there.group_send("group", {"n": -1})
    assert await collecting is None
    assert received == list(range(10_000))


async def test_who_is_too_slow_gets_all_that_fitted_and_then_the_error(make_layer: MakeLayer) -> None:
    here, there = make_layer(capacity=500), make_layer()
    slow, quick = await here.new_channel(), await here.new_channel()
    await here.group_add("group", slow)
    await here.group_add("group", quick)
    of_slow: list[int] = []
    of_quick: list[int] = []
    async with asyncio.timeout(SECS):
        collecting = asyncio.create_task(collect(here, quick, of_quick))
        for number in range(2000):
            await there.group_send("group", {"n": number})
        await there.group_send("group", {"n": -1})
        assert await collecting is None
        assert await collect(here, slow, of_slow) is ChannelOverflow
    assert of_quick == list(range(2000))
    assert of_slow == list(range(500))


@pytest.mark.parametrize("way", ["group", "process"])
async def test_a_link_that_breaks_loses_nothing(make_layer: MakeLayer, valkey: PrivateValkey, way: str) -> None:
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    await here.group_add("group", channel)
    received: list[int] = []
    collecting = asyncio.create_task(collect(here, channel, received))
    async with asyncio.timeout(SECS):
        for number in range(2000):
            if number % 400 == 200:
                valkey.client.client_kill_filter(_type="pubsub")
            await send(there, way, channel, number)
        await send(there, way, channel, -1)
        assert await collecting is None
    assert received == list(range(2000))


async def test_more_is_missed_than_redis_keeps(
    make_layer: MakeLayer, valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    from project.realtime.layer import office

    monkeypatch.setattr(office, "KEPT", 10)
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    await here.group_add("group", channel)
    received: list[int] = []
    collecting = asyncio.create_task(collect(here, channel, received))
    number = 0
    async with asyncio.timeout(SECS):
        while not collecting.done():
            valkey.client.client_kill_filter(_type="pubsub")
            for _ in range(50):
                await there.group_send("group", {"n": number})
                number += 1
    assert await collecting is PositionLost
    assert received == list(range(len(received)))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("way", ["group", "process"])
async def test_a_redis_that_dies_and_comes_back(
    own_valkey: PrivateValkey, make_layer: MakeLayer, way: str, keep: bool
) -> None:
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    await here.group_add("group", channel)
    received: list[int] = []
    collecting = asyncio.create_task(collect(here, channel, received))
    acknowledged: list[int] = []
    number = 0

    async def send_some(until: int) -> None:
        nonlocal number
        while len(acknowledged) < until:
            number += 1
            with contextlib.suppress(RedisError, OSError):
                await send(there, way, channel, number)
                acknowledged.append(number)

    async with asyncio.timeout(SECS):
        await send_some(200)
        sending = asyncio.create_task(send_some(600))
        await asyncio.sleep(0.01)
        await asyncio.to_thread(own_valkey.stop if keep else own_valkey.kill)
        await asyncio.to_thread(own_valkey.start)
        await sending
        # Another Redis has begun: it does not say what the last one had still passed on.
        assert await collecting is PositionLost
        # In order, and nothing twice; what is missing was told.
        assert received == sorted(set(received))
        assert set(acknowledged[:100]) <= set(received)
        # Who comes back gets everything from then on; each stream tells its own loss, one may come late.
        outcome: type[Undelivered] | None = PositionLost
        last = 0
        while outcome is PositionLost:
            channel = await here.new_channel()
            await here.group_add("group", channel)
            received.clear()
            # None of these was sent before: what came just before one came in may still be on its way, and comes first.
            first, last = last, last + 101
            collecting = asyncio.create_task(collect(here, channel, received, end=last - 1))
            for number in range(first, last):
                await send(there, way, channel, number)
            outcome = await collecting
    assert received[-100:] == list(range(first, last - 1))


async def test_who_leaves_while_coming_in_is_not_cancelled(own_valkey: PrivateValkey, make_layer: MakeLayer) -> None:
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    await asyncio.to_thread(own_valkey.stop)
    entering = asyncio.create_task(here.group_add("group", channel))
    await asyncio.sleep(0)  # it is on its way
    await here.group_discard("group", channel)
    await entering
    await asyncio.to_thread(own_valkey.start)
    async with asyncio.timeout(SECS):
        with pytest.raises(PositionLost):
            await here.receive(channel)
        channel = await here.new_channel()
        await here.group_add("group", channel)
        await there.group_send("group", {"n": -1})
        assert await collect(here, channel, []) is None


async def test_work_survives_links_that_break(make_layer: MakeLayer, valkey: PrivateValkey) -> None:
    processes = [make_layer() for _ in range(2)]
    sender = make_layer()
    received: list[int] = []
    workers = [asyncio.create_task(collect(layer, "work", received)) for layer in processes for _ in range(2)]
    acknowledged: set[int] = set()
    doubtful: set[int] = set()
    async with asyncio.timeout(SECS):
        for number in range(1000):
            if number % 100 == 50:
                valkey.client.client_kill_filter(skipme=True)
            try:
                await sender.send("work", {"n": number})
                acknowledged.add(number)
            except (RedisError, OSError):
                doubtful.add(number)
        for _ in workers:
            while True:
                with contextlib.suppress(RedisError, OSError):
                    await sender.send("work", {"n": -1})
                    break
        assert await asyncio.gather(*workers) == [None] * 4
    assert len(received) == len(set(received))
    assert acknowledged <= set(received) <= acknowledged | doubtful


async def test_without_redis_the_sender_is_told_and_what_arrived_is_there(
    own_valkey: PrivateValkey, make_layer: MakeLayer
) -> None:
    layer = make_layer(capacity=2)
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 1})
    assert await layer.receive(channel) == {"n": 1}
    await layer.send(channel, {"n": 2})
    await asyncio.to_thread(own_valkey.kill)
    for call in (layer.send(channel, {}), layer.group_send("group", {}), layer.send("work", {})):
        with pytest.raises((RedisError, OSError)):
            await call
    # What did not go takes no room.
    with pytest.raises((RedisError, OSError)):
        await layer.send(channel, {})
    assert (await layer.receive(channel)) == {"n": 2}


async def test_capacity_is_right_after_messages_were_lost(own_valkey: PrivateValkey, make_layer: MakeLayer) -> None:
    layer = make_layer(capacity=2)
    channel = await layer.new_channel()
    await asyncio.to_thread(own_valkey.kill)
    await asyncio.to_thread(own_valkey.start)
    async with asyncio.timeout(SECS):
        with pytest.raises(PositionLost):
            await layer.receive(channel)
        while True:
            with contextlib.suppress(RedisError, OSError):
                await layer.send(channel, {})
                break
        await layer.receive(channel)
        await layer.send(channel, {})
        await layer.send(channel, {})
        with pytest.raises(ChannelFull):
            await layer.send(channel, {})


async def test_who_enters_while_redis_is_away_is_told_so(
    own_valkey: PrivateValkey, make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from project.realtime.layer import office

    layer = make_layer()
    channel = await layer.new_channel()
    await asyncio.to_thread(own_valkey.kill)
    monkeypatch.setattr(office, "ENTER_WITHIN_SECS", 0.2)
    with pytest.raises(TimeoutError):
        await layer.group_add("group", channel)
    with pytest.raises(TimeoutError):
        await make_layer().new_channel()
