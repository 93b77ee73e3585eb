"""How long people were in a channel: by slots, over processes, through reconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from project.realtime import presence
from project.realtime.attendance import SLOT_SECS, Attendance, attended_secs
from project.realtime.presence import Presence
from project.realtime.shards import Shards
from tests.support.valkey import PrivateValkey

ROOM = "room:7"
START = 1_000_000 * SLOT_SECS


class Process:
    """One of several in this loop: before it does something, it is the current one."""

    def __init__(self, url: str, name: str) -> None:
        self.shards = Shards(url)
        self.presence = Presence(self.shards, name)
        self.attendance = Attendance()

    async def note(self, *, slot: float) -> None:
        presence._of_loop[asyncio.get_running_loop()] = self.presence
        await self.attendance.note(ROOM, at=START + slot * SLOT_SECS)

    async def close(self) -> None:
        await self.presence.close()
        await self.shards.close()


@pytest.fixture
async def two(valkey: PrivateValkey) -> AsyncIterator[tuple[Process, Process]]:
    processes = Process(valkey.url, "p1"), Process(valkey.url, "p2")
    yield processes
    for process in processes:
        await process.close()


async def slots(*user_ids: int) -> list[int]:
    return [secs // SLOT_SECS for secs in await attended_secs(ROOM, user_ids)]


async def test_a_person_counts_once_a_slot_however_often_noted(two: tuple[Process, Process]) -> None:
    here, there = two
    here.presence.enter(ROOM, "u1")
    here.presence.enter(ROOM, "u1")
    there.presence.enter(ROOM, "u1")
    there.presence.enter(ROOM, "u2")
    for slot in (0, 0.5, 1):
        await here.note(slot=slot)
        await there.note(slot=slot)
    assert await slots(1, 2, 3) == [2, 2, 0]


async def test_who_is_away_is_not_counted_and_goes_on_afterwards_anywhere(two: tuple[Process, Process]) -> None:
    here, there = two
    here.presence.enter(ROOM, "u1")
    await here.note(slot=0)
    here.presence.leave(ROOM, "u1")
    for slot in (1, 2, 3):
        await here.note(slot=slot)
        await there.note(slot=slot)
    there.presence.enter(ROOM, "u1")
    await there.note(slot=4)
    assert await slots(1) == [2]


async def test_whoever_comes_within_a_slot_is_noted_at_its_next_round(two: tuple[Process, Process]) -> None:
    here, _ = two
    here.presence.enter(ROOM, "u1")
    await here.note(slot=0)
    here.presence.enter(ROOM, "u2")
    await here.note(slot=0.5)
    assert await slots(1, 2) == [1, 1]


async def test_guests_are_not_counted(two: tuple[Process, Process], valkey: PrivateValkey) -> None:
    here, _ = two
    here.presence.enter(ROOM, "gabc")
    await here.note(slot=0)
    assert valkey.client.keys("*attended*") == []


async def test_a_crowd_is_counted_whole(two: tuple[Process, Process]) -> None:
    here, _ = two
    for number in range(1, 1203):
        here.presence.enter(ROOM, f"u{number}")
    await here.note(slot=0)
    assert await slots(*range(1, 1203)) == [1] * 1202


async def test_a_redis_that_forgot_begins_anew(two: tuple[Process, Process], valkey: PrivateValkey) -> None:
    here, _ = two
    here.presence.enter(ROOM, "u1")
    await here.note(slot=0)
    valkey.client.flushall()
    await here.note(slot=1)
    assert await slots(1) == [1]


async def test_nothing_is_kept_for_ever(two: tuple[Process, Process], valkey: PrivateValkey) -> None:
    here, _ = two
    here.presence.enter(ROOM, "u1")
    await here.note(slot=0)
    assert {valkey.client.ttl(key) > 0 for key in valkey.client.keys("*attended*")} == {True}
