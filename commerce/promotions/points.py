"""What points pay. Whoever keeps them registers a book in `project/wiring.py`; without one nobody has any, and the
pages say nothing of them.

A book is asked inside the transaction of the order, after its coupons and before its stock, and keeps what it is told
in rows that the same transaction commits. `reference` is the number of an order: each step comes once an order, except
that what was released may be used after all, when its money came late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from commerce.promotions.errors import PointsShort


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A person may spend `balance` points; each `step` of them pays `worth`, in minor units, and is funded by
    somebody. Points are spent in whole steps."""

    balance: int
    step: int = 1
    worth: int = 1
    funded_by: str = "house"

    def most(self, amount: int) -> int:
        """As many points as can be spent on goods that cost `amount`."""
        return min(self.balance // self.step, amount // self.worth) * self.step

    def off(self, points: int) -> int:
        return points // self.step * self.worth


class Book(Protocol):
    def offer(self, *, user_id: int, currency: str) -> Offer | None:
        """None when a person's points pay nothing in this currency."""

    def lock(self, *, user_id: int, points: int, reference: str) -> None:
        """An order is opened with them: nothing else can be. Raises PointsShort, and then locks nothing."""

    def use(self, *, user_id: int, points: int, reference: str) -> bool:
        """The order is paid. False, and nothing changed, when they were released since and are spent."""

    def release(self, *, user_id: int, points: int, reference: str) -> None:
        """The order closes unpaid: all that were locked can be spent again."""

    def give_back(self, *, user_id: int, points: int, reference: str, key: str) -> None:
        """Some of what an order was paid with goes back, once a `key`; never more than that in all."""


class Nobody:
    """No one keeps points."""

    def offer(self, *, user_id: int, currency: str) -> Offer | None:
        return None

    def lock(self, *, user_id: int, points: int, reference: str) -> None:
        raise PointsShort

    def use(self, *, user_id: int, points: int, reference: str) -> bool:
        return False

    def release(self, *, user_id: int, points: int, reference: str) -> None:
        pass

    def give_back(self, *, user_id: int, points: int, reference: str, key: str) -> None:
        pass


_book: Book = Nobody()


def install(kept: Book) -> None:
    global _book
    _book = kept


def book() -> Book:
    return _book
