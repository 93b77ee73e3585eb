"""Group commit: writes that arrive in their thousands share a transaction.

Items are gathered while the batch before is being committed (and for at least `gather_secs`), then `commit` writes
them all in one transaction; each caller's future resolves right after COMMIT, before anything is published, in the
order of arrival inside a batch.
The idea is that of a database's own log (Gawlick and Kinkade, "Varieties of concurrency control in IMS/VS", 1985).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import connection, transaction

from project.kernel.counting import Spread
from project.kernel.database import database
from project.kernel.errors import Busy, DomainError

Item = TypeVar("Item")
Result = TypeVar("Result")
# An item, the answer it waits for, and when it came (time.monotonic()).
Waiting = tuple[Item, "asyncio.Future[Result]", float]

log = logging.getLogger(__name__)

# Between two batches on SQLite, so that the other processes get the file lock too.
SQLITE_PAUSE_SECS = 0.001

SIZES = Spread(
    "souk_group_commit_items",
    "Items that shared a transaction.",
    (1, 2, 5, 10, 20, 50, 100, 200, 500),
    labels=("queue",),
)
WAITS = Spread(
    "souk_group_commit_seconds",
    "From the arrival of a batch's oldest item until the batch is answered, after COMMIT.",
    (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    labels=("queue",),
)

_draining: set[asyncio.Task[None]] = set()


async def settled() -> None:
    """Wait until everything that was submitted in this loop has been committed or refused."""
    while tasks := [task for task in _draining if task.get_loop() is asyncio.get_running_loop()]:
        await asyncio.wait(tasks)


class GroupCommit(Generic[Item, Result]):
    """A queue in front of one function that writes many items at once.

    `commit(items)` runs on a database thread inside a transaction and returns, for each item in order, its result or
    a DomainError. **It begins by looking up the items' keys**: then it may be run again, item by item, after a batch
    that failed or whose COMMIT had an unknown outcome, and an item that is already there gets its first answer.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Sequence[Result | DomainError]],
        *,
        most_items: int = 500,
        most_waiting: int = 20_000,
        gather_secs: float = 0.002,
        name: str = "",
    ) -> None:
        self._commit = commit
        self._name: str = name or getattr(commit, "__name__", "other").strip("_")
        self._most_items = most_items
        self._most_waiting = most_waiting
        self._gather_secs = gather_secs
        self._waiting: deque[Waiting[Item, Result]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Wait until `item` is committed. An item whose caller goes away is committed all the same.

        Raises Busy when too many are waiting (nothing was done), and what `commit` answered for this item.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Busy
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future, time.monotonic()))
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._drain())
            _draining.add(self._task)
            self._task.add_done_callback(_draining.discard)
        return await future

    async def _drain(self) -> None:
        await asyncio.sleep(self._gather_secs)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self._most_items, len(self._waiting)))]
            await self._settle(batch)
            SIZES.observe(len(batch), self._name)
            if connection.vendor == "sqlite":
                await asyncio.sleep(SQLITE_PAUSE_SECS)

    async def _settle(self, batch: Sequence[Waiting[Item, Result]]) -> None:
        """Answer each item, whatever happens."""
        try:
            await database(self._in_transaction, batch, asyncio.get_running_loop())
        except Exception as error:
            if len(batch) == 1:
                log.exception("an item could not be committed")
                self._answer(batch, [error])
                return
            log.warning("a batch of %d failed and is retried one by one: %r", len(batch), error)
            for one in batch:
                await self._settle([one])

    def _in_transaction(self, batch: Sequence[Waiting[Item, Result]], loop: asyncio.AbstractEventLoop) -> None:
        answers: list[Result | DomainError] = []
        with transaction.atomic():
            # The first thing after COMMIT: who waits need not wait until everybody else has been told.
            transaction.on_commit(lambda: loop.call_soon_threadsafe(self._answer, batch, answers), robust=True)
            answers += self._commit([item for item, *_ in batch])
            if len(answers) != len(batch):
                raise RuntimeError(f"{len(batch)} items got {len(answers)} answers")

    def _answer(self, batch: Sequence[Waiting[Item, Result]], answers: Sequence[Result | BaseException]) -> None:
        for (_, future, _), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
                future.exception()  # seen: the caller may go away before it looks
            else:
                future.set_result(answer)
        _, _, oldest_at = batch[0]
        WAITS.observe(time.monotonic() - oldest_at, self._name)
