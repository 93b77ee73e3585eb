"""What the buyer's own devices, and the studio, see of a parcel: the same over HTTP and on the wire."""

from __future__ import annotations

from typing import Literal, TypedDict

from commerce.catalog.cards import Texts

ShipmentStateName = Literal[
    "created", "picked_up", "in_transit", "out_for_delivery", "delivered", "exception", "returned"
]

PurposeName = Literal["order", "return", "replacement"]


class ShippedLine(TypedDict):
    """`line` is the id of the order's line."""

    line: int
    quantity: int


class TrackingCard(TypedDict):
    """`at` in ms, by the carrier's clock."""

    id: str
    state: ShipmentStateName
    at: int
    place: Texts
    text: Texts


class ShipmentCard(TypedDict):
    """A parcel to the buyer, back from there (`return`), or in exchange (`replacement`).

    Times in ms; `events` oldest first. A card with a smaller `version` is older.
    """

    id: int
    order: str
    purpose: PurposeName
    carrier: str
    carrier_name: Texts
    number: str
    state: ShipmentStateName
    version: int
    lines: list[ShippedLine]
    events: list[TrackingCard]
    created_at: int
    delivered_at: int | None
