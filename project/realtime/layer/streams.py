"""Follows one stream in Redis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from project.realtime.redis_link import end
from project.realtime.store import Batch, History

log = logging.getLogger(__name__)

READ_AGAIN_SECS = 0.2


class Stream:
    """Passes on what is appended, in order, without gap or repetition; or says that something is lost.

    `read(since)` answers what comes after an offset, and the top. With `since` (an offset) it begins there, else at
    the top that it finds. Until `caught_up` has returned once, nothing is passed on.
    """

    def __init__(
        self,
        read: Callable[[int | None], Awaitable[History]],
        pass_on: Callable[[bytes], None],
        lost: Callable[[], None],
        *,
        since: int | None = None,
    ) -> None:
        self._read, self._pass_on_one, self._lost = read, pass_on, lost
        self._since = since
        self._epoch: str | None = None
        self._offset = 0
        self._unread = False
        # While the stream is being read, what arrives waits here.
        self._arrived: list[Batch] = []
        self._task: asyncio.Task[None] | None = None

    def receive(self, batch: Batch) -> None:
        """Take what Redis sent."""
        if self._epoch is None or self._reading:
            self._arrived.append(batch)
        elif not self._take(batch):
            self.check()

    def check(self) -> None:
        """Something may be missing: read the stream, and pass on what did not arrive."""
        # A read says what was there when Redis answered: who asks meanwhile needs another one.
        self._unread = True
        if not self._reading:
            self._task = asyncio.get_running_loop().create_task(self._catch_up())

    async def caught_up(self) -> None:
        """Return once everything has been passed on that was there at the call."""
        self.check()
        assert self._task
        await asyncio.shield(self._task)

    def begin_anew(self) -> None:
        """Somebody has removed the stream."""
        self._epoch, self._since = None, 0
        self.check()

    async def close(self) -> None:
        if self._task:
            await end(self._task)

    @property
    def _reading(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _catch_up(self) -> None:
        while self._unread:
            self._unread = False
            try:
                found = await self._read(self._since if self._epoch is None else self._offset)
            except (RedisError, OSError) as error:
                log.warning("a stream cannot be read now: %r", error)
                self._unread = True
                await asyncio.sleep(READ_AGAIN_SECS)
                continue
            self._apply(found)
            arrived, self._arrived = self._arrived, []
            # What does not follow is dropped: another read tells more.
            if not all(self._take(batch) for batch in arrived):
                self._unread = True

    def _apply(self, found: History) -> None:
        items = [item for _, item in found.publications]
        if self._epoch is None:
            self._epoch, self._offset = found.epoch, found.offset
            self._pass_on(items)
        elif found.epoch == self._epoch and len(items) == found.offset - self._offset:
            self._offset = found.offset
            self._pass_on(items)
        else:
            self._epoch, self._offset = found.epoch, found.offset
            self._lost()

    def _take(self, batch: Batch) -> bool:
        """False when something is missing between what is known and this batch."""
        assert batch.first is not None
        if batch.epoch != self._epoch or batch.first > self._offset + 1:
            return False
        known = self._offset + 1 - batch.first
        if known < len(batch.payloads):
            self._offset = batch.first + len(batch.payloads) - 1
            self._pass_on(batch.payloads[known:])
        return True

    def _pass_on(self, items: list[bytes]) -> None:
        for item in items:
            try:
                self._pass_on_one(item)
            except Exception:  # one bad message must not make the process deaf
                log.exception("a message cannot be read")
