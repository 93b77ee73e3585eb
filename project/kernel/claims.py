"""Claims of something scarce: where those of this process wait for their batch, and where those that cannot win are
turned away from memory.

What a process knows of a thing is a lease of at most a second, read anew once a second, so that units which return are
given out within a second, and a loser costs no database work. Who ever won of the thing is let through: for those the
database has another answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from project.kernel.database import database
from project.kernel.errors import DomainError, NotFound, NotOpen, SoldOut
from project.kernel.group_commit import GroupCommit

LEASE_SECS = 1.0
MOST_LEASES = 10_000


class Request(Protocol):
    @property
    def thing(self) -> Hashable:
        """What is claimed: the name of a lease."""

    @property
    def claimant(self) -> int: ...


class Standing(NamedTuple):
    """What a process needs to know of a thing to refuse without asking the database again.

    `starts_in_secs` and `ends_in_secs` are by the database's clock; `claimants` are all who ever won of it, where
    somebody is refused: to the keys they used, the database has another answer.
    """

    closed: bool
    starts_in_secs: float
    ends_in_secs: float
    gone: bool
    claimants: frozenset[int]
    # What `check` is given.
    terms: Any = None


@dataclass(slots=True)
class Lease:
    standing: Standing
    read_at: float

    @property
    def is_good(self) -> bool:
        """Not when the thing has ended since: who won of it was not read then."""
        age_secs = time.monotonic() - self.read_at
        return age_secs < LEASE_SECS and not 0 < self.standing.ends_in_secs <= age_secs

    def refusal_for(self, claimant: int) -> DomainError | None:
        now = self.standing
        if claimant in now.claimants:
            return None
        age_secs = time.monotonic() - self.read_at
        if now.closed or now.starts_in_secs > age_secs or now.ends_in_secs <= age_secs:
            return NotOpen()
        return SoldOut() if now.gone else None


ARequest = TypeVar("ARequest", bound=Request)
Answer = TypeVar("Answer")
Thing = TypeVar("Thing", bound=Hashable)
Check = Callable[[ARequest, Any], Awaitable[None]]


class ClaimQueue(Generic[ARequest, Answer]):
    """One of a process's loop, for one kind of thing.

    `read(thing)` answers its standing, None when there is no such thing; `write(requests)` decides on a batch inside a
    transaction, as GroupCommit wants it; `check(request, terms)` may refuse somebody who has not won yet, at no cost
    for the database.
    """

    def __init__(
        self,
        *,
        read: Callable[[Thing], Standing | None],
        write: Callable[[Sequence[ARequest]], Sequence[Answer | DomainError]],
        check: Check[ARequest] | None = None,
    ) -> None:
        self._read_standing: Callable[..., Standing | None] = read
        self._write = write
        self._check = check
        self._commit: GroupCommit[ARequest, Answer] = GroupCommit(self._write_batch, name=write.__name__)
        self._leases: dict[Hashable, Lease] = {}
        self._reads: dict[Hashable, asyncio.Task[Standing | None]] = {}

    async def submit(self, request: ARequest) -> Answer:
        """Answer after COMMIT. Raises NotFound, NotOpen, SoldOut, Busy, and what `check` and `write` refuse."""
        lease = self._leases.get(request.thing)
        if lease is None or not lease.is_good:
            lease = await self._renew(request.thing)
        if refusal := lease.refusal_for(request.claimant):
            raise refusal
        if self._check is not None and request.claimant not in lease.standing.claimants:
            await self._check(request, lease.standing.terms)
        return await self._commit.submit(request)

    def _write_batch(self, requests: Sequence[ARequest]) -> Sequence[Answer | DomainError]:
        answers = self._write(requests)
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, SoldOut):
                # What the lease says is no longer so: the next one to come reads it again.
                self._leases.pop(request.thing, None)
        return answers

    async def _renew(self, thing: Hashable) -> Lease:
        read = self._reads.get(thing)
        if read is None or read.done():
            read = self._reads[thing] = asyncio.create_task(self._read(thing))
        found = await asyncio.shield(read)
        if found is None:
            raise NotFound
        return self._leases.get(thing) or Lease(found, time.monotonic())

    async def _read(self, thing: Hashable) -> Standing | None:
        started = time.monotonic()
        try:
            found = await database(self._read_standing, thing)
        finally:
            self._reads.pop(thing, None)
        if len(self._leases) >= MOST_LEASES:
            self._leases.clear()
        if found is not None:
            self._leases[thing] = Lease(found, started)
        return found


AQueue = TypeVar("AQueue")


def one_a_loop(make: Callable[[], AQueue]) -> Callable[[], AQueue]:
    """A function that answers what `make` made for the running loop."""
    made: tuple[asyncio.AbstractEventLoop, AQueue] | None = None

    def current() -> AQueue:
        nonlocal made
        loop = asyncio.get_running_loop()
        if made is None or made[0] is not loop:
            made = loop, make()
        return made[1]

    return current
