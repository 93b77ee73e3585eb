"""What the buyer's own devices see of an order."""

from __future__ import annotations

from typing import Literal, TypedDict

from project.kernel.money import MoneyJSON

OrderStateName = Literal["pending_payment", "paid", "shipped", "received", "completed", "closed"]


class OrderCard(TypedDict):
    """`expires_at` in ms since the epoch. A card with a smaller `version` is older."""

    number: str
    state: OrderStateName
    total: MoneyJSON
    expires_at: int
    version: int
