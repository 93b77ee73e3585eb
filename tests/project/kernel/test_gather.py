"""Many callers, few reads; nobody gets what was read before he asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from project.kernel.gather import MOST_KEYS, Gather


class Reader:
    """Reads that end when they are let go; each answers its own number for all of its keys but "nobody"."""

    def __init__(self) -> None:
        self.begun: list[list[str]] = []
        self.gates: list[asyncio.Event] = []

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        gate = asyncio.Event()
        self.begun.append(list(keys))
        self.gates.append(gate)
        number = len(self.begun)
        await gate.wait()
        return {key: number for key in keys if key != "nobody"}


@pytest.fixture
def reader() -> Reader:
    return Reader()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def ask(gather: Gather[str, int], *keys: str) -> list[asyncio.Task[int | None]]:
    asking = [asyncio.create_task(gather.get(key)) for key in keys]
    await settled()
    return asking


async def test_who_comes_together_shares_a_read(reader: Reader) -> None:
    asking = await ask(Gather(reader.read), *["a"] * 100, "b", "nobody")
    assert reader.begun == [["a", "b", "nobody"]]
    reader.gates[0].set()
    assert await asyncio.gather(*asking) == [1] * 101 + [None]


async def test_nobody_gets_what_began_before_he_asked(reader: Reader) -> None:
    gather: Gather[str, int] = Gather(reader.read)
    first = await ask(gather, "a")
    late = await ask(gather, *["a"] * 100, "b")
    assert reader.begun == [["a"]]
    reader.gates[0].set()
    await settled()
    assert reader.begun == [["a"], ["a", "b"]]
    later = await ask(gather, "a")
    for number in (1, 2):
        reader.gates[number].set()
        await settled()
    assert reader.begun == [["a"], ["a", "b"], ["a"]]
    assert await asyncio.gather(*first, *late, *later) == [1, *[2] * 101, 3]


async def test_a_read_takes_so_many_keys_and_no_more(reader: Reader) -> None:
    keys = [str(number) for number in range(MOST_KEYS + 1)]
    asking = await ask(Gather(reader.read), *keys)
    for number in (0, 1):
        reader.gates[number].set()
        await settled()
    assert reader.begun == [keys[:MOST_KEYS], keys[MOST_KEYS:]]
    assert await asyncio.gather(*asking) == [1] * MOST_KEYS + [2]


async def test_a_read_that_fails_fails_for_those_who_share_it_alone() -> None:
    answers = iter([ValueError("once"), {"a": 7}])

    async def read(_: Sequence[str]) -> Mapping[str, int]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    gather: Gather[str, int] = Gather(read)
    failed = await asyncio.gather(gather.get("a"), gather.get("b"), return_exceptions=True)
    assert [type(error) for error in failed] == [ValueError, ValueError]
    assert await gather.get("a") == 7


async def test_who_goes_away_takes_the_read_from_nobody(reader: Reader) -> None:
    gone, stays = await ask(Gather(reader.read), "a", "a")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    reader.gates[0].set()
    assert await stays == 1
