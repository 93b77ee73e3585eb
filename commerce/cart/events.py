"""What the owner's other devices learn about a cart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.cart.cards import CartCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CartChanged(Event):
    """The number for the badge, and the version to compare. The lines are looked up by whoever shows them: 120 of them
    would not fit into a frame.
    """

    type: ClassVar[str] = "cart.changed"
    user_to: int
    cart: CartCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
