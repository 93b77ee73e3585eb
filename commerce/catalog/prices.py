"""What a price may be compared with: the lowest that the SKU cost in the seven days before. Pure.

That is what China's rules on promotions (规范促销行为暂行规定) take as the base of a reduction that names none.

- The price of the list counts, and what an activity (a flash sale) asked beside it: from the moment it was asked, paid
  or not. That is never above the lowest that was paid.
- What belongs to a person or a basket does not: member prices, threshold discounts, coupons, points.
- A reduction is one for seven days. Later, the price is simply the price.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=7)
# No activity lasts longer: so much earlier may have begun what reaches into a window.
LONGEST_DEAL = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The list's price became `price` at `at`; before, it was `was`, or there was none. Minor units."""

    at: datetime
    price: int
    was: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What an activity asked from `since` until before `until`. Minor units."""

    since: datetime
    until: datetime
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of one SKU: the price now, and what changed lately, oldest first. Complete for two windows before now."""

    price: int
    changes: Sequence[Change] = ()
    deals: Sequence[Deal] = ()

    def struck(self, now: datetime) -> int | None:
        """The price to strike through; None unless the price was lowered in the last window to below its base.

        The base is the lowest price in force at any moment of the window before the reduction; what activities asked
        since then counts as well.
        """
        if not self.changes or (since := self.changes[-1].at) <= now - WINDOW:
            return None
        base = min([*self._listed(since - WINDOW, since), *self._dealt(since - WINDOW, now)], default=self.price)
        return base if base > self.price else None

    def lowest(self, now: datetime) -> int:
        """The lowest of the last window, the price now among them: the base of an activity that begins now."""
        start = now - WINDOW
        return min([self.price, *self._listed(start, now), *self._dealt(start, now)])

    def _listed(self, start: datetime, end: datetime) -> Iterable[int]:
        """List prices in force at any moment from `start` until before `end`."""
        later = [change for change in self.changes if change.at > start]
        # What the first change replaced was in force when the window began, unless the SKU is younger than that.
        at_start = later[0].was if later else self.price
        if at_start is not None:
            yield at_start
        yield from (change.price for change in later if change.at < end)

    def _dealt(self, start: datetime, end: datetime) -> Iterable[int]:
        return (deal.price for deal in self.deals if deal.since < end and deal.until > start)
