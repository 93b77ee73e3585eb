"""A carrier whose numbers come with its printed labels, and who tells by webhook where a parcel is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commerce.catalog.cards import Texts
from commerce.shipping.carriers import webhook
from commerce.shipping.carriers.port import Tracked
from commerce.shipping.errors import CarrierUnavailable


@dataclass(slots=True)
class LabelledCarrier:
    code: str
    name: Texts
    makes_numbers: bool = False

    def create_label(self, *, reference: str, origin: str, destination: str) -> str:
        raise CarrierUnavailable

    def track(self, *, number: str) -> Sequence[Tracked]:
        return ()

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Tracked:
        return webhook.read(carrier=self.code, body=body, headers=headers)
