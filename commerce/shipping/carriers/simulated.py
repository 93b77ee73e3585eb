"""A carrier with toy vans, for demonstrations: a parcel moves on by itself, and each step is a signed webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from commerce.catalog.cards import Texts
from commerce.shipping.carriers import webhook
from commerce.shipping.carriers.port import Tracked
from commerce.shipping.models import ShipmentState, SimulatedParcel
from project.kernel.clock import database_now, to_ms
from project.kernel.ids import new_number

CODE = "simulated"
STEP = timedelta(seconds=20)
HUB: Texts = {"zh": "杭州转运中心", "en": "Hangzhou hub"}
HOUSE: Texts = {"zh": "杭州市 余杭区", "en": "Yuhang, Hangzhou"}

# What is seen at each step.
STEPS: list[tuple[str, Texts]] = [
    (ShipmentState.PICKED_UP, {"zh": "快递员已揽收", "en": "The courier has picked it up"}),
    (ShipmentState.IN_TRANSIT, {"zh": "已离开转运中心，发往下一站", "en": "Left the hub for the next stop"}),
    (ShipmentState.OUT_FOR_DELIVERY, {"zh": "快递员正在派送", "en": "Out for delivery"}),
    (ShipmentState.DELIVERED, {"zh": "已签收，感谢使用", "en": "Delivered and signed for"}),
]


class SimulatedCarrier:
    code = CODE
    name: Texts = {"zh": "模拟快递", "en": "Simulated Express"}
    makes_numbers = True

    def create_label(self, *, reference: str, origin: str, destination: str) -> str:
        parcel, _ = SimulatedParcel.objects.get_or_create(
            reference=reference,
            defaults={
                "number": f"SIM{new_number()}",
                "origin": origin[:120],
                "destination": destination[:120],
                "next_at": database_now() + STEP,
            },
        )
        return parcel.number

    def track(self, *, number: str) -> Sequence[Tracked]:
        """All steps the parcel took."""
        parcel = SimulatedParcel.objects.filter(number=number).first()
        return [webhook.parse(body_of(parcel, step)) for step in range(parcel.step)] if parcel else []

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Tracked:
        return webhook.read(carrier=CODE, body=body, headers=headers)


def body_of(parcel: SimulatedParcel, step: int) -> bytes:
    """The webhook that tells of a step; the same bytes whenever it is asked for."""
    state, text = STEPS[step]
    fields = {
        "id": f"{parcel.number}:{step}",
        "number": parcel.number,
        "state": str(state),
        "at": to_ms(parcel.next_at - STEP * (parcel.step - step)),
        "place": HUB if state == ShipmentState.IN_TRANSIT else _place(parcel.destination if step else parcel.origin),
        "text": text,
    }
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def _place(region: str) -> Texts:
    return {"zh": region, "en": region} if region else HOUSE
