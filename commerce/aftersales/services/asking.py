"""What a buyer asks for, and does."""

from __future__ import annotations

from typing import IO

from django.db import transaction

from commerce.aftersales.errors import AftersaleNotPossible, IllegalCaseTransition, MoreThanLeft, TooManyPictures
from commerce.aftersales.models import MOST_PICTURES, Case, Evidence
from commerce.aftersales.selectors import Options, options_of, own_case, replacements_of, shares_left
from commerce.aftersales.services import replacing
from commerce.aftersales.services.steps import (
    BUYER,
    TIME,
    TIME_FOR,
    Kind,
    State,
    make_it_money,
    move,
    record,
    refund,
    with_order,
)
from commerce.catalog.models import Sku
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.orders.selectors import own_order
from commerce.shipping.models import Shipment
from commerce.shipping.services import packing
from project.kernel import pictures
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, NotFound

PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_PIXELS = (1600, 1600)


@transaction.atomic
def open_case(
    *,
    buyer_id: int,
    number: str,
    line_id: int,
    kind: str,
    quantity: int,
    reason: str,
    text: str = "",
    amount: int | None = None,
    sku_id: int | None = None,
    replacement_id: int | None = None,
) -> Case:
    """Ask for money or other goods, for units of a line; `amount` (minor units) when it is less than was paid for them,
    `sku_id` when the buyer has units of several SKUs by now, `replacement_id` (a SKU) when others are wanted in
    exchange.

    What was never shipped is refunded at once. Raises NotFound, AftersaleNotPossible, MoreThanLeft, ReplacementGone,
    Invalid.
    """
    order = orders.lock_order(order_id=own_order(buyer_id=buyer_id, number=number).pk)
    options = next((one for one in options_of(order) if one.line_id == line_id), None)
    if options is None:
        raise NotFound
    if not options.reasons_for(kind):
        raise AftersaleNotPossible(detail={"why": _why_not(order)})
    if reason not in options.reasons_for(kind):
        raise AftersaleNotPossible(detail={"why": "reason"})
    line = order.lines.get(pk=line_id)
    if not 1 <= quantity <= options.max_quantity:
        raise MoreThanLeft(detail={"max_quantity": options.max_quantity, "max_amount": options.max_amount})
    sku = _which(options, sku_id)
    if quantity > options.held[sku]:
        raise MoreThanLeft(detail={"max_quantity": options.held[sku], "max_amount": options.max_amount})
    share, points_share = shares_left(line, quantity=quantity)
    whole = share if amount is None else amount
    if whole > share:
        raise MoreThanLeft(detail={"max_quantity": options.max_quantity, "max_amount": share})
    if whole < share and (kind != Kind.REFUND_ONLY or options.unshipped):
        raise Invalid(fields={"amount": ["not_with_kind"]})
    if replacement_id is not None and kind != Kind.EXCHANGE:
        raise Invalid(fields={"replacement": ["not_with_kind"]})
    if kind == Kind.EXCHANGE:
        replacing.check(replacements_of(sku), replacement_id or sku.pk, quantity)
    case = Case.objects.create(
        order=order,
        line=line,
        kind=kind,
        quantity=quantity,
        reason=reason,
        text=text,
        share=share,
        amount=0 if kind == Kind.EXCHANGE else whole,
        points_share=points_share,
        points=0 if kind == Kind.EXCHANGE else points_share if whole == share else points_share * whole // share,
        unshipped=options.unshipped,
        sku=sku,
        replacement_id=replacement_id,
        deadline=database_now() + TIME_FOR[State.REQUESTED],
    )
    record(case, BUYER, buyer_id, {"text": text} if text else {})
    if case.unshipped:
        refund(case, order, by=TIME, actor_id=None)
    return case


def choose(*, buyer_id: int, case_id: int, replacement_id: int | None = None) -> Case:
    """While nobody decided about an exchange: another SKU for it, or, without one, the money. Raises NotFound,
    IllegalCaseTransition, ReplacementGone, Invalid."""

    def change(case: Case, order: Order) -> None:
        if case.kind != Kind.EXCHANGE:
            raise IllegalCaseTransition(detail={"state": case.state})
        if replacement_id is None:
            make_it_money(case)
            said: dict[str, object] = {"instead": str(case.kind)}
        else:
            replacing.check(replacements_of(case.own_sku), replacement_id, case.quantity)
            case.replacement_id = replacement_id
            case.save(update_fields=["replacement"])
            said = {"replacement": replacement_id}
        move(case, to=State.REQUESTED, by=BUYER, actor_id=buyer_id, data=said, deadline=case.deadline)

    return with_order(own_case(buyer_id=buyer_id, case_id=case_id).pk, (State.REQUESTED,), change)


def cancel(*, buyer_id: int, case_id: int) -> Case:
    """The buyer does not ask any more. Raises NotFound, IllegalCaseTransition."""

    def close(case: Case, order: Order) -> None:
        move(case, to=State.CLOSED, by=BUYER, actor_id=buyer_id)
        replacing.release(case)

    case = own_case(buyer_id=buyer_id, case_id=case_id)
    return with_order(case.pk, (State.REQUESTED, State.AWAITING_RETURN), close)


def send_back(*, buyer_id: int, case_id: int, carrier: str, number: str = "") -> Case:
    """The goods are on their way back; without a number, the carrier draws one. Raises NotFound, IllegalCaseTransition,
    Invalid, NumberTaken, CarrierUnavailable."""

    def note(case: Case, order: Order) -> None:
        parcel = packing.pack(
            order=order,
            purpose=Shipment.Purpose.RETURN,
            units={case.line_id: case.quantity},
            carrier_code=carrier,
            tracking_number=number,
            key=f"{case.reference}:return",
            by_id=buyer_id,
        )
        said = {"carrier": parcel.carrier, "number": parcel.number}
        move(case, to=State.RETURNED, by=BUYER, actor_id=buyer_id, data=said, return_parcel=parcel)
        packing.announce(parcel)

    return with_order(own_case(buyer_id=buyer_id, case_id=case_id).pk, (State.AWAITING_RETURN,), note)


def add_picture(*, buyer_id: int, case_id: int, upload: IO[bytes], size: int) -> Evidence:
    """Show what is wrong. Raises NotFound, IllegalCaseTransition (decided already), TooManyPictures, Invalid."""
    case = own_case(buyer_id=buyer_id, case_id=case_id)
    image = pictures.reencoded(upload, size=size, field="picture", most_bytes=PICTURE_BYTES, within=PICTURE_PIXELS)
    with transaction.atomic():
        orders.lock_order(order_id=case.order_id)
        case.refresh_from_db()
        if case.state != State.REQUESTED:
            raise IllegalCaseTransition(detail={"state": case.state})
        position = case.pictures.count()
        if position >= MOST_PICTURES:
            raise TooManyPictures(detail={"most": MOST_PICTURES})
        return Evidence.objects.create(case=case, position=position, image=image)


def _which(options: Options, sku_id: int | None) -> Sku:
    """What a case is about. Raises Invalid where nobody said it and there are several, or it is not one of those."""
    if sku_id is None and len(options.held) > 1:
        raise Invalid(fields={"sku": ["required"]})
    found = next((sku for sku in options.held if sku_id in (None, sku.pk)), None)
    if found is None:
        raise Invalid(fields={"sku": ["invalid_choice"]})
    return found


def _why_not(order: Order) -> str:
    if order.paid_at is None:
        return "unpaid"
    return "over" if order.state in (Order.State.COMPLETED, Order.State.CLOSED) else "kind"
