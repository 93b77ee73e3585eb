"""Which carriers there are."""

from __future__ import annotations

from django.conf import settings

from commerce.catalog.cards import Texts
from commerce.shipping.carriers.labelled import LabelledCarrier
from commerce.shipping.carriers.port import Carrier
from commerce.shipping.carriers.simulated import SimulatedCarrier
from project.kernel.errors import NotFound

# One that tells nothing: its parcels arrive by the word of people.
OTHER = "other"
_CARRIERS: list[Carrier] = [
    SimulatedCarrier(),
    LabelledCarrier("sf", {"zh": "顺丰速运", "en": "SF Express"}),
    LabelledCarrier("jd", {"zh": "京东物流", "en": "JD Logistics"}),
    LabelledCarrier("zto", {"zh": "中通快递", "en": "ZTO Express"}),
    LabelledCarrier("yto", {"zh": "圆通速递", "en": "YTO Express"}),
    LabelledCarrier("ems", {"zh": "邮政 EMS", "en": "China Post EMS"}),
    LabelledCarrier(OTHER, {"zh": "其他快递", "en": "Another carrier"}),
]


def carriers() -> list[Carrier]:
    """Toy vans carry nothing anywhere: they are for demonstrations only."""
    return [carrier for carrier in _CARRIERS if settings.DEMO or not isinstance(carrier, SimulatedCarrier)]


def carrier_of(code: str) -> Carrier:
    """Raises NotFound."""
    found = next((carrier for carrier in carriers() if carrier.code == code), None)
    if found is None:
        raise NotFound
    return found


def name_of(code: str) -> Texts:
    unknown: Texts = {"zh": code, "en": code}
    return next((carrier.name for carrier in _CARRIERS if carrier.code == code), unknown)
