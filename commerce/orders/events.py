"""What the rest of the house, and the buyer's own devices, learn about orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Event):
    """`order`: `{"number", "state", "total", "expires_at", "version"}`, as in the user's snapshot."""

    type: ClassVar[str] = "order.changed"
    user_to: int
    order: dict[str, Any]

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """Money came in and the goods are the buyer's. Once an order.

    The fields `…_to` stay on the server: `channel_to` is where the order came from ("" for nowhere), `title_to`
    `{"zh", "en"}` of its first line, `quantity_to` its units, `total_to` Money as a dict.
    """

    type: ClassVar[str] = "order.paid"
    user_to: int
    order: dict[str, Any]
    channel_to: str
    title_to: dict[str, str]
    quantity_to: int
    total_to: dict[str, Any]

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]

    @property
    def buyer_id(self) -> int:
        return self.user_to

    @property
    def channel(self) -> str:
        return self.channel_to

    @property
    def title(self) -> dict[str, str]:
        return self.title_to

    @property
    def quantity(self) -> int:
        return self.quantity_to

    @property
    def total(self) -> dict[str, Any]:
        return self.total_to
