"""How fast one person may do a thing: a token bucket each (Turner, "New directions in communications", 1986).

Kept by each process for itself: a person with connections to several processes has a bucket in each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

# Beyond this many buckets, those that are full again are forgotten: a full one says nothing.
MANY_BUCKETS = 10_000


class Pace:
    """`burst` at once, and `burst` again within `secs`."""

    def __init__(self, *, burst: int, secs: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_sec = burst / secs
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._forget_at = MANY_BUCKETS

    def allows(self, who: Hashable) -> bool:
        """Take a token of `who`; False when none is left."""
        now = self._clock()
        tokens = self._tokens(who, now)
        if tokens < 1:
            return False
        self._buckets[who] = (tokens - 1, now)
        if len(self._buckets) > self._forget_at:
            self._forget_the_full(now)
        return True

    def _tokens(self, who: Hashable, now: float) -> float:
        tokens, at = self._buckets.get(who, (float(self._burst), now))
        return min(float(self._burst), tokens + (now - at) * self._per_sec)

    def _forget_the_full(self, now: float) -> None:
        self._buckets = {who: kept for who, kept in self._buckets.items() if self._tokens(who, now) < self._burst}
        self._forget_at = max(MANY_BUCKETS, 2 * len(self._buckets))
