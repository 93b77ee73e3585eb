"""Parcels: made under the lock of their order, moved on by what their carriers tell, in any order and any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from commerce.orders import services as orders
from commerce.orders.errors import IllegalTransition
from commerce.orders.models import Order
from commerce.orders.selectors import own_order
from commerce.shipping.carriers import offered, simulated, webhook
from commerce.shipping.carriers.port import Tracked
from commerce.shipping.errors import ShipsTooMany
from commerce.shipping.models import CarrierNotice, Shipment, ShipmentState, SimulatedParcel, TrackingEvent
from commerce.shipping.selectors import CONFIRMED_AFTER, LOST_AFTER, TROUBLED, has_parcels, left_to_ship
from commerce.shipping.services import packing
from project.kernel.clock import database_now, now
from project.kernel.errors import Invalid, NotFound

Purpose = Shipment.Purpose
MOST_AT_ONCE = 100
DELIVERED = "order.delivered"
DONE = "done"
UNKNOWN = "unknown_parcel"


@transaction.atomic
def ship(
    *,
    number: str,
    carrier_code: str,
    key: str,
    lines: Mapping[int, int] | None = None,
    tracking_number: str = "",
    shipped_by: int | None = None,
) -> Shipment:
    """Send units of a paid order, by line; without `lines`, all that are left. The last ones make it shipped.

    `key` names the label when the carrier is to draw the number. Raises NotFound, Invalid, IllegalTransition,
    ShipsTooMany, NumberTaken, CarrierUnavailable.
    """
    found = Order.objects.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    order = orders.lock_order(order_id=found)
    if order.state != Order.State.PAID:
        raise IllegalTransition(detail={"state": order.state})
    left = left_to_ship(order)
    wanted = {line: units for line, units in left.items() if units} if lines is None else dict(lines)
    _check(wanted, left)
    shipment = packing.pack(
        order=order,
        purpose=Purpose.ORDER,
        units=wanted,
        carrier_code=carrier_code,
        tracking_number=tracking_number,
        key=key,
        by_id=shipped_by,
    )
    finish_if_shipped(order=order)
    packing.announce(shipment)
    return shipment


def finish_if_shipped(*, order: Order) -> bool:
    """A locked, paid order of which some units are on their way and none is left to ship is shipped."""
    if order.state != Order.State.PAID or any(left_to_ship(order).values()) or not has_parcels(order):
        return False
    orders.ship_order(order=order)
    return True


@transaction.atomic
def record_tracking(*, shipment_id: int, seen: Sequence[Tracked]) -> bool:
    """Write down what a carrier saw of a parcel; False when all of it was known. Raises NotFound.

    The state is that of the latest event by the carrier's clock, whichever came first. When the last parcel of an order
    is delivered, the order's history says so, once.
    """
    order_id = Shipment.objects.filter(pk=shipment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    order = orders.lock_order(order_id=order_id)
    shipment = Shipment.objects.select_for_update().select_related(None).get(pk=shipment_id)
    is_new = False
    for each in seen:
        _, created = TrackingEvent.objects.get_or_create(
            shipment=shipment,
            event_id=each.event_id,
            defaults={"state": each.state, "at": each.at, "place": each.place, "text": each.text},
        )
        is_new = is_new or created
    if not is_new:
        return False
    latest = shipment.events.order_by("at", "event_id").last()
    assert latest is not None
    shipment.state = latest.state
    shipment.delivered_at = latest.at if latest.state == ShipmentState.DELIVERED else None
    shipment.version += 1
    shipment.save(update_fields=["state", "delivered_at", "version"])
    _note_delivered(order)
    shipment.order = order
    packing.announce(shipment)
    return True


def receive_notice(*, carrier_code: str, body: bytes, headers: Mapping[str, str]) -> CarrierNotice:
    """Take a carrier's webhook in; again is harmless. Raises NotFound, BadCarrierSignature, Invalid."""
    seen = offered.carrier_of(carrier_code).read_webhook(body=body, headers=headers)
    with transaction.atomic():
        # In the order of their orders, as they are locked.
        parcels = list(Shipment.objects.filter(carrier=carrier_code, number=seen.number).order_by("order_id"))
        notice, is_new = CarrierNotice.objects.get_or_create(
            carrier=carrier_code,
            event_id=seen.event_id,
            defaults={"body": seen.body, "outcome": DONE if parcels else UNKNOWN},
        )
        # A notice that was faster than the parcel's row is worked on when it is sent again.
        if parcels and (is_new or (notice.outcome == UNKNOWN and notice.body == seen.body)):
            for parcel in parcels:
                record_tracking(shipment_id=parcel.pk, seen=[seen])
            notice.outcome = DONE
            notice.save(update_fields=["outcome"])
    return notice


