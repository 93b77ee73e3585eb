"""What the rest of the house, and a person's own devices, learn about money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.payments.cards import TopUpCard, WalletCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDone(Event):
    """All of a refund that was asked for under `reference` went back: `amount` in minor units. Server only."""

    type: ClassVar[str] = "refund.done"
    order_id: int
    reference: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletChanged(Event):
    """Something was topped up, paid or given back; `wallet` is what there is now."""

    type: ClassVar[str] = "wallet.changed"
    user_to: int
    wallet: WalletCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpChanged(Event):
    """A top-up was begun, or ended."""

    type: ClassVar[str] = "top_up.changed"
    user_to: int
    top_up: TopUpCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
