"""The port behind which carriers stand. References are ours: the same one again is the same label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from commerce.catalog.cards import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """Something a carrier saw of a parcel, by its own clock. `state` is one of `ShipmentState`."""

    event_id: str
    number: str
    state: str
    at: datetime
    place: Texts
    text: Texts
    body: dict[str, Any]


class Carrier(Protocol):
    code: str
    name: Texts
    makes_numbers: bool

    def create_label(self, *, reference: str, origin: str, destination: str) -> str:
        """A number for a parcel from one region to another; "" is the seller's house. Raises CarrierUnavailable, also
        where numbers come with printed labels."""

    def track(self, *, number: str) -> Sequence[Tracked]:
        """What it has seen of a parcel; empty where it only tells by webhook."""

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Tracked:
        """Raises BadCarrierSignature, Invalid."""
