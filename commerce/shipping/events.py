"""What the buyer's own devices learn about parcels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.shipping.cards import ShipmentCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentChanged(Event):
    """A parcel was made, or its carrier saw it; `shipment` is the whole of it."""

    type: ClassVar[str] = "shipment.changed"
    user_to: int
    shipment: ShipmentCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
