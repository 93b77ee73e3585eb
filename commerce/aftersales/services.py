"""The life of an after-sale case. Every step holds the lock of its order: cases, shipments and refunds of one order
follow one another.

    refund only         requested → refunding → refunded
    return and refund   requested → awaiting_return → returned → refunding → refunded
    exchange            requested → awaiting_return → returned → received_back → exchanged

Requested, it may be declined; until the goods are on their way back, the buyer may close it. Who lets a deadline pass
has agreed. What was never shipped goes back at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import F

from commerce.aftersales import reasons
from commerce.aftersales.errors import (
    AftersaleNotPossible,
    DeclineForbidden,
    IllegalCaseTransition,
    MoreThanLeft,
    TooManyPictures,
)
from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.models import MOST_PICTURES, Case, CaseEvent, Evidence
from commerce.aftersales.selectors import OPEN, OVER, card_of, is_open_of, options_of, own_case, shares_left
from commerce.inventory import services as inventory
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.orders.selectors import own_order
from commerce.payments.events import RefundDone
from commerce.payments.services.refunds import request_refund
from commerce.promotions import points
from commerce.shipping.services.shipments import finish_if_shipped
from project.kernel import pictures
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, Invalid, NotFound
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)

Kind, State = Case.Kind, Case.State
TIME_FOR = {
    State.REQUESTED: timedelta(hours=48),
    State.AWAITING_RETURN: timedelta(days=7),
    State.RETURNED: timedelta(days=10),
    State.RECEIVED_BACK: timedelta(days=7),
}
# From the receipt on; then the order is completed and nothing can be asked for any more.
WINDOW = timedelta(days=15)
MOST_AT_ONCE = 100
PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_PIXELS = (1600, 1600)
BUYER, SELLER, TIME = "buyer", "seller", "time"


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
) -> Case:
    """Ask for money or other goods, for units of a line; `amount` (minor units) when it is less than was paid for them.

    What was never shipped is refunded at once. Raises NotFound, AftersaleNotPossible, MoreThanLeft, Invalid.
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
    share, points_share = shares_left(line, quantity=quantity)
    whole = share if amount is None else amount
    if whole > share:
        raise MoreThanLeft(detail={"max_quantity": options.max_quantity, "max_amount": share})
    if whole < share and (kind != Kind.REFUND_ONLY or options.unshipped):
        raise Invalid(fields={"amount": ["not_with_kind"]})
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
        deadline=database_now() + TIME_FOR[State.REQUESTED],
    )
    _record(case, BUYER, buyer_id, {"text": text} if text else {})
    if case.unshipped:
        _refund(case, order, by=TIME, actor_id=None)
    return case


def cancel(*, buyer_id: int, case_id: int) -> Case:
    """The buyer does not ask any more. Raises NotFound, IllegalCaseTransition."""
    case = own_case(buyer_id=buyer_id, case_id=case_id)
    return _step(case.pk, (State.REQUESTED, State.AWAITING_RETURN), State.CLOSED, by=BUYER, actor_id=buyer_id)


def approve(*, case_id: int, by_id: int | None) -> Case:
    """The seller agrees; nobody in particular when the time is over. Raises NotFound, IllegalCaseTransition."""

    def go_on(case: Case, order: Order) -> None:
        by = SELLER if by_id else TIME
        if case.kind == Kind.REFUND_ONLY:
            _refund(case, order, by=by, actor_id=by_id)
        else:
            _move(case, to=State.AWAITING_RETURN, by=by, actor_id=by_id)

    return _with_order(case_id, (State.REQUESTED,), go_on)


def decline(*, case_id: int, by_id: int, text: str) -> Case:
    """The seller does not agree, and says why. Raises NotFound, IllegalCaseTransition, DeclineForbidden."""

    def refuse(case: Case, order: Order) -> None:
        if case.reason == reasons.NO_REASON:
            raise DeclineForbidden
        _move(case, to=State.DECLINED, by=SELLER, actor_id=by_id, data={"text": text})

    return _with_order(case_id, (State.REQUESTED,), refuse)


