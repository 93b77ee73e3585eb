"""The seven days' lowest against somebody who looks at the price tag every hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commerce.catalog.prices import WINDOW, Change, Deal, Prices

NOW = 1000
WEEK = 168
# A busy machine draws slowly.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)


def hour(number: int) -> datetime:
    return ORIGIN + timedelta(hours=number)


@dataclass(frozen=True)
class Past:
    """`steps`: (hour, the list's price from then on), each another hour and another price than the one before; `deals`:
    (from, to, price), from the first hour until before the second."""

    steps: list[tuple[int, int]]
    deals: list[tuple[int, int, int]]

    def listed_at(self, number: int) -> int | None:
        return next((price for since, price in reversed(self.steps) if since <= number), None)

    def dealt_at(self, number: int) -> list[int]:
        return [price for since, until, price in self.deals if since <= number < until]

    def asked(self, numbers: range, *, deals: range | None = None) -> list[int]:
        listed = [price for number in numbers if (price := self.listed_at(number)) is not None]
        return listed + [price for number in deals or numbers for price in self.dealt_at(number)]

    def prices(self) -> Prices:
        """As the catalogue reads them: not more than it must know."""
        before = [None, *(price for _, price in self.steps)]
        oldest = hour(NOW) - 2 * WINDOW
        return Prices(
            price=self.steps[-1][1],
            changes=[
                Change(at=hour(since), price=price, was=was)
                for (since, price), was in zip(self.steps, before, strict=False)
                if hour(since) > oldest
            ],
            deals=[
                Deal(since=hour(since), until=hour(until), price=price)
                for since, until, price in self.deals
                if hour(until) > oldest
            ],
        )


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Dense about the edges: a week and two before now, and a week before the last change."""
    last = draw(st.integers(NOW - 2 * WEEK - 5, NOW) | st.sampled_from([NOW, NOW - WEEK, NOW - WEEK + 1]))
    edges = [edge + shift for edge in (last - WEEK, NOW - WEEK, NOW - 2 * WEEK) for shift in (-1, 0, 1)]
    hours = st.integers(NOW - 3 * WEEK, NOW) | st.sampled_from(edges)
    when = sorted({last, *(number for number in draw(st.lists(hours, max_size=7)) if number < last)})
    costs = st.integers(1, 9)
    steps: list[tuple[int, int]] = []
    for number in when:
        price = draw(costs)
        if not steps or steps[-1][1] != price:
            steps.append((number, price))
    deals = [
        (since, min(since + draw(st.integers(1, 5)), NOW), draw(costs))
        for since in draw(st.lists(hours, max_size=3))
        if since < NOW
    ]
    return Past(steps=steps, deals=sorted(deals))


@unhurried
@given(pasts())
@example(Past(steps=[(0, 9), (NOW - 1, 5)], deals=[]))
# Lowered exactly a week ago, and an hour later.
@example(Past(steps=[(0, 9), (NOW - WEEK, 5)], deals=[]))
@example(Past(steps=[(0, 9), (NOW - WEEK + 1, 5)], deals=[]))
# Until exactly a week before it was lowered it cost less: that does not count; an hour longer, it does.
@example(Past(steps=[(0, 6), (NOW - 10 - WEEK, 9), (NOW - 10, 7)], deals=[]))
@example(Past(steps=[(0, 6), (NOW - 9 - WEEK, 9), (NOW - 10, 7)], deals=[]))
# The same of what a sale asked.
@example(Past(steps=[(0, 9), (NOW - 10, 7)], deals=[(NOW - 12 - WEEK, NOW - 10 - WEEK, 6)]))
@example(Past(steps=[(0, 9), (NOW - 10, 7)], deals=[(NOW - 12 - WEEK, NOW - 9 - WEEK, 6)]))
@example(Past(steps=[(0, 9), (NOW - 10, 7)], deals=[(NOW - 5, NOW - 4, 8)]))
def test_struck_is_the_lowest_of_the_week_before_the_price_was_lowered(past: Past) -> None:
    since, price = past.steps[-1]
    asked = past.asked(range(since - WEEK, since), deals=range(since - WEEK, NOW))
    expected = min(asked, default=0)
    reduced = expected > price and since > NOW - WEEK
    assert past.prices().struck(hour(NOW)) == (expected if reduced else None)


@unhurried
@given(pasts())
@example(Past(steps=[(0, 5), (NOW - WEEK, 9)], deals=[]))
@example(Past(steps=[(0, 5), (NOW - WEEK + 1, 9)], deals=[]))
@example(Past(steps=[(0, 9)], deals=[(NOW - WEEK - 2, NOW - WEEK, 5)]))
@example(Past(steps=[(0, 9)], deals=[(NOW - WEEK - 2, NOW - WEEK + 1, 5)]))
def test_the_base_of_a_sale_is_the_lowest_of_the_last_week(past: Past) -> None:
    assert past.prices().lowest(hour(NOW)) == min([past.steps[-1][1], *past.asked(range(NOW - WEEK, NOW))])


@unhurried
@given(pasts())
def test_nothing_struck_was_never_asked_in_the_last_two_weeks(past: Past) -> None:
    struck = past.prices().struck(hour(NOW))
    assert struck is None or struck in past.asked(range(NOW - 2 * WEEK, NOW))
