"""Amounts of money: integers in minor units, with an ISO 4217 code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

# All others have two decimals. Source: ISO 4217, list one.
NO_DECIMALS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


class MoneyJSON(TypedDict):
    """`amount` in minor units of `currency`, an ISO 4217 code."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Money:
    amount: int
    currency: str

    def as_dict(self) -> MoneyJSON:
        return {"amount": self.amount, "currency": self.currency}

    def __add__(self, other: Money) -> Money:
        """Raises ValueError for another currency."""
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.amount + other.amount, self.currency)


def decimals_of(currency: str) -> int:
    """How many decimals of a currency are its minor unit."""
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def in_major(amount: int, currency: str) -> Decimal:
    """An amount in minor units as people write it, with all of its decimals: 3990 fen are 39.90 yuan."""
    return Decimal(amount).scaleb(-decimals_of(currency))


def split_by_largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` in proportion to `weights` so that the parts add up exactly (Hamilton's method).

    A tie goes to the earlier part. With all weights 0, the first part gets everything; without parts, the amount
    must be 0. Raises ValueError for a negative weight or amount.
    """
    if amount < 0 or any(weight < 0 for weight in weights):
        raise ValueError("amount and weights must not be negative")
    if not weights:
        if amount:
            raise ValueError("nothing to split over")
        return []
    whole = sum(weights)
    if whole == 0:
        return [amount, *[0] * (len(weights) - 1)]
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts
