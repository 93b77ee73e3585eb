"""Parcels come about here, whatever they are for: under the lock of their order."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from commerce.orders.models import Order
from commerce.shipping.carriers import offered
from commerce.shipping.carriers.port import Carrier
from commerce.shipping.errors import NumberTaken
from commerce.shipping.events import ShipmentChanged
from commerce.shipping.models import Shipment, ShipmentLine, ShipmentState
from commerce.shipping.selectors import TROUBLED, card_of
from project.kernel.clock import database_now
from project.kernel.errors import Invalid
from project.realtime.outbox import publish_on_commit

Purpose = Shipment.Purpose
ENDED = (ShipmentState.DELIVERED, *TROUBLED)


def pack(
    *,
    order: Order,
    purpose: Shipment.Purpose,
    units: Mapping[int, int],
    carrier_code: str,
    tracking_number: str = "",
    key: str,
    by_id: int | None,
) -> Shipment:
    """A parcel with so many units of each line of a locked order. Who calls announces it, when all is done.

    `key` names the label when the carrier is to draw the number. Raises Invalid, NumberTaken, CarrierUnavailable.
    """
    carrier = _carrier(carrier_code, tracking_number)
    label = tracking_number or _drawn(carrier, order, purpose, key)
    known = _same_return(order, carrier, label) if purpose == Purpose.RETURN else None
    shipment = known or _new(order, purpose, carrier, label, by_id)
    _fill(shipment, units)
    return shipment


def announce(shipment: Shipment) -> None:
    publish_on_commit(ShipmentChanged(user_to=shipment.order.buyer_id, shipment=card_of(shipment)))


def _same_return(order: Order, carrier: Carrier, label: str) -> Shipment | None:
    """The parcel in which something of the order goes back already: what several cases are about may be in one."""
    same = Shipment.objects.filter(carrier=carrier.code, number=label)
    # Nobody follows what others were sent, or sent, by naming its number.
    if same.exclude(purpose=Purpose.RETURN, order__buyer_id=order.buyer_id).exists():
        raise NumberTaken
    known = same.filter(order=order).first()
    if known is None:
        return None
    if known.state in ENDED:
        raise NumberTaken
    known.version += 1
    known.save(update_fields=["version"])
    return known


def _new(order: Order, purpose: Shipment.Purpose, carrier: Carrier, label: str, by_id: int | None) -> Shipment:
    try:
        with transaction.atomic():
            return Shipment.objects.create(
                order=order,
                purpose=purpose,
                carrier=carrier.code,
                number=label,
                shipped_by_id=by_id,
                created_at=database_now(),
            )
    except IntegrityError:
        raise NumberTaken from None


def _fill(shipment: Shipment, units: Mapping[int, int]) -> None:
    packed = dict(shipment.lines.values_list("line_id", "quantity"))
    ShipmentLine.objects.bulk_create(
        [
            ShipmentLine(shipment=shipment, line_id=line, quantity=packed.get(line, 0) + quantity)
            for line, quantity in sorted(units.items())
        ],
        update_conflicts=True,
        unique_fields=["shipment", "line"],
        update_fields=["quantity"],
    )


def _carrier(code: str, number: str) -> Carrier:
    carrier = next((each for each in offered.carriers() if each.code == code), None)
    if carrier is None:
        raise Invalid(fields={"carrier": ["invalid_choice"]})
    if not carrier.makes_numbers and not number:
        raise Invalid(fields={"number": ["required"]})
    if carrier.makes_numbers and number:
        raise Invalid(fields={"number": ["not_taken"]})
    return carrier


def _drawn(carrier: Carrier, order: Order, purpose: Shipment.Purpose, key: str) -> str:
    here, there = "", order.address["region"]
    if purpose == Purpose.RETURN:
        here, there = there, here
    return carrier.create_label(reference=key, origin=here, destination=there)
