"""Likes come by the thousand: a process sums them, and commits the sums twice a second.

A tap is answered before its sum is committed: a process that dies takes up to half a second of likes with it, and a
connection, whose commands are carried out in order, does not wait that long for its next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from django.db import Error as DatabaseError

from live.shows.services import commit_likes
from project.kernel.database import database
from project.kernel.ids import new_key

log = logging.getLogger(__name__)

EVERY_SECS = 0.5


class LikeCounter:
    def __init__(self, *, every_secs: float = EVERY_SECS) -> None:
        self._every_secs = every_secs
        self._sums: Counter[int] = Counter()
        self._task: asyncio.Task[None] | None = None

    def add(self, show_id: int, count: int) -> None:
        """Call it on the loop."""
        self._sums[show_id] += count
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._commit())

    async def _commit(self) -> None:
        while self._sums:
            await asyncio.sleep(self._every_secs)
            sums, self._sums = self._sums, Counter()
            # The key makes it safe to try again after a COMMIT whose outcome is unknown.
            key = new_key()
            while True:
                try:
                    await database(commit_likes, key=key, counts=sums)
                    break
                except DatabaseError as error:
                    log.warning("%d likes wait for the database: %r", sums.total(), error)
                    await asyncio.sleep(self._every_secs)


_counter = LikeCounter()


def add(show_id: int, count: int) -> None:
    _counter.add(show_id, count)