def send_back(*, buyer_id: int, case_id: int, carrier: str, number: str) -> Case:
    """The goods are on their way back. Raises NotFound, IllegalCaseTransition."""
    case = own_case(buyer_id=buyer_id, case_id=case_id)
    return _step(
        case.pk,
        (State.AWAITING_RETURN,),
        State.RETURNED,
        by=BUYER,
        actor_id=buyer_id,
        data={"carrier": carrier, "number": number},
        return_carrier=carrier,
        return_number=number,
    )


def take_back(*, case_id: int, by_id: int | None, good_quantity: int | None = None) -> Case:
    """The goods are back, `good_quantity` of them fit to be sold again (None: nobody looked, so none).

    Money goes back, or the seller sends others. Raises NotFound, IllegalCaseTransition, MoreThanLeft.
    """

    def receive(case: Case, order: Order) -> None:
        good = good_quantity or 0
        if not 0 <= good <= case.quantity:
            raise MoreThanLeft(detail={"max_quantity": case.quantity, "max_amount": case.amount})
        by = SELLER if by_id else TIME
        if case.kind == Kind.EXCHANGE:
            _move(case, to=State.RECEIVED_BACK, by=by, actor_id=by_id, data={"good_quantity": good})
        else:
            _refund(case, order, by=by, actor_id=by_id, data={"good_quantity": good})
        if good:
            inventory.receive(sku_id=case.line.sku_id, quantity=good, reference=case.reference, by_id=by_id)

    return _with_order(case_id, (State.RETURNED,), receive)


def resend(*, case_id: int, by_id: int, carrier: str, number: str) -> Case:
    """Other goods are on their way to the buyer; they leave the stock. Raises NotFound, IllegalCaseTransition,
    OutOfStock."""

    def send(case: Case, order: Order) -> None:
        reference = f"{case.reference}:resend"
        said = {"carrier": carrier, "number": number}
        _move(
            case,
            to=State.EXCHANGED,
            by=SELLER,
            actor_id=by_id,
            data=said,
            resend_carrier=carrier,
            resend_number=number,
        )
        inventory.reserve(sku_id=case.line.sku_id, quantity=case.quantity, reference=reference)
        inventory.sell(sku_id=case.line.sku_id, quantity=case.quantity, reference=reference)

    return _with_order(case_id, (State.RECEIVED_BACK,), send)


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


def finish(done: RefundDone) -> None:
    """All money of a refund went back; of a case's, that is its end. Once, however often it is said."""
    prefix, _, case_id = done.reference.partition(":")
    if prefix != "aftersale" or not Case.objects.filter(pk=case_id, state=State.REFUNDING).exists():
        return
    try:
        _step(int(case_id), (State.REFUNDING,), State.REFUNDED, by=TIME, actor_id=None)
    except IllegalCaseTransition:
        log.info("case %s was finished by another", case_id)


def decide_due() -> int:
    """What nobody decided in time is decided; returns how many cases took a step."""
    due = Case.objects.filter(state__in=OPEN, deadline__lte=database_now()).order_by("deadline", "pk")
    return sum(_tried(case, _run_out) for case in list(due[:MOST_AT_ONCE]))


def complete_due() -> int:
    """Complete the orders whose time for after-sales is over and that no case is open for; returns how many."""
    received = Order.objects.filter(state=Order.State.RECEIVED, received_at__lte=database_now() - WINDOW)
    return sum(_tried(order, _complete) for order in list(received.order_by("received_at", "pk")[:MOST_AT_ONCE]))


def _complete(order: Order) -> bool:
    with transaction.atomic():
        order = orders.lock_order(order_id=order.pk)
        if order.state != Order.State.RECEIVED or is_open_of(order.pk):
            return False
        orders.complete_order(order=order)
        return True


def _run_out(case: Case) -> bool:
    if case.state == State.REQUESTED:
        approve(case_id=case.pk, by_id=None)
    elif case.state == State.AWAITING_RETURN:
        _step(case.pk, (State.AWAITING_RETURN,), State.CLOSED, by=TIME, actor_id=None)
    elif case.state == State.RETURNED:
        take_back(case_id=case.pk, by_id=None)
    else:
        # Nothing came in exchange: then it is the money.
        _with_order(case.pk, (State.RECEIVED_BACK,), _pay_for_exchange)
    return True


