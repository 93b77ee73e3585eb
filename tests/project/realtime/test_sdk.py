"""The published Python SDK as a client: what it hears is what was published, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from centrifuge import CentrifugeError

from project.realtime.engine import Engine
from project.realtime.entering import MOST_RECOVERED
from tests.project.realtime.conftest import RoomTopic, Server
from tests.project.realtime.listening import Listener, append_unheard, say
from tests.support.sdk import leave
from tests.support.valkey import PrivateValkey


@pytest.fixture
async def listener(server: Server) -> AsyncIterator[Listener]:
    async with Listener(server) as found:
        yield found


async def test_it_hears_everything_in_order(listener: Listener) -> None:
    assert listener.ear.subscriptions[0].data == {"room": 7}
    for number in range(1, 51):
        await say(number)
    await listener.hears(*range(1, 51))


async def test_methods_answer_and_errors_keep_their_word(listener: Listener) -> None:
    assert (await listener.client.rpc("sum.add", {"left": 20, "right": 22})).data == {"sum": 42}
    with pytest.raises(CentrifugeError, match="login_required") as refusal:
        await listener.client.rpc("sum.secret", {})
    assert refusal.value.code == 401


async def test_presence_stats(listener: Listener) -> None:
    stats = await listener.subscription.presence_stats()
    assert (stats.num_clients, stats.num_users) == (1, 1)


async def test_a_client_that_was_cut_off_recovers(listener: Listener) -> None:
    await say(1)
    await listener.hears(1)
    connection = listener.client._conn
    await connection.close()
    await say(2, 3)
    await listener.hears(1, 2, 3)
    await say(4)
    await listener.hears(1, 2, 3, 4)
    assert listener.ear.subscriptions[-1].recovered is True


async def test_a_message_that_redis_did_not_deliver_is_read_from_the_stream(listener: Listener) -> None:
    await say(1)
    await listener.hears(1)
    append_unheard(2)
    await say(3)
    await listener.hears(1, 2, 3)
    assert len(listener.ear.subscriptions) == 1


async def test_what_was_lost_for_good_gives_up_the_position(listener: Listener, room: RoomTopic) -> None:
    await say(1)
    await listener.hears(1)
    for number in range(2, room.history_size + 5):
        append_unheard(number)
    await say(room.history_size + 5)
    await listener.ear.until(lambda: len(listener.ear.subscriptions) == 2)
    again = listener.ear.subscriptions[1]
    assert again.was_recovering is True
    assert again.recovered is False
    assert again.data == {"room": 7}
    before = len(listener.ear.heard)
    await say(99)
    await listener.ear.until(lambda: len(listener.ear.heard) > before)
    assert listener.ear.heard[before:] == [99]


@pytest.mark.parametrize("ending", ["stop", "kill"])
async def test_redis_goes_and_comes_back(own_valkey: PrivateValkey, listener: Listener, ending: str) -> None:
    await say(1)
    await listener.hears(1)
    await asyncio.to_thread(getattr(own_valkey, ending))
    assert (await listener.client.rpc("sum.add", {"left": 1, "right": 1})).data == {"sum": 2}
    await asyncio.to_thread(own_valkey.start)
    # Another life of Redis has other epochs: positions are given up, nobody keeps a wrong one.
    await listener.ear.until(lambda: len(listener.ear.subscriptions) == 2)
    assert listener.ear.subscriptions[1].recovered is False
    await say(2)
    await listener.ear.until(lambda: 2 in listener.ear.heard)
    assert listener.ear.heard == [1, 2]


async def test_a_redis_restored_from_an_older_snapshot(own_valkey: PrivateValkey, listener: Listener) -> None:
    await say(1, 2)
    await listener.hears(1, 2)
    await asyncio.to_thread(own_valkey.client.save)
    await say(3, 4, 5)
    await listener.hears(1, 2, 3, 4, 5)
    await asyncio.to_thread(own_valkey.kill)
    await asyncio.to_thread(own_valkey.start)
    await listener.ear.until(lambda: len(listener.ear.subscriptions) == 2)
    await say(6)
    await listener.ear.until(lambda: 6 in listener.ear.heard)
    assert listener.ear.heard == [1, 2, 3, 4, 5, 6]


async def test_publications_while_joining_are_neither_lost_nor_repeated(server: Server) -> None:
    """Clients join while another one publishes: each hears exactly what came after its snapshot's position."""
    done = asyncio.Event()

    async def talk() -> None:
        for number in range(1, 151):
            await say(number)
        done.set()

    talking = asyncio.create_task(talk())
    listeners: list[Listener] = []
    while not done.is_set():
        joined = await Listener(server).__aenter__()
        listeners.append(joined)
    await talking
    for joined in listeners:
        first = joined.ear.subscriptions[0].stream_position
        assert first is not None
        expected = list(range(first.offset + 1, 151))
        await joined.hears(*expected)
        await leave(joined.client)
    assert len(listeners) > 3
    assert MOST_RECOVERED >= 150


async def test_nothing_is_left_when_the_last_one_leaves(server: Server, room: RoomTopic) -> None:
    async with Listener(server):
        assert list(Engine.current().channels) == ["room:7"]
    engine = Engine.current()
    async with asyncio.timeout(10):
        while engine.connections or engine.channels:
            await asyncio.sleep(0.01)
    assert room.entries == ["entered 7", "left 7"]
