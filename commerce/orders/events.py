"""What the rest of the house, and the buyer's own devices, learn about orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.catalog.cards import Texts
from commerce.orders.cards import OrderCard
from project.kernel.events import Event
from project.kernel.money import MoneyJSON


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Event):
    """Something happened to it, from opened to completed or closed; `order` as in the user's snapshot."""

    type: ClassVar[str] = "order.changed"
    user_to: int
    order: OrderCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """Money came in and the goods are the buyer's. Once an order.

    The fields `…_to` stay on the server: `channel_to` is where the order came from ("" for nowhere), `title_to` the
    title of its first line, `quantity_to` its units.
    """

    type: ClassVar[str] = "order.paid"
    user_to: int
    order: OrderCard
    channel_to: str
    title_to: Texts
    quantity_to: int
    total_to: MoneyJSON

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]

    @property
    def buyer_id(self) -> int:
        return self.user_to

    @property
    def channel(self) -> str:
        return self.channel_to

    @property
    def title(self) -> Texts:
        return self.title_to

    @property
    def quantity(self) -> int:
        return self.quantity_to

    @property
    def total(self) -> MoneyJSON:
        return self.total_to
