"""Work that is done again and again for a thing as long as somebody in this process looks at it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Rounds:
    """`work(id)` every `every_secs` from `start(id)` until `stop(id)`; one that fails is logged, and the next comes."""

    def __init__(self, work: Callable[[int], Awaitable[None]], *, every_secs: float) -> None:
        self._work = work
        self._every_secs = every_secs
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def start(self, id: int) -> None:
        self.stop(id)
        self._tasks[id] = asyncio.get_running_loop().create_task(self._go_round(id))

    def stop(self, id: int) -> None:
        task = self._tasks.pop(id, None)
        if task and not task.get_loop().is_closed():
            task.cancel()

    async def _go_round(self, id: int) -> None:
        # What the work awaits may make an error of its own out of a cancellation: so being cancelled is not relied on.
        while self._tasks.get(id) is asyncio.current_task():
            await asyncio.sleep(self._every_secs)
            try:
                await self._work(id)
            except Exception as error:
                log.warning("a round for %d failed: %r", id, error)
