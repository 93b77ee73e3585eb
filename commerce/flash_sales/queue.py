"""Where claims of this process wait for their batch, and where those that cannot win are turned away from memory.

What a process knows of a SKU in a sale is a lease of at most a second, read anew by one query set per second, so that
units which return are sold within a second, and a loser costs no database work. Who ever won units of the sale is let
through: for those the database has another answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from commerce.flash_sales.errors import NotOpen, SoldOut
from commerce.flash_sales.selectors import Standing, standing
from commerce.flash_sales.services import ClaimAnswer, ClaimRequest, claim_batch
from project.kernel.database import database
from project.kernel.errors import DomainError, NotFound
from project.kernel.group_commit import GroupCommit

LEASE_SECS = 1.0
MOST_LEASES = 10_000


@dataclass(slots=True)
class Lease:
    standing: Standing
    read_at: float

    @property
    def age_secs(self) -> float:
        return time.monotonic() - self.read_at

    @property
    def is_good(self) -> bool:
        """Not when the sale has ended since: who won units was not read then."""
        return self.age_secs < LEASE_SECS and not 0 < self.standing.ends_in_secs <= self.age_secs

    def refusal_for(self, shopper_id: int) -> DomainError | None:
        now = self.standing
        if shopper_id in now.claimants:
            return None
        if now.closed or now.starts_in_secs > self.age_secs or now.ends_in_secs <= self.age_secs:
            return NotOpen()
        return SoldOut() if now.gone else None


class ClaimQueue:
    def __init__(self) -> None:
        self._commit: GroupCommit[ClaimRequest, ClaimAnswer] = GroupCommit(self._claim_batch)
        self._leases: dict[tuple[int, int], Lease] = {}
        self._reads: dict[tuple[int, int], asyncio.Task[Standing | None]] = {}

    async def submit(self, request: ClaimRequest) -> ClaimAnswer:
        """Answer after COMMIT. Raises NotFound, NotOpen, SoldOut, LimitReached, AlreadyHolding, ClaimExpired, Busy."""
        lease = await self._lease(request.sale_id, request.sku_id)
        if refusal := lease.refusal_for(request.shopper_id):
            raise refusal
        return await self._commit.submit(request)

    def _claim_batch(self, requests: Sequence[ClaimRequest]) -> Sequence[ClaimAnswer | DomainError]:
        answers = claim_batch(requests)
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, SoldOut):
                # What the lease says is no longer so: the next one to come reads it again.
                self._leases.pop((request.sale_id, request.sku_id), None)
        return answers

    async def _lease(self, sale_id: int, sku_id: int) -> Lease:
        name = (sale_id, sku_id)
        lease = self._leases.get(name)
        if lease is not None and lease.is_good:
            return lease
        read = self._reads.get(name)
        if read is None or read.done():
            read = self._reads[name] = asyncio.create_task(self._read(name))
        found = await asyncio.shield(read)
        if found is None:
            raise NotFound
        return self._leases.get(name) or Lease(found, time.monotonic())

    async def _read(self, name: tuple[int, int]) -> Standing | None:
        started = time.monotonic()
        try:
            found = await database(standing, sale_id=name[0], sku_id=name[1])
        finally:
            self._reads.pop(name, None)
        if len(self._leases) >= MOST_LEASES:
            self._leases.clear()
        if found is not None:
            self._leases[name] = Lease(found, started)
        return found


_queue: tuple[asyncio.AbstractEventLoop, ClaimQueue] | None = None


def current() -> ClaimQueue:
    """The queue of this process's loop."""
    global _queue
    loop = asyncio.get_running_loop()
    if _queue is None or _queue[0] is not loop:
        _queue = loop, ClaimQueue()
    return _queue[1]
