"""Reads that many ask for at once: when a stream begins, or after a restart, a room fills within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SharedReads(Generic[Key, Value]):
    """One read for all who wait for it, and never one that began before they asked.

    Whoever enters a channel was told where its stream stands, and the snapshot must be read after that. So those who
    come while a read is under way share the next one: at most one runs and one waits, however many people come.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]]) -> None:
        self._read = read
        self._running: dict[Key, asyncio.Task[Value]] = {}
        self._next: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key) -> Value:
        """Raises what the read raises. The value is shared: do not change it."""
        loop = asyncio.get_running_loop()
        waiting = self._next.get(key)
        if waiting is None or waiting.get_loop() is not loop:
            waiting = self._next[key] = loop.create_task(self._after(key, self._running.get(key)))
            # Nobody may be left to look at the answer.
            waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(waiting)

    async def _after(self, key: Key, before: asyncio.Task[Value] | None) -> Value:
        if before and before.get_loop() is asyncio.get_running_loop():
            await asyncio.wait([before])
        # From here on, whoever asks shares the read after this one.
        task = self._running[key] = self._next.pop(key)
        try:
            return await self._read(key)
        finally:
            if self._running.get(key) is task:
                del self._running[key]
