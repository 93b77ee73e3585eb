"""What a process may remember of the database for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from project.kernel.database import database

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Beyond this many values, those that are too old are dropped.
MANY_VALUES = 10_000


class ShortMemory(Generic[Key, Value]):
    """Values by key, at most `secs` old; however many ask for one at once, it is loaded once."""

    def __init__(self, load: Callable[[Key], Value], *, secs: float) -> None:
        self._load = load
        self._secs = secs
        self._kept: dict[Key, tuple[Value, float]] = {}
        self._loading: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key) -> Value:
        """Raises what `load` raises; an error is not remembered."""
        kept = self._kept.get(key)
        if kept and time.monotonic() - kept[1] < self._secs:
            return kept[0]
        loading = self._loading.get(key)
        if loading is None or loading.get_loop() is not asyncio.get_running_loop():
            loading = self._loading[key] = asyncio.create_task(self._fetch(key))
        return await asyncio.shield(loading)

    def forget(self, key: Key) -> None:
        """The next `get` reads it anew. May be called from any thread."""
        self._kept.pop(key, None)

    async def _fetch(self, key: Key) -> Value:
        began = time.monotonic()
        try:
            value = await database(self._load, key)
        finally:
            self._loading.pop(key, None)
        self._kept[key] = (value, began)
        if len(self._kept) > MANY_VALUES:
            fresh = began - self._secs
            self._kept = {key: kept for key, kept in self._kept.items() if kept[1] > fresh}
        return value
