"""Who is in a channel: counted and listed over processes, and written again when Redis comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from project.realtime import presence
from project.realtime.presence import Presence
from project.realtime.shards import Shards
from tests.support.valkey import PrivateValkey


@pytest.fixture
async def two(valkey: PrivateValkey) -> AsyncIterator[tuple[Presence, Presence]]:
    """The presence of two processes."""
    shards = [Shards(valkey.url), Shards(valkey.url)]
    here, there = Presence(shards[0], "p1"), Presence(shards[1], "p2")
    yield here, there
    await here.close()
    await there.close()
    for each in shards:
        await each.close()


async def test_a_person_on_two_processes_is_counted_once(two: tuple[Presence, Presence]) -> None:
    here, there = two
    here.enter("room:7", "u1")
    here.enter("room:7", "u1")
    there.enter("room:7", "u1")
    there.enter("room:7", "u2")
    await there.count("room:7")
    assert await here.count("room:7") == (4, 2)
    here.leave("room:7", "u1")
    here.leave("room:7", "u1")
    there.leave("room:7", "u2")
    await there.count("room:7")
    assert await here.count("room:7") == (1, 1)


async def test_connections_with_an_info_are_listed(two: tuple[Presence, Presence]) -> None:
    here, there = two
    here.enter("room:7", "u1", client="a", info=b'{"user":"1","client":"a"}')
    here.enter("room:7", "u2")
    there.enter("room:7", "u1", client="b", info=b'{"user":"1","client":"b"}')
    await there.clients("room:7")
    assert await here.clients("room:7") == {"a": b'{"user":"1","client":"a"}', "b": b'{"user":"1","client":"b"}'}
    here.leave("room:7", "u1", client="a", info=b'{"user":"1","client":"a"}')
    assert await here.clients("room:7") == {"b": b'{"user":"1","client":"b"}'}
    assert await here.clients("room:8") == {}


async def test_a_process_that_died_is_forgotten(
    two: tuple[Presence, Presence], valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    there.enter("room:7", "u2", client="b", info=b"{}")
    await there.count("room:7")
    here.enter("room:7", "u1", client="a", info=b"{}")
    assert await here.count("room:7") == (2, 2)
    valkey.client.zadd("souk:{room:7}:processes", {"p2": 1})
    assert await here.count("room:7") == (1, 1)
    assert await here.clients("room:7") == {"a": b"{}"}
    # Everything of it goes by itself.
    assert 0 < valkey.client.ttl("souk:{room:7}:infos:p2") <= presence.TTL_SECS
    assert 0 < valkey.client.ttl("souk:{room:7}:people:p2") <= presence.TTL_SECS


async def test_what_redis_was_not_told_is_written_when_it_is_back(own_valkey: PrivateValkey) -> None:
    shards = Shards(own_valkey.url)
    here = Presence(shards, "p1")
    here.enter("room:7", "u1", client="a", info=b"{}")
    assert await here.count("room:7") == (1, 1)
    await asyncio.to_thread(own_valkey.kill)
    here.enter("room:7", "u2", client="b", info=b"{}")
    here.leave("room:7", "u1", client="a", info=b"{}")
    await asyncio.sleep(2 * presence.WRITE_SECS)  # it tries in vain
    await asyncio.to_thread(own_valkey.start)
    assert await here.count("room:7") == (1, 1)
    assert await here.clients("room:7") == {"b": b"{}"}
    await asyncio.to_thread(own_valkey.client.flushdb)
    here.rewrite(shards.of("room:7"))
    assert await here.clients("room:7") == {"b": b"{}"}
    await here.close()
    assert own_valkey.client.keys("souk:{room:7}*") == []
    await shards.close()
