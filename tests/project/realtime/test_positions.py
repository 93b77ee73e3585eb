"""What Pub/Sub loses without a word is found by comparing positions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from project.realtime import codes, positions
from project.realtime.engine import Engine
from project.realtime.hub import Channel
from project.realtime.positions import Positions
from project.realtime.shards import Shards
from tests.project.realtime import hall
from tests.project.realtime.conftest import RoomTopic, Server
from tests.project.realtime.listening import Listener, append_unheard, say
from tests.support.valkey import PrivateValkey


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "CHECK_SECS", 0.1)
    monkeypatch.setattr(positions, "ARRIVES_WITHIN_SECS", 0.05)


async def test_a_lost_message_comes_late_without_another_one(often: None, server: Server) -> None:
    async with Listener(server) as listener, Listener(server, "room:8") as other:
        await say(1)
        await say(1, channel="room:8")
        await listener.hears(1)
        append_unheard(2, 3)
        await listener.hears(1, 2, 3)
        await say(4)
        await listener.hears(1, 2, 3, 4)
        await other.hears(1)
        assert (len(listener.ear.subscriptions), len(listener.ear.unsubscriptions)) == (1, 0)


async def test_what_history_does_not_hold_any_more_ends_the_subscription_with_2500(
    often: None, server: Server, room: RoomTopic
) -> None:
    async with server.socket() as client, Listener(server) as listener:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        append_unheard(*range(1, room.history_size + 2))
        told = await client.receive()
        assert told["push"]["unsubscribe"]["code"] == codes.POSITION_LOST.code == 2500
        # The SDK comes back by itself, and is told that not everything could be recovered.
        await listener.ear.until(lambda: len(listener.ear.subscriptions) == 2)
        assert listener.ear.subscriptions[1].was_recovering is True
        assert listener.ear.subscriptions[1].recovered is False
        await say(99)
        await listener.ear.until(lambda: 99 in listener.ear.heard)


@pytest.fixture
def hall_server(server: Server) -> Iterator[Server]:
    with hall.installed():
        yield server


async def test_a_server_side_subscription_ends_with_3010(often: None, hall_server: Server) -> None:
    async with hall_server.socket() as client:
        opened = await client.open(token="5")
        assert list(opened["connect"]["subs"]) == ["own:5"]
        append_unheard(*range(1, hall.OwnTopic.history_size + 2), channel="own:5")
        told = await client.receive()
        assert told["push"]["disconnect"]["code"] == codes.INSUFFICIENT_STATE.code == 3010


async def test_a_redis_that_forgot_a_stream_ends_its_positions(
    often: None, server: Server, valkey: PrivateValkey
) -> None:
    async with Listener(server) as listener:
        await say(1)
        await listener.hears(1)
        valkey.client.flushdb()
        await listener.ear.until(lambda: len(listener.ear.subscriptions) == 2)
        assert listener.ear.subscriptions[1].recovered is False


async def test_a_message_on_its_way_is_not_taken_for_lost(server: Server, valkey: PrivateValkey) -> None:
    """Behind at the first look, up to date at the second."""
    checked: list[str] = []

    class Watched(Channel):
        def check(self) -> None:
            checked.append(self.name)

    async def nothing(name: str, since: int) -> None: ...

    await say(1)
    await say(1, channel="room:8")
    tops = {name: await Engine.current().history(name) for name in ("room:7", "room:8")}
    channels = [Watched(name, nothing, history_size=0) for name in tops]
    for channel in channels:
        channel.at(offset=0, epoch=tops[channel.name].epoch)
    shards = Shards(valkey.url)
    check = Positions(shards, lambda: channels).check(shards.all[0], patience_secs=0.2)

    async def arrive() -> None:
        channels[0].offset = 1

    await asyncio.gather(check, arrive())
    assert checked == ["room:8"]
    await shards.close()
