from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewersCounted(Event):
    """Distinct people in the room now, guests too."""

    type: ClassVar[str] = "viewers.counted"
    durable: ClassVar[bool] = False

    count: int
    show_to: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsCounted(Event):
    """The figures of the studio: `{"viewers", "likes", "orders_paid", "gmv": Money, "claims", "messages"}`."""

    type: ClassVar[str] = "stats.counted"
    durable: ClassVar[bool] = False

    stats: dict[str, Any]
    show_to: int

    def channels(self) -> list[str]:
        return [f"studio:{self.show_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTicked(Event):
    """Somebody has bought: `buyer` is masked, `title` is `{"zh", "en"}`. It changes nothing that clients keep."""

    type: ClassVar[str] = "order.paid"

    buyer: str
    title: dict[str, str]
    quantity: int
    show_to: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]
