from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.catalog.cards import Texts
from live.room.cards import Figures
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
    """The figures of the studio."""

    type: ClassVar[str] = "stats.counted"
    durable: ClassVar[bool] = False

    stats: Figures
    show_to: int

    def channels(self) -> list[str]:
        return [f"studio:{self.show_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTicked(Event):
    """Somebody has bought: `buyer` is masked. It changes nothing that clients keep."""

    type: ClassVar[str] = "order.paid"

    buyer: str
    title: Texts
    quantity: int
    show_to: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]
