"""What is sent in exchange: held when the seller agrees, out of the stock with its parcel, received like an order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from commerce.aftersales.errors import IllegalCaseTransition, ReplacementGone
from commerce.aftersales.models import Case
from commerce.aftersales.selectors import Replacement, own_case, replacements_of
from commerce.aftersales.services.steps import BUYER, SELLER, Kind, State, announce, move, step, with_order
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.inventory.selectors import was_reserved
from commerce.orders.models import Order
from commerce.shipping.models import Shipment
from commerce.shipping.selectors import received_by
from commerce.shipping.services import packing
from project.kernel.errors import Invalid

# What may be had where there is nothing to exchange for.
INSTEAD = [str(Kind.RETURN_AND_REFUND)]


def check(offered: Sequence[Replacement], sku_id: int, quantity: int) -> None:
    """Raises Invalid for what is not offered in exchange, ReplacementGone where there are not as many."""
    wanted = next((one for one in offered if one.sku_id == sku_id), None)
    if wanted is None:
        raise Invalid(fields={"replacement": ["invalid_choice"]})
    if wanted.available < quantity:
        raise _gone(offered, sku_id, quantity)


def hold(case: Case) -> None:
    """Promise the units of an exchange, whose order is locked. Raises ReplacementGone."""
    try:
        inventory.reserve(sku_id=case.replacement_sku_id, quantity=case.quantity, reference=case.replacement_reference)
    except OutOfStock:
        raise _gone(replacements_of(case.own_sku), case.replacement_sku_id, case.quantity) from None


def release(case: Case) -> None:
    """Nothing will be sent in exchange: units that are held are free again, once."""
    sku_id, reference = case.replacement_sku_id, case.replacement_reference
    if was_reserved(sku_id=sku_id, reference=reference):
        inventory.release(sku_id=sku_id, quantity=case.quantity, reference=reference)


def resend(*, case_id: int, by_id: int, carrier: str, number: str = "") -> Case:
    """Other goods are on their way to the buyer; they leave the stock. Raises NotFound, IllegalCaseTransition, Invalid,
    NumberTaken, CarrierUnavailable; ReplacementGone for an exchange that nothing was held for."""

    def send(case: Case, order: Order) -> None:
        parcel = packing.pack(
            order=order,
            purpose=Shipment.Purpose.REPLACEMENT,
            units={case.line_id: case.quantity},
            carrier_code=carrier,
            tracking_number=number,
            key=case.replacement_reference,
            by_id=by_id,
        )
        move(
            case,
            to=State.RESENT,
            by=SELLER,
            actor_id=by_id,
            data={"carrier": parcel.carrier, "number": parcel.number},
            replacement_parcel=parcel,
            deadline=received_by(parcel),
        )
        # Held already: the same reference changes nothing.
        hold(case)
        inventory.sell(sku_id=case.replacement_sku_id, quantity=case.quantity, reference=case.replacement_reference)
        packing.announce(parcel)

    return with_order(case_id, (State.RECEIVED_BACK,), send)


def receive(*, buyer_id: int, case_id: int) -> Case:
    """The buyer has what was sent in exchange. Raises NotFound, IllegalCaseTransition."""
    case = own_case(buyer_id=buyer_id, case_id=case_id)
    return step(case.pk, (State.RESENT,), State.EXCHANGED, by=BUYER, actor_id=buyer_id)


def follow_replacement(*, shipment_id: int) -> None:
    """Its carrier saw what was sent in exchange: when it is taken as received changes with it."""
    case_id = Case.objects.filter(replacement_parcel=shipment_id).values_list("pk", flat=True).first()
    if case_id is not None:
        # Received, or paid for instead, in the meantime.
        with suppress(IllegalCaseTransition):
            with_order(case_id, (State.RESENT,), lambda case, order: follow(case))


def follow(case: Case) -> None:
    """Of a case whose order is locked."""
    assert case.replacement_parcel is not None
    deadline = received_by(case.replacement_parcel)
    if case.deadline == deadline:
        return
    case.deadline = deadline
    case.version += 1
    case.save(update_fields=["deadline", "version"])
    announce(case)


def _gone(offered: Sequence[Replacement], sku_id: int, quantity: int) -> ReplacementGone:
    return ReplacementGone(
        detail={
            "sku": sku_id,
            "available": next((one.available for one in offered if one.sku_id == sku_id), 0),
            "skus": [one.sku_id for one in offered if one.available >= quantity],
            "instead": INSTEAD,
        }
    )
