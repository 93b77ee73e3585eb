"""A hundred thousand frames that no SDK would send, and a process that is none the worse for them."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from random import Random

import pytest

from project.realtime.engine import Engine
from project.realtime.protocol.codecs import JSON, Codec
from project.realtime.protocol.messages import MOST_COMMANDS
from tests.project.realtime.hostile import varint
from tests.project.realtime.test_frames_fuzz import both, check, engine, hostile, read

__all__ = ["engine"]
pytestmark = [pytest.mark.timeout(600), pytest.mark.long]

CASES = 100_000
# After so many, whatever is made once has been made.
WARM = 2000
MOST_GROWTH_BYTES = 200_000


class Memory:
    """What is held for good, measured after garbage was collected."""

    def __init__(self) -> None:
        self.held: list[int] = []

    def look(self) -> None:
        gc.collect()
        self.held.append(tracemalloc.get_traced_memory()[0])

    @property
    def growth(self) -> int:
        return self.held[-1] - self.held[0]


@pytest.fixture
def memory() -> Iterator[Memory]:
    tracemalloc.start()
    yield Memory()
    tracemalloc.stop()


@both
def test_a_codec_reads_them_or_says_that_they_are_bad(codec: Codec, memory: Memory) -> None:
    frames = hostile(codec, Random(7))
    for number in range(CASES):
        if number == WARM:
            memory.look()
        read(codec, frames.frame())
    memory.look()
    assert memory.growth < MOST_GROWTH_BYTES


@both
async def test_a_connection_answers_them_or_ends(codec: Codec, engine: Engine, memory: Memory) -> None:
    frames = hostile(codec, Random(11))
    for number in range(CASES // 5):
        if number == WARM:
            memory.look()
        await check(codec, frames.frame())
    memory.look()
    assert memory.growth < MOST_GROWTH_BYTES


@both
async def test_frames_full_of_tiny_commands(codec: Codec, engine: Engine, memory: Memory) -> None:
    command = b'{"id":1,"ping":{}}\n' if codec is JSON else varint(4) + b"\x08\x01\x5a\x00"
    for number in range(200):
        if number == 20:
            memory.look()
        await check(codec, command * MOST_COMMANDS)
    memory.look()
    assert memory.growth < MOST_GROWTH_BYTES
