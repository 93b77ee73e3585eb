import asyncio

import pytest

from live.room.shared import SharedReads


class Reader:
    """Reads that end when they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gates: list[asyncio.Event] = []

    async def read(self, key: str) -> int:
        gate = asyncio.Event()
        self.begun.append(key)
        self.gates.append(gate)
        number = len(self.begun)
        await gate.wait()
        return number


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_together_shares_a_read_and_who_comes_later_the_next() -> None:
    reader = Reader()
    reads = SharedReads(reader.read)
    early = [asyncio.create_task(reads.get("a")) for _ in range(100)]
    await settled()
    late = [asyncio.create_task(reads.get("a")) for _ in range(100)]
    await settled()
    assert reader.begun == ["a"]
    reader.gates[0].set()
    assert await asyncio.gather(*early) == [1] * 100
    await settled()
    assert reader.begun == ["a", "a"]
    # Nobody who asks now gets what began before.
    later = asyncio.create_task(reads.get("a"))
    await settled()
    reader.gates[1].set()
    assert await asyncio.gather(*late) == [2] * 100
    await settled()
    reader.gates[2].set()
    assert await later == 3


async def test_keys_do_not_wait_for_each_other() -> None:
    reader = Reader()
    reads = SharedReads(reader.read)
    both = [asyncio.create_task(reads.get(key)) for key in ("a", "b")]
    await settled()
    assert reader.begun == ["a", "b"]
    for gate in reader.gates:
        gate.set()
    assert await asyncio.gather(*both) == [1, 2]


async def test_a_read_that_fails_fails_for_those_who_share_it_alone() -> None:
    answers = iter([ValueError("once"), 7])

    async def read(_: str) -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    reads = SharedReads(read)
    failed = await asyncio.gather(reads.get("a"), reads.get("a"), return_exceptions=True)
    assert [type(error) for error in failed] == [ValueError, ValueError]
    assert await reads.get("a") == 7


async def test_who_goes_away_takes_the_read_from_nobody() -> None:
    reader = Reader()
    reads = SharedReads(reader.read)
    gone, stays = (asyncio.create_task(reads.get("a")) for _ in range(2))
    await settled()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    reader.gates[0].set()
    assert await stays == 1
