"""What each process knows by heart: sanctions that hold, rules, what is set for rooms.

Every change of a table stamps its `Revision` in the same transaction. A process looks at the stamps, one query for all
of them, as often as messages come but not more than every 0.4 s, and reads again what was stamped anew. So whatever a
moderator does holds everywhere within a second, and a message costs no query.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import transaction

from community.moderation.models import Revision
from project.kernel.database import database
from project.kernel.gather import Gather

Value = TypeVar("Value")

EVERY_SECS = 0.4
# Whoever works without a loop that looks ahead looks by itself.
LATE_SECS = 0.8

_all: list[Known[Any]] = []
_stamps: dict[str, str] = {}
_looked_at = float("-inf")
_expired_at = float("-inf")
# What is read in a thread carries the stamps that this thread has seen, also those of its own transaction.
_reading = threading.RLock()


class Known(Generic[Value]):
    """A value that `load` reads from the database, as new as the stamp of its `name`."""

    def __init__(self, name: str, load: Callable[[], Value]) -> None:
        self.name = name
        self._load = load
        self._kept: tuple[str, Value] | None = None
        _all.append(self)

    def get(self) -> Value:
        """In a thread of the database."""
        if not _is_fresh(LATE_SECS):
            with _reading:
                # Threads that come at once wait for the one that looks.
                if not _is_fresh(LATE_SECS):
                    look()
        return self.catch_up()

    def peek(self) -> Value:
        """On the loop, after `fresh`."""
        return self.catch_up() if self._kept is None else self._kept[1]

    def catch_up(self) -> Value:
        with _reading:
            stamp = _stamps.get(self.name, "")
            kept = self._kept
            if kept is None or kept[0] != stamp:
                # The stamp was read first: what is loaded is as new, or newer, and then loaded again.
                kept = self._kept = stamp, self._load()
            return kept[1]

    def forget(self) -> None:
        self._kept = None


def look() -> None:
    """Read what has changed. One query, and those of what has."""
    global _looked_at
    with _reading:
        at = time.monotonic()
        found = dict(Revision.objects.values_list("name", "stamp"))
        _stamps.clear()
        _stamps.update(found)
        for known in _all:
            known.catch_up()
        _looked_at = at


def _is_fresh(secs: float) -> bool:
    """Whether somebody has looked so lately, and nothing has changed since that look began."""
    return _looked_at > _expired_at and time.monotonic() - _looked_at <= secs


async def _look(_: Sequence[str]) -> dict[str, bool]:
    await database(look)
    return {"all": True}


_looks = Gather(_look)


async def fresh() -> None:
    """What is known is at most 0.4 s old; however many wait for it, it is looked at once."""
    if not _is_fresh(EVERY_SECS):
        await _looks.get("all")


def changed(name: str) -> None:
    """In the transaction of a change: every process is to read it again, this one at once."""
    Revision.objects.update_or_create(name=name, defaults={"stamp": secrets.token_hex(12)})
    expire()
    transaction.on_commit(expire, robust=True)


def expire() -> None:
    """Look again before the next question: something has just changed. May be called from any thread."""
    global _expired_at
    _expired_at = time.monotonic()


def forget_all() -> None:
    """As in a process that has just begun."""
    expire()
    _stamps.clear()
    for known in _all:
        known.forget()
