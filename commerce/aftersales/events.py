"""What the buyer's own devices learn about after-sale cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.aftersales.cards import CaseCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AftersaleChanged(Event):
    """A case was opened or took a step; `case` is its whole state."""

    type: ClassVar[str] = "aftersale.changed"
    user_to: int
    case: CaseCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