def receive(*, buyer_id: int, number: str) -> Order:
    """The buyer has the goods; said again, nothing happens. Raises NotFound, IllegalTransition."""
    order_id = own_order(buyer_id=buyer_id, number=number).pk
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id)
        if order.state not in (Order.State.RECEIVED, Order.State.COMPLETED):
            orders.receive_order(order=order, by="buyer")
    return own_order(buyer_id=buyer_id, number=number)


def receive_due() -> int:
    """Take as received what was delivered long enough ago, or shipped without any tracking; returns how many.

    An order with a parcel that came back, or that has trouble, waits for people.
    """
    moment = database_now()
    parcels = Shipment.objects.filter(order_id=OuterRef("pk"), purpose=Purpose.ORDER)
    troubled = parcels.filter(state__in=TROUBLED)
    fresh = parcels.filter(delivered_at__gt=moment - CONFIRMED_AFTER)
    moving = parcels.filter(
        state__in=(ShipmentState.PICKED_UP, ShipmentState.IN_TRANSIT, ShipmentState.OUT_FOR_DELIVERY)
    )
    due = (
        Order.objects.filter(state=Order.State.SHIPPED, shipped_at__lte=moment - CONFIRMED_AFTER)
        .filter(~Exists(troubled), ~Exists(fresh))
        .filter(~Exists(moving) | Q(shipped_at__lte=moment - LOST_AFTER))
        .order_by("pk")
    )
    received = 0
    for order_id in list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        with transaction.atomic():
            order = orders.lock_order(order_id=order_id)
            # Looked at again under the lock: the buyer or a carrier may have been faster.
            if due.filter(pk=order_id).exists():
                orders.receive_order(order=order, by="timeout")
                received += 1
    return received


def move_simulated() -> int:
    """Let the simulated carrier's parcels take their next step, each told by a signed webhook; returns how many."""
    last = len(simulated.STEPS)
    waiting = SimulatedParcel.objects.filter(step__lt=last, next_at__lte=database_now()).order_by("next_at", "pk")
    due = list(waiting[:MOST_AT_ONCE])
    for parcel in due:
        body = simulated.body_of(parcel, parcel.step)
        signature = webhook.sign(body=body, carrier=simulated.CODE, at=now())
        receive_notice(carrier_code=simulated.CODE, body=body, headers={webhook.HEADER: signature})
        # Told before it is written down: after a crash it is told again, which is harmless.
        SimulatedParcel.objects.filter(pk=parcel.pk, step=parcel.step).update(
            step=F("step") + 1, next_at=parcel.next_at + simulated.STEP
        )
    return len(due)


def _check(wanted: Mapping[int, int], left: Mapping[int, int]) -> None:
    unknown = sorted(line for line in wanted if line not in left)
    if unknown:
        raise Invalid(fields={"lines": ["unknown_line"]}, detail={"lines": unknown})
    if not wanted or any(units < 1 for units in wanted.values()):
        raise ShipsTooMany(detail={"lines": []})
    beyond = [{"line": line, "left": left[line]} for line in sorted(wanted) if wanted[line] > left[line]]
    if beyond:
        raise ShipsTooMany(detail={"lines": beyond})


def _note_delivered(order: Order) -> None:
    if order.state != Order.State.SHIPPED or order.events.filter(type=DELIVERED).exists():
        return
    if not order.shipments.filter(purpose=Purpose.ORDER).exclude(state=ShipmentState.DELIVERED).exists():
        orders.note(order=order, type=DELIVERED)
