"""The steps of a case. Each holds the lock of its order: cases, shipments and refunds of one order follow one another.

refund only         requested → refunding → refunded
return and refund   requested → awaiting_return → returned → refunding → refunded
exchange            requested → awaiting_return → returned → received_back → resent → exchanged

Requested, it may be declined; until the goods are on their way back, the buyer may close it. Who lets a deadline pass
has agreed. What was never shipped goes back at once. Where an exchange comes to nothing, it is the money.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from commerce.aftersales import reasons
from commerce.aftersales.errors import IllegalCaseTransition
from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.models import Case, CaseEvent
from commerce.aftersales.selectors import OVER, card_of
from commerce.inventory import services as inventory
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments.services.refunds import request_refund
from commerce.promotions import points
from commerce.shipping.services.shipments import finish_if_shipped
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.realtime.outbox import publish_on_commit

Kind, State = Case.Kind, Case.State
TIME_FOR = {
    State.REQUESTED: timedelta(hours=48),
    State.AWAITING_RETURN: timedelta(days=7),
    State.RETURNED: timedelta(days=10),
    State.RECEIVED_BACK: timedelta(days=7),
}
BUYER, SELLER, TIME = "buyer", "seller", "time"


def step(
    case_id: int,
    states: tuple[str, ...],
    to: str,
    *,
    by: str,
    actor_id: int | None,
    data: dict[str, Any] | None = None,
) -> Case:
    return with_order(case_id, states, lambda case, order: move(case, to=to, by=by, actor_id=actor_id, data=data))


def with_order(case_id: int, states: tuple[str, ...], work: Callable[[Case, Order], None]) -> Case:
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


def move(
    case: Case, *, to: str, by: str, actor_id: int | None, data: dict[str, Any] | None = None, **changes: Any
) -> None:
    """Bring a case whose order is locked into a state. The deadline is that of the state, unless it is given."""
    at = database_now()
    ended = to in OVER or to == State.REFUNDED
    deadline = at + TIME_FOR[State(to)] if to in TIME_FOR else None
    changes = {"deadline": deadline, "ended_at": at if ended else None, **changes}
    moved = Case.objects.filter(pk=case.pk, state=case.state, version=case.version)
    if not moved.update(state=to, version=F("version") + 1, **changes):
        raise IllegalCaseTransition(detail={"state": case.state})
    case.refresh_from_db()
    record(case, by, actor_id, data or {})


def record(case: Case, by: str, actor_id: int | None, data: dict[str, Any]) -> None:
    CaseEvent.objects.create(case=case, state=case.state, by=by, actor_id=actor_id, data=data)
    announce(case)


def announce(case: Case) -> None:
    publish_on_commit(AftersaleChanged(user_to=case.order.buyer_id, case=card_of(case)))


def refund(case: Case, order: Order, *, by: str, actor_id: int | None, data: dict[str, Any] | None = None) -> None:
    """Send the money of a case back, of a locked order. All of the house's locks in their order: order, payment,
    coupons, points, stock."""
    if case.amount == case.share:
        orders.note_refunded_units(order=order, line_id=case.line_id, quantity=case.quantity)
    whole = not order.lines.filter(refunded_quantity__lt=F("quantity")).exists()
    freight = order.freight_total if whole and _nothing_came(case) else 0
    move(case, to=State.REFUNDING, by=by, actor_id=actor_id, data=data or {}, freight=freight)
    if case.amount + freight:
        request_refund(order=order, amount=case.amount + freight, reference=case.reference, reason=case.reason)
    else:
        move(case, to=State.REFUNDED, by=TIME, actor_id=None)
    order.refresh_from_db()
    if whole:
        orders.close_refunded(order=order)
    else:
        finish_if_shipped(order=order)
    if case.points:
        points.book().give_back(user_id=order.buyer_id, points=case.points, reference=order.number, key=case.reference)
    if case.unshipped:
        inventory.receive(sku_id=case.line.sku_id, quantity=case.quantity, reference=case.reference)


def make_it_money(case: Case) -> None:
    """An exchange comes to nothing: from now on it is a return, for all that was paid."""
    case.kind, case.amount, case.points, case.replacement = Kind.RETURN_AND_REFUND, case.share, case.points_share, None
    case.save(update_fields=["kind", "amount", "points", "replacement"])


def _nothing_came(last: Case) -> bool:
    """Whether nothing of an order whose units all go back, the last ones with this case, ever came to its buyer: then
    there was nothing that freight was paid for."""
    cases = Case.objects.filter(order=last.order_id).exclude(state__in=(State.DECLINED, State.CLOSED))
    came = Q(unshipped=False) & ~Q(reason=reasons.NOT_RECEIVED)
    return not cases.filter(came).exists()
