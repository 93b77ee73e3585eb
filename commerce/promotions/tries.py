"""How often somebody may guess. Counted in the cache that all processes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from commerce.promotions.errors import CodeUnknown, TooManyTries


class Tries:
    """`most` wrong codes a person in `per_secs`."""

    def __init__(self, *, most: int, per_secs: int) -> None:
        self.most, self.per_secs = most, per_secs

    @contextmanager
    def of(self, user_id: int) -> Iterator[None]:
        """Count what ends in CodeUnknown. Raises TooManyTries, before the body, when there were too many."""
        key = f"wrong-codes:{user_id}"
        if cache.get(key, 0) >= self.most:
            raise TooManyTries(detail={"retry_after_secs": self.per_secs})
        try:
            yield
        except CodeUnknown:
            cache.add(key, 0, timeout=self.per_secs)
            cache.incr(key)
            raise
