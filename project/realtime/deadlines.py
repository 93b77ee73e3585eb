"""Things that are due a fixed time after they were added, all on one timer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Thing = TypeVar("Thing", bound=Hashable)


class Deadlines(Generic[Thing]):
    """Calls `act` with whatever was added `secs` ago and not taken out since. A thing is in it once."""

    def __init__(self, secs: float, act: Callable[[Thing], None]) -> None:
        self._secs = secs
        self._act = act
        self._loop = asyncio.get_running_loop()
        # In the order in which they fall due, since all wait equally long.
        self._due: dict[Thing, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._due)

    def add(self, thing: Thing) -> None:
        self._due.pop(thing, None)
        due = self._due[thing] = self._loop.time() + self._secs
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._ring)

    def begin(self, thing: Thing) -> None:
        """Add it, unless it is waiting already."""
        if thing not in self._due:
            self.add(thing)

    def discard(self, thing: Thing) -> None:
        self._due.pop(thing, None)

    def _ring(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._due:
            thing, due = next(iter(self._due.items()))
            if due > now:
                self._timer = self._loop.call_at(due, self._ring)
                return
            del self._due[thing]
            try:
                self._act(thing)
            except Exception:
                log.exception("what was due cannot be done")
