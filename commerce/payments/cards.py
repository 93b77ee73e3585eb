"""What a person's own devices see of their money with us."""

from __future__ import annotations

from typing import Literal, TypedDict

from project.kernel.money import MoneyJSON

TopUpStateName = Literal["started", "succeeded", "failed", "closed"]


class WalletCard(TypedDict):
    """A card with a smaller `version` is older; each currency is a wallet of its own."""

    balance: MoneyJSON
    version: int


class TopUpCard(TypedDict):
    """A card with a smaller `version` is older."""

    id: int
    number: str
    state: TopUpStateName
    amount: MoneyJSON
    version: int