def _pay_for_exchange(case: Case, order: Order) -> None:
    case.amount, case.points = case.share, case.points_share
    case.save(update_fields=["amount", "points"])
    _refund(case, order, by=TIME, actor_id=None)


def _tried(one: Any, work: Callable[[Any], bool]) -> bool:
    try:
        return work(one)
    except DomainError as refusal:
        log.info("%s stays as it is: %r", one, refusal)
    except Exception:  # one must not hold up the others
        log.exception("%s cannot go on", one)
    return False


def _refund(case: Case, order: Order, *, by: str, actor_id: int | None, data: dict[str, Any] | None = None) -> None:
    """Send the money of a case back, of a locked order. All of the house's locks in their order: order, payment,
    coupons, points, stock."""
    if case.amount == case.share:
        orders.note_refunded_units(order=order, line_id=case.line_id, quantity=case.quantity)
    whole = not order.lines.filter(refunded_quantity__lt=F("quantity")).exists()
    freight = _freight_back(order) if whole and case.unshipped else 0
    _move(case, to=State.REFUNDING, by=by, actor_id=actor_id, data=data or {}, freight=freight)
    if case.amount + freight:
        request_refund(order=order, amount=case.amount + freight, reference=case.reference, reason=case.reason)
    else:
        _move(case, to=State.REFUNDED, by=TIME, actor_id=None)
    order.refresh_from_db()
    if whole:
        orders.close_refunded(order=order)
    else:
        finish_if_shipped(order=order)
    if case.points:
        points.book().give_back(user_id=order.buyer_id, points=case.points, reference=order.number, key=case.reference)
    if case.unshipped:
        inventory.receive(sku_id=case.line.sku_id, quantity=case.quantity, reference=case.reference)


def _freight_back(order: Order) -> int:
    """All of it, when nothing of the order was ever sent."""
    return 0 if order.shipments.exists() else order.freight_total


def _why_not(order: Order) -> str:
    if order.paid_at is None:
        return "unpaid"
    return "over" if order.state in (Order.State.COMPLETED, Order.State.CLOSED) else "kind"


def _step(
    case_id: int,
    states: tuple[str, ...],
    to: str,
    *,
    by: str,
    actor_id: int | None,
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> Case:
    return _with_order(
        case_id, states, lambda case, order: _move(case, to=to, by=by, actor_id=actor_id, data=data, **changes)
    )


def _with_order(case_id: int, states: tuple[str, ...], work: Callable[[Case, Order], None]) -> Case:
    """Do a step under the lock of the case's order. Raises NotFound, and IllegalCaseTransition in any other state."""
    order_id = Case.objects.filter(pk=case_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    with transaction.atomic():
        order = orders.lock_order(order_id=order_id)
        case = Case.objects.select_related("order", "line").get(pk=case_id)
        if case.state not in states:
            raise IllegalCaseTransition(detail={"state": case.state})
        work(case, order)
        return case


def _move(
    case: Case, *, to: str, by: str, actor_id: int | None, data: dict[str, Any] | None = None, **changes: Any
) -> None:
    at = database_now()
    ended = to in OVER or to == State.REFUNDED
    changes |= {"deadline": at + TIME_FOR[State(to)] if to in TIME_FOR else None, "ended_at": at if ended else None}
    moved = Case.objects.filter(pk=case.pk, state=case.state, version=case.version)
    if not moved.update(state=to, version=case.version + 1, **changes):
        raise IllegalCaseTransition(detail={"state": case.state})
    case.refresh_from_db()
    _record(case, by, actor_id, data or {})


def _record(case: Case, by: str, actor_id: int | None, data: dict[str, Any]) -> None:
    CaseEvent.objects.create(case=case, state=case.state, by=by, actor_id=actor_id, data=data)
    publish_on_commit(AftersaleChanged(user_to=case.order.buyer_id, case=card_of(case)))
