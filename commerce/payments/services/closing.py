"""Closing unpaid orders. It lives above the orders because an attempt to pay has to be ended first."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef

from commerce.orders import services as orders
from commerce.orders.errors import IllegalTransition
from commerce.orders.models import Order
from commerce.orders.selectors import own_order
from commerce.payments.errors import PaymentsUnavailable
from commerce.payments.models import Payment
from commerce.payments.services.attempts import end_attempt
from commerce.payments.services.refunds import MOST_AT_ONCE
from project.kernel.clock import database_now

log = logging.getLogger(__name__)
# Attempts that begin while another one is being ended, before we give up for now.
MOST_ROUNDS = 3


def cancel_order(*, buyer_id: int, number: str) -> Order:
    """The buyer does not want it any more; what was cancelled before is answered as it is.

    Raises NotFound, IllegalTransition (money was faster, or its time was over), PaymentsUnavailable.
    """
    order = own_order(buyer_id=buyer_id, number=number)
    if order.state == Order.State.CLOSED and order.close_reason == orders.CANCELLED:
        return order
    _close(order=order, reason=orders.CANCELLED, payments_become=Payment.State.CLOSED)
    return own_order(buyer_id=buyer_id, number=number)


def close_due_orders() -> int:
    """Close unpaid orders whose time is over; returns how many were."""
    closed = 0
    due = Order.objects.filter(state=Order.State.PENDING_PAYMENT, expires_at__lte=database_now())
    # Those first that no provider has to be asked about: one that is away must not keep the goods of all others.
    started = Exists(Payment.objects.filter(order=OuterRef("pk"), state=Payment.State.STARTED))
    for order in due.order_by(started, "expires_at", "pk")[:MOST_AT_ONCE]:
        try:
            _close(order=order, reason=orders.EXPIRED, payments_become=Payment.State.FAILED)
        except (IllegalTransition, PaymentsUnavailable) as error:
            log.info("order %s stays as it is: %r", order.number, error)
            continue
        except Exception:  # one order must not hold up the others
            log.exception("order %s cannot be closed", order.number)
            continue
        closed += 1
    return closed


def _close(*, order: Order, reason: str, payments_become: str) -> None:
    for _ in range(MOST_ROUNDS):
        if order.state != Order.State.PENDING_PAYMENT:
            raise IllegalTransition(detail={"state": order.state})
        for payment in Payment.objects.select_related("order").filter(order=order, state=Payment.State.STARTED):
            end_attempt(payment=payment, closed_as=payments_become)
        with transaction.atomic():
            order = orders.lock_order(order_id=order.pk)
            if reason == orders.EXPIRED and order.expires_at > database_now():
                raise IllegalTransition(detail={"state": order.state})
            if not Payment.objects.filter(order=order, state=Payment.State.STARTED).exists():
                orders.close_order(order=order, reason=reason)
                return
    raise PaymentsUnavailable
