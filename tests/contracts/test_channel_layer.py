"""What Channels' specification of a channel layer asks for, and what this one promises beyond it."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from channels.exceptions import ChannelFull

from project.realtime.layer import ChannelOverflow
from tests.contracts.conftest import MakeLayer
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.once

SECS = 20

EVERY_KIND_OF_VALUE = {
    "type": "every.value",
    "text": "Ahoy-hoy! 你好 \n \x00 🎉",
    "bytes": b"\x00\xff\n\r\n\x1b",
    "integers": [0, -1, 2**63 - 1, -(2**63)],
    "floats": [0.1, -1e300, float("inf")],
    "nothing": None,
    "booleans": [True, False],
    "nested": {"list": [[], [{}]], "": ""},
}


async def receive(layer: Any, channel: str) -> dict[str, Any]:
    async with asyncio.timeout(SECS):
        message: dict[str, Any] = await layer.receive(channel)
        return message


async def new_channel(layer: Any, kind: str) -> str:
    name: str = await layer.new_channel() if kind == "specific" else "thumbnails"
    return name


async def is_empty(layer: Any, channel: str) -> bool:
    """Whether nothing is before what is sent now."""
    await layer.send(channel, {"type": "sentinel"})
    return await receive(layer, channel) == {"type": "sentinel"}


both_kinds = pytest.mark.parametrize("kind", ["specific", "normal"])


# Messages


@both_kinds
async def test_every_kind_of_value_arrives_as_it_was_sent(layer: Any, kind: str) -> None:
    channel = await new_channel(layer, kind)
    await layer.send(channel, EVERY_KIND_OF_VALUE | {"tuple": (1, "two")})
    assert await receive(layer, channel) == EVERY_KIND_OF_VALUE | {"tuple": [1, "two"]}


@both_kinds
async def test_a_message_may_be_large(layer: Any, kind: str) -> None:
    channel = await new_channel(layer, kind)
    message = {"type": "large", "text": "x" * 2**20, "bytes": b"\n" * 2**20}
    await layer.send(channel, message)
    assert await receive(layer, channel) == message


@both_kinds
async def test_messages_of_one_sender_arrive_in_order(layer: Any, kind: str) -> None:
    channel = await new_channel(layer, kind)
    for number in range(300):
        await layer.send(channel, {"n": number})
    assert [(await receive(layer, channel))["n"] for _ in range(300)] == list(range(300))


async def test_messages_of_one_sender_arrive_in_order_whatever_way_they_took(layer: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_add("one", channel)
    await layer.group_add("two", channel)
    for number in range(0, 300, 3):
        await layer.group_send("one", {"n": number})
        await layer.group_send("two", {"n": number + 1})
        await layer.send(channel, {"n": number + 2})
    assert [(await receive(layer, channel))["n"] for _ in range(300)] == list(range(300))


@pytest.mark.parametrize("message", ["text", b"bytes", None, ["list"], {"object": object()}, {"large": 2**64}])
async def test_what_is_no_message_is_refused(layer: Any, message: Any) -> None:
    channel = await layer.new_channel()
    with pytest.raises((TypeError, OverflowError)):
        await layer.send(channel, message)
    with pytest.raises((TypeError, OverflowError)):
        await layer.group_send("group", message)
    assert await is_empty(layer, channel)


async def test_a_message_belongs_to_who_receives_it(layer: Any) -> None:
    first, second = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("group", first)
    await layer.group_add("group", second)
    message = {"list": [1]}
    await layer.group_send("group", message)
    message["list"].append(2)
    received = await receive(layer, first)
    assert received == {"list": [1]}
    received["list"].append(3)
    assert await receive(layer, second) == {"list": [1]}


# Channels


@pytest.mark.parametrize("name", ["", "sp ace", "ünicode", "a:b", "a!b!c", "x" * 100, b"bytes", 7, None])
async def test_a_bad_channel_name_is_refused(layer: Any, name: Any) -> None:
    for call in (
        layer.send(name, {"type": "x"}),
        layer.receive(name),
        layer.group_add("group", name),
        layer.group_discard("group", name),
    ):
        with pytest.raises(TypeError):
            await call


@pytest.mark.parametrize("name", ["", "sp ace", "ünicode", "a:b", "a!b", "x" * 100, b"bytes", 7, None])
async def test_a_bad_group_name_is_refused(layer: Any, name: Any) -> None:
    channel = await layer.new_channel()
    for call in (
        layer.group_send(name, {"type": "x"}),
        layer.group_add(name, channel),
        layer.group_discard(name, channel),
    ):
        with pytest.raises(TypeError):
            await call


@pytest.mark.parametrize("name", ["x" * 99, "with-every_kind.of.sign-09"])
async def test_a_good_name_is_taken(layer: Any, name: str) -> None:
    await layer.send(name, {"n": 1})
    await layer.group_add(name, name)
    await layer.group_send(name, {"n": 2})
    assert [(await receive(layer, name))["n"] for _ in range(2)] == [1, 2]


async def test_new_channels_have_names_of_their_own(layer: Any) -> None:
    names = set()
    for _ in range(100):
        random.seed(1)
        names.add(str(await layer.new_channel()))
    assert len(names) == 100
    assert (await layer.new_channel("prefix")).startswith("prefix.")


async def test_nobody_receives_from_a_channel_of_another_process(make_layer: MakeLayer) -> None:
    here, there = make_layer(), make_layer()
    with pytest.raises(ValueError, match="another process"):
        await there.receive(await here.new_channel())


async def test_a_channel_is_sent_to_from_another_process(make_layer: MakeLayer) -> None:
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    for number in range(100):
        await there.send(channel, {"n": number})
    assert [(await receive(here, channel))["n"] for _ in range(100)] == list(range(100))


@both_kinds
async def test_one_of_those_who_wait_gets_a_message(layer: Any, kind: str) -> None:
    channel = await new_channel(layer, kind)
    waiting = [asyncio.create_task(receive(layer, channel)) for _ in range(10)]
    for number in range(10):
        await layer.send(channel, {"n": number})
    assert sorted([message["n"] for message in await asyncio.gather(*waiting)]) == list(range(10))
    assert await is_empty(layer, channel)


async def test_each_message_of_a_normal_channel_goes_to_one_process(make_layer: MakeLayer) -> None:
    processes = [make_layer() for _ in range(3)]
    received: list[int] = []

    async def work(layer: Any) -> None:
        while (number := (await receive(layer, "thumbnails"))["n"]) >= 0:
            received.append(number)

    workers = [asyncio.create_task(work(layer)) for layer in processes for _ in range(2)]
    for number in range(300):
        await processes[number % 3].send("thumbnails", {"n": number})
    for _ in workers:
        await processes[0].send("thumbnails", {"n": -1})
    await asyncio.gather(*workers)
    assert sorted(received) == list(range(300))
    assert await is_empty(processes[0], "thumbnails")


async def test_a_normal_channel_keeps_what_comes_before_anybody_receives(make_layer: MakeLayer) -> None:
    await make_layer().send("thumbnails", {"n": 1})
    assert await receive(make_layer(), "thumbnails") == {"n": 1}


@both_kinds
async def test_who_stops_waiting_takes_nothing_with_him(make_layer: MakeLayer, kind: str) -> None:
    layer = make_layer()
    channel = await new_channel(layer, kind)
    received: list[int] = []
    dice = random.Random(7)

    async def send() -> None:
        for number in range(300):
            await layer.send(channel, {"n": number})

    sending = asyncio.create_task(send())
    async with asyncio.timeout(60):
        while len(received) < 300:
            waiting = [asyncio.create_task(layer.receive(channel)) for _ in range(2)]
            for _ in range(dice.randrange(20)):
                await asyncio.sleep(0)
            dice.choice(waiting).cancel()
            await asyncio.sleep(dice.choice([0, 0.0005, 0.002]))
            waiting[1].cancel()
            await asyncio.wait([waiting[1]])
            if not waiting[1].cancelled():
                # That may have been the last message: nothing would come for the other.
                waiting[0].cancel()
            for answer in await asyncio.gather(*waiting, return_exceptions=True):
                if isinstance(answer, dict):
                    received.append(answer["n"])
    await sending
    assert sorted(received) == list(range(300))
    assert await is_empty(layer, channel)


# Capacity


@both_kinds
async def test_a_channel_takes_as_much_as_its_capacity(make_layer: MakeLayer, kind: str) -> None:
    layer = make_layer(capacity=3)
    channel = await new_channel(layer, kind)
    for number in range(3):
        await layer.send(channel, {"n": number})
    for _ in range(2):
        with pytest.raises(ChannelFull):
            await layer.send(channel, {"n": -1})
    assert await receive(layer, channel) == {"n": 0}
    await layer.send(channel, {"n": 3})
    with pytest.raises(ChannelFull):
        await layer.send(channel, {"n": -1})
    assert [(await receive(layer, channel))["n"] for _ in range(3)] == [1, 2, 3]
    assert await is_empty(layer, channel)


@both_kinds
async def test_capacity_is_exact_for_those_who_send_at_once(make_layer: MakeLayer, kind: str) -> None:
    layer = make_layer(capacity=5)
    channel = await new_channel(layer, kind)
    sent = await asyncio.gather(*[layer.send(channel, {}) for _ in range(50)], return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in sent) == ["ChannelFull"] * 45 + ["NoneType"] * 5


@both_kinds
async def test_capacity_is_chosen_by_the_name(make_layer: MakeLayer, kind: str) -> None:
    layer = make_layer(capacity=3, channel_capacity={"specific.*": 1, "thumb*": 1})
    channel = await new_channel(layer, kind)
    await layer.send(channel, {})
    with pytest.raises(ChannelFull):
        await layer.send(channel, {})
    await layer.send("other", {})
    await layer.send("other", {})


async def test_one_full_channel_leaves_room_in_the_others(make_layer: MakeLayer) -> None:
    layer = make_layer(capacity=1)
    full, other = await layer.new_channel(), await layer.new_channel()
    await layer.send(full, {})
    with pytest.raises(ChannelFull):
        await layer.send(full, {})
    await layer.send(other, {"n": 1})
    assert await receive(layer, other) == {"n": 1}


@pytest.mark.parametrize("way", ["group", "process"])
async def test_who_gets_more_than_fits_is_told(make_layer: MakeLayer, way: str) -> None:
    here, there = make_layer(capacity=3), make_layer()
    channel, other = await here.new_channel(), await here.new_channel()
    for name in (channel, other):
        await here.group_add("group", name)

    for number in range(10):
        if way == "group":
            await there.group_send("group", {"n": number})
        else:
            await there.send(channel, {"n": number})
            await there.send(other, {"n": number})
        assert await receive(here, other) == {"n": number}
    assert [(await receive(here, channel))["n"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ChannelOverflow):
        await receive(here, channel)
    # Out of its groups, and as new.
    await here.group_send("group", {"n": -1})
    assert await receive(here, other) == {"n": -1}
    assert await is_empty(here, channel)
    await here.group_add("group", channel)
    await here.group_send("group", {"n": 11})
    assert await receive(here, channel) == {"n": 11}


async def test_a_full_normal_channel_in_a_group_is_no_error_of_the_sender(
    make_layer: MakeLayer, caplog: pytest.LogCaptureFixture
) -> None:
    layer = make_layer(capacity=1)
    await layer.group_add("group", "thumbnails")
    await layer.group_send("group", {"n": 1})
    await layer.group_send("group", {"n": 2})
    assert "thumbnails is full" in caplog.text
    assert await receive(layer, "thumbnails") == {"n": 1}
    assert await is_empty(layer, "thumbnails")


# Expiry


@both_kinds
async def test_a_message_expires_when_it_is_not_read(make_layer: MakeLayer, kind: str) -> None:
    layer = make_layer(expiry=3)
    channel = await new_channel(layer, kind)
    await layer.send(channel, {"n": 1})
    assert await receive(layer, channel) == {"n": 1}
    await layer.send(channel, {"n": 2})
    await asyncio.sleep(2.2)
    await layer.send(channel, {"n": 3})
    await asyncio.sleep(1)
    assert await receive(layer, channel) == {"n": 3}
    assert await is_empty(layer, channel)


@both_kinds
async def test_what_has_expired_takes_no_room(make_layer: MakeLayer, kind: str) -> None:
    layer = make_layer(expiry=3, capacity=1)
    channel = await new_channel(layer, kind)
    await layer.send(channel, {"n": 1})
    await asyncio.sleep(3.2)
    await layer.send(channel, {"n": 2})
    assert await receive(layer, channel) == {"n": 2}


async def test_a_group_is_left_after_its_expiry(make_layer: MakeLayer) -> None:
    layer = make_layer(group_expiry=3)
    old, renewed = await layer.new_channel(), await layer.new_channel()
    for channel in (old, renewed, "thumbnails"):
        await layer.group_add("group", channel)
    await layer.group_send("group", {"n": 1})
    await asyncio.sleep(2.2)
    await layer.group_add("group", renewed)
    await asyncio.sleep(1)
    await layer.group_send("group", {"n": 2})
    assert [(await receive(layer, renewed))["n"] for _ in range(2)] == [1, 2]
    for channel in (old, "thumbnails"):
        assert await receive(layer, channel) == {"n": 1}
        assert await is_empty(layer, channel)


# Groups


async def test_a_group_reaches_its_members_in_all_processes(make_layer: MakeLayer) -> None:
    processes = [make_layer() for _ in range(3)]
    members = [(layer, await layer.new_channel()) for layer in processes for _ in range(2)]
    for layer, channel in members:
        await layer.group_add("group", channel)
    for layer in processes:
        await layer.group_send("group", {"type": "news"})
    for layer, channel in members:
        assert [await receive(layer, channel) for _ in range(3)] == [{"type": "news"}] * 3
        assert await is_empty(layer, channel)


async def test_who_left_gets_nothing_and_who_came_twice_gets_it_once(layer: Any) -> None:
    channel, left = await layer.new_channel(), await layer.new_channel()
    for name in (channel, left, channel):
        await layer.group_add("group", name)
    await layer.group_discard("group", left)
    await layer.group_send("group", {"n": 1})
    assert await receive(layer, channel) == {"n": 1}
    assert await is_empty(layer, channel)
    assert await is_empty(layer, left)


async def test_leaving_what_one_is_not_in_is_no_error(layer: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_discard("group", channel)
    await layer.group_discard("group", "thumbnails")
    await layer.group_send("group", {"n": 1})
    assert await is_empty(layer, channel)


async def test_a_member_may_be_a_channel_of_another_process(make_layer: MakeLayer) -> None:
    here, there = make_layer(), make_layer()
    channel = await here.new_channel()
    await there.group_add("group", channel)
    await there.group_send("group", {"n": 1})
    assert await receive(here, channel) == {"n": 1}
    await here.group_add("group", channel)
    await here.group_send("group", {"n": 2})
    await there.send(channel, {"n": 3})
    assert [(await receive(here, channel))["n"] for _ in range(2)] == [2, 3]
    await here.group_discard("group", channel)
    await there.group_send("group", {"n": 4})
    await there.send(channel, {"n": 5})
    assert await receive(here, channel) == {"n": 5}


async def test_a_member_may_be_a_normal_channel(make_layer: MakeLayer) -> None:
    layer = make_layer()
    await layer.group_add("group", "thumbnails")
    await layer.group_send("group", {"n": 1})
    assert await receive(make_layer(), "thumbnails") == {"n": 1}
    await layer.group_discard("group", "thumbnails")
    await layer.group_send("group", {"n": 2})
    assert await is_empty(layer, "thumbnails")


async def test_a_prefix_keeps_deployments_apart(make_layer: MakeLayer) -> None:
    blue, green = make_layer(prefix="blue"), make_layer(prefix="green")
    channel = await blue.new_channel()
    await blue.group_add("group", channel)
    await green.group_send("group", {"n": 1})
    await green.send("thumbnails", {"n": 2})
    await blue.group_send("group", {"n": 3})
    assert await receive(blue, channel) == {"n": 3}
    assert await is_empty(blue, "thumbnails")
    await blue.flush()
    assert await receive(green, "thumbnails") == {"n": 2}


async def test_a_thousand_members_cost_one_subscription(make_layer: MakeLayer, valkey: PrivateValkey) -> None:
    def subscriptions() -> list[int]:
        return [
            count for name, count in valkey.client.pubsub_numsub(*valkey.client.pubsub_channels()) if b":group:" in name
        ]

    layer = make_layer()
    channels = [await layer.new_channel() for _ in range(1000)]
    await asyncio.gather(*[layer.group_add("group", channel) for channel in channels])
    assert subscriptions() == [1]
    other = make_layer()
    elsewhere = await other.new_channel()
    await other.group_add("group", elsewhere)
    assert subscriptions() == [2]
    await layer.group_send("group", {"n": 1})
    for channel in channels:
        assert await receive(layer, channel) == {"n": 1}
    for channel in channels[1:]:
        await layer.group_discard("group", channel)
    assert subscriptions() == [2]
    await layer.group_discard("group", channels[0])
    assert subscriptions() == [1]
    await other.group_discard("group", elsewhere)
    assert subscriptions() == []


async def test_a_channel_that_is_forgotten_leaves_its_groups(layer: Any, valkey: PrivateValkey) -> None:
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    assert any(b":group:" in name for name in valkey.client.pubsub_channels())
    del channel
    async with asyncio.timeout(SECS):
        while any(b":group:" in name for name in valkey.client.pubsub_channels()):
            await asyncio.sleep(0.01)


# Flush


async def test_after_a_flush_everything_is_as_new_everywhere(make_layer: MakeLayer, valkey: PrivateValkey) -> None:
    here, there = make_layer(), make_layer()
    mine, theirs = await here.new_channel(), await there.new_channel()
    for layer, channel in ((here, mine), (there, theirs)):
        await layer.group_add("group", channel)
        await layer.send(channel, {"n": 1})
    await here.send("thumbnails", {"n": 1})
    await here.group_add("group", "thumbnails")
    waiting = asyncio.create_task(receive(here, await here.new_channel()))
    await here.flush()
    await here.group_send("group", {"n": 2})
    assert await is_empty(here, mine)
    await here.send(theirs, {"n": 3})
    assert await receive(there, theirs) == {"n": 3}
    assert await is_empty(here, "thumbnails")
    assert not waiting.done()
    waiting.cancel()
    await here.group_add("group", mine)
    await there.group_send("group", {"n": 4})
    assert await receive(here, mine) == {"n": 4}
