"""What a provider says about an attempt becomes our state, once, whoever brings the news and in whatever order."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q

from commerce.orders import services as orders
from commerce.payments.errors import PaymentMismatch
from commerce.payments.models import LedgerEntry, Payment
from commerce.payments.port import Charge, ChargeState
from commerce.payments.services.refunds import LONGEST_PROBLEM, NO_GOODS, promise
from project.kernel.clock import database_now
from project.kernel.money import Money

log = logging.getLogger(__name__)
State = Payment.State


def settle(*, payment: Payment, charge: Charge, closed_as: str = State.CLOSED) -> Payment:
    """Settle a payment by what its provider says; `closed_as` is what an attempt without money becomes.

    Money that came is money that came, also for an attempt that had been given up: the order is paid, or a refund is
    due. Raises PaymentMismatch, and then settles nothing; the payment keeps what does not fit, for staff.
    """
    try:
        check(payment=payment, charge=charge)
    except PaymentMismatch:
        _note_problem(payment, charge)
        raise
    with transaction.atomic():
        order = orders.lock_order(order_id=payment.order_id)
        locked = Payment.objects.select_for_update(of=("self",)).select_related("order").get(pk=payment.pk)
        match charge.state:
            case ChargeState.SUCCEEDED:
                if _move(locked, State.SUCCEEDED, Q(state__in=[State.STARTED, State.FAILED, State.CLOSED])):
                    _enter(locked)
                    if not orders.pay_order(order=order):
                        _owe(locked)
            case ChargeState.DECLINED:
                _move(locked, State.FAILED, Q(state=State.STARTED))
            case ChargeState.CLOSED | ChargeState.UNKNOWN:
                _move(locked, closed_as, Q(state=State.STARTED))
            case ChargeState.OPEN:
                pass
        locked.refresh_from_db()
    return locked


def check(*, payment: Payment, charge: Charge) -> None:
    """Raises PaymentMismatch when a charge is not that of this payment."""
    amount = Money(payment.amount, payment.currency)
    if not fits(charge, key=payment.provider_key, amount=amount, number=payment.order.number):
        raise PaymentMismatch


def fits(charge: Charge, *, key: str, amount: Money, number: str) -> bool:
    """Whether a charge is that of an attempt."""
    if charge.state == ChargeState.UNKNOWN:
        return True
    # Providers do not repeat everything about what brought no money; about money they say how much it is.
    says_how_much = charge.amount is not None or charge.state != ChargeState.SUCCEEDED
    return (
        charge.key == key
        and says_how_much
        and charge.amount in (None, amount)
        and charge.order_number in (None, number)
    )


def _note_problem(payment: Payment, charge: Charge) -> None:
    """The first time. Goods may stay held for it: it is an error until staff has decided."""
    amount = f"{charge.amount.amount} {charge.amount.currency}" if charge.amount else "an unknown amount"
    problem = f"{charge.state}: {amount}, order {charge.order_number or 'unknown'}, key {charge.key}"[:LONGEST_PROBLEM]
    unnoted = Payment.objects.filter(pk=payment.pk, problem="").exclude(state=State.SUCCEEDED)
    if unnoted.update(problem=problem):
        log.error("payment %d does not fit what %s says: %s", payment.pk, payment.provider, problem)


def _move(payment: Payment, to: str, legal: Q) -> bool:
    return bool(Payment.objects.filter(legal, pk=payment.pk).update(state=to, settled_at=database_now()))


def _enter(payment: Payment) -> None:
    LedgerEntry.objects.create(
        payment=payment,
        kind=LedgerEntry.Kind.PAID,
        amount=payment.amount,
        currency=payment.currency,
        reference=payment.provider_key,
    )


def _owe(payment: Payment) -> None:
    """Money for which there are no goods goes back."""
    if payment.amount:
        promise(payment=payment, amount=payment.amount, reference=NO_GOODS, reason=NO_GOODS)
