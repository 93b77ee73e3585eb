"""What the rest of the house learns about money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDone(Event):
    """All of a refund that was asked for under `reference` went back: `amount` in minor units. Server only."""

    type: ClassVar[str] = "refund.done"
    order_id: int
    reference: str
    amount: int
