"""What happens to cases, and to the orders behind them, when time passes or money has arrived."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from commerce.aftersales.errors import IllegalCaseTransition
from commerce.aftersales.models import Case
from commerce.aftersales.selectors import OPEN, open_cases_of
from commerce.aftersales.services import replacing
from commerce.aftersales.services.deciding import approve, pay_instead, take_back
from commerce.aftersales.services.steps import TIME, State, move, step, with_order
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments.events import RefundDone
from commerce.shipping.selectors import received_by
from project.kernel.clock import database_now
from project.kernel.errors import DomainError

log = logging.getLogger(__name__)

# From the receipt on; then the order is completed and nothing can be asked for any more.
WINDOW = timedelta(days=15)
MOST_AT_ONCE = 100


def finish(done: RefundDone) -> None:
    """All money of a refund went back; of a case's, that is its end. Once, however often it is said."""
    prefix, _, case_id = done.reference.partition(":")
    if prefix != "aftersale" or not Case.objects.filter(pk=case_id, state=State.REFUNDING).exists():
        return
    try:
        step(int(case_id), (State.REFUNDING,), State.REFUNDED, by=TIME, actor_id=None)
    except IllegalCaseTransition:
        log.info("case %s was finished by another", case_id)


def decide_due() -> int:
    """What nobody decided in time is decided; returns how many cases took a step."""
    due = Case.objects.filter(state__in=OPEN, deadline__lte=database_now()).order_by("deadline", "pk")
    return sum(_tried(case, _run_out) for case in list(due[:MOST_AT_ONCE]))


def complete_due() -> int:
    """Complete the orders whose time for after-sales is over and that no case is open for; returns how many."""
    received = Order.objects.filter(
        ~Exists(open_cases_of(OuterRef("pk"))), state=Order.State.RECEIVED, received_at__lte=database_now() - WINDOW
    )
    return sum(_tried(order, _complete) for order in list(received.order_by("received_at", "pk")[:MOST_AT_ONCE]))


def _complete(order: Order) -> bool:
    with transaction.atomic():
        order = orders.lock_order(order_id=order.pk)
        if order.state != Order.State.RECEIVED or open_cases_of(order).exists():
            return False
        orders.complete_order(order=order)
        return True


def _run_out(case: Case) -> bool:
    if case.state == State.REQUESTED:
        approve(case_id=case.pk, by_id=None)
    elif case.state == State.AWAITING_RETURN:
        with_order(case.pk, (State.AWAITING_RETURN,), _close)
    elif case.state == State.RETURNED:
        take_back(case_id=case.pk, by_id=None)
    elif case.state == State.RESENT:
        return with_order(case.pk, (State.RESENT,), _confirm).state == State.EXCHANGED
    else:
        # Nothing came in exchange: then it is the money.
        pay_instead(case_id=case.pk, by_id=None)
    return True


def _close(case: Case, order: Order) -> None:
    move(case, to=State.CLOSED, by=TIME, actor_id=None)
    replacing.release(case)


def _confirm(case: Case, order: Order) -> None:
    """The parcel is looked at again under the lock: its carrier may have seen it since."""
    assert case.replacement_parcel is not None
    due = received_by(case.replacement_parcel)
    if due is not None and due <= database_now():
        move(case, to=State.EXCHANGED, by=TIME, actor_id=None)
    else:
        replacing.follow(case)


def _tried(one: Any, work: Callable[[Any], bool]) -> bool:
    try:
        return work(one)
    except DomainError as refusal:
        log.info("%s stays as it is: %r", one, refusal)
    except Exception:  # one must not hold up the others
        log.exception("%s cannot go on", one)
    return False
