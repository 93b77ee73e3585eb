"""Reads that many ask for at once: after a restart, thousands come back within a second, with one question each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_KEYS = 200


class Gather(Generic[Key, Value]):
    """Callers of one moment share one read, and never one that began before they asked.

    The second half matters to whoever was told where a stream stands: what is read must be as new as that, or newer.
    One read is under way at a time; whoever asks meanwhile is read together with all the others who wait. `read(keys)`
    answers what it found, by key.
    """

    def __init__(self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        self._read = read
        self._waiting: dict[Key, asyncio.Future[Value | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """None where nothing was found. Raises what the read raises. The value is shared: do not change it."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._waiting = {}
            self._task = loop.create_task(self._drain())
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = loop.create_future()
        # One caller who goes away must not take the answer from the others.
        return await asyncio.shield(future)

    async def _drain(self) -> None:
        while self._waiting:
            batch = {key: self._waiting.pop(key) for key in list(self._waiting)[:MOST_KEYS]}
            try:
                found = await self._read(list(batch))
            except Exception as error:
                for future in batch.values():
                    future.set_exception(error)
                    future.exception()  # seen: all callers may have gone away
            else:
                for key, future in batch.items():
                    future.set_result(found.get(key))
