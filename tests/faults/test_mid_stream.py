"""Connections, servers and Redis go while people talk: what was acknowledged reaches everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.audience import Audience, an_audience
from tests.support.stack import Stack
from tests.support.switchboard import Switchboard
from tests.support.valkey import PrivateValkey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def each_heard_once_and_never_lost(audience: Audience, count: int) -> None:
    """Redis was there all the while: nobody's position was ever lost, and the stream has one order for all."""
    first = audience.listeners[0].stretches
    assert len(first) == 1
    assert len(first[0]) == len(set(first[0])) == count
    for listener in audience.listeners:
        assert listener.stretches == first


async def test_clients_that_are_cut_off_all_the_while(live_stack: Stack) -> None:
    await asyncio.to_thread(live_stack.start, web=2)
    random = Random(5)
    async with (
        Switchboard([server.port for server in live_stack.web], random) as board,
        an_audience(live_stack, board) as audience,
    ):
        for _ in range(40):
            await audience.hears_more(1)
            board.cut()
            await asyncio.sleep(random.uniform(0, 0.1))
        said = await audience.falls_silent()
        each_heard_once_and_never_lost(audience, len(said))
        assert sum(listener.recoveries for listener in audience.listeners) > 5


async def test_servers_that_are_killed_one_after_the_other(live_stack: Stack) -> None:
    await asyncio.to_thread(live_stack.start, web=2)
    async with (
        Switchboard([server.port for server in live_stack.web], Random(7)) as board,
        an_audience(live_stack, board) as audience,
    ):
        for server in live_stack.web:
            await audience.hears_more(20)
            await asyncio.to_thread(server.kill)
            await audience.hears_more(20)
            await asyncio.to_thread(live_stack.restart, server)
        said = await audience.falls_silent()
        each_heard_once_and_never_lost(audience, len(said))
        assert sum(listener.recoveries for listener in audience.listeners) >= len(audience.listeners)


@pytest.fixture
def stack(transactional_db: None, own_valkey: PrivateValkey, tmp_path: Path) -> Iterator[Stack]:
    """Processes on a Valkey that the test may stop."""
    stack = Stack(folder=tmp_path, valkey=own_valkey)
    try:
        yield stack
    finally:
        stack.close()


@pytest.mark.long
@pytest.mark.parametrize("ending", ["stop", "kill", "rewind"])
async def test_redis_goes_while_people_talk(stack: Stack, ending: str) -> None:
    """Its streams begin anew: everybody is told, and finds in the snapshot what the stream does not have."""
    await asyncio.to_thread(stack.start, web=2)
    async with (
        Switchboard([server.port for server in stack.web], Random(9)) as board,
        an_audience(stack, board) as audience,
    ):
        for _ in range(3):
            await audience.hears_more(20)
            if ending == "rewind":
                # What comes back is what was there some messages ago.
                await asyncio.to_thread(stack.valkey.client.save)
                await audience.hears_more(20)
            await asyncio.to_thread(stack.valkey.stop if ending == "stop" else stack.valkey.kill)
            # A message is as good as said once it is committed.
            await audience.hears_more(10)
            await asyncio.to_thread(stack.valkey.start)
        await audience.hears_more(20)
        await audience.falls_silent()
        for listener in audience.listeners:
            assert len(listener.stretches) == 4
            for stretch in listener.stretches:
                assert len(stretch) == len(set(stretch))
