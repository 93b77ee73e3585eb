"""Attempts to pay: begun, looked after, and brought to an end at the provider."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from commerce.orders import services as orders
from commerce.orders.errors import IllegalTransition, OrderExpired
from commerce.orders.models import Order
from commerce.payments import providers
from commerce.payments.errors import NotCharged, PaymentMismatch, PaymentsUnavailable
from commerce.payments.models import Payment
from commerce.payments.port import ChargeState, Provider, ProviderUnavailable, is_page, new_key
from commerce.payments.selectors import own_payment
from commerce.payments.services.refunds import MOST_AT_ONCE
from commerce.payments.services.settlement import settle
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, NotFound
from project.kernel.money import Money

log = logging.getLogger(__name__)
State = Payment.State

# A webhook normally comes within this time; and how often a provider is asked at most when it does not.
ASK_AFTER = timedelta(seconds=3)
ASK_EVERY = timedelta(seconds=2)


def start_payment(*, buyer_id: int, number: str, key: str, provider: str | None = None) -> Payment:
    """Begin to pay an order, or go on with the attempt that is open. The same key is the same attempt.

    The order and the hold of its claims then last as long as the attempt; with all its attempts, an order lives at
    most ORDER_UNPAID_SECS + PAYMENT_ATTEMPT_SECS.
    An attempt that is open at another `provider` than the one that is asked for now is ended first.
    Raises NotFound, IllegalTransition, OrderExpired, ClaimExpired, PaymentsUnavailable, NotOffered, NotCharged,
    BalanceTooLow.
    """
    chosen = providers.chosen(provider) if provider else providers.default()
    lapsed = Payment.objects.filter(
        order__number=number, order__buyer_id=buyer_id, state=State.STARTED, expires_at__lte=database_now()
    )
    for left in lapsed:
        end_attempt(payment=left, closed_as=State.FAILED)
    if provider:
        elsewhere = Payment.objects.filter(order__number=number, order__buyer_id=buyer_id, state=State.STARTED)
        for left in elsewhere.exclude(provider=provider).exclude(key=key):
            end_attempt(payment=left, closed_as=State.CLOSED)
    payment = _open_attempt(buyer_id=buyer_id, number=number, key=key, provider=chosen)
    if payment.pay_url or payment.state != State.STARTED:
        return payment
    amount = Money(payment.amount, payment.currency)
    try:
        pay_url = providers.provider_of(payment.provider).start(
            key=payment.provider_key, order_number=number, amount=amount, expires_at=payment.expires_at
        )
        if pay_url and not is_page(pay_url):
            raise ProviderUnavailable
    except ProviderUnavailable:
        raise PaymentsUnavailable from None
    except DomainError:
        end_attempt(payment=payment, closed_as=State.FAILED)
        raise
    if not pay_url:
        return _paid_at_once(payment)
    if not Payment.objects.filter(pk=payment.pk, state=State.STARTED).update(pay_url=pay_url):
        payment.refresh_from_db()
        if payment.state != State.SUCCEEDED:
            # The order was cancelled while the provider was being called, and did not know of this attempt yet.
            payment = end_attempt(payment=payment, closed_as=State.CLOSED)
        if payment.state != State.SUCCEEDED:
            raise IllegalTransition(detail={"state": payment.order.state})
        return payment
    payment.pay_url = pay_url
    return payment


def _paid_at_once(payment: Payment) -> Payment:
    """Without a page to go to it is decided by now. Raises IllegalTransition, PaymentsUnavailable."""
    try:
        charge = providers.provider_of(payment.provider).query(key=payment.provider_key)
        payment = settle(payment=payment, charge=charge)
    except (ProviderUnavailable, PaymentMismatch) as error:
        log.warning("payment %d has no page: %r", payment.pk, error)
        raise PaymentsUnavailable from None
    if payment.state == State.STARTED:
        raise PaymentsUnavailable
    if payment.state != State.SUCCEEDED:
        raise IllegalTransition(detail={"state": payment.order.state})
    return payment


def _open_attempt(*, buyer_id: int, number: str, key: str, provider: Provider) -> Payment:
    found = Order.objects.filter(number=number, buyer_id=buyer_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    with transaction.atomic():
        order = orders.lock_order(order_id=found)
        attempts = Payment.objects.select_related("order").filter(order=order)
        if same := attempts.filter(key=key).first():
            return same
        if order.state != Order.State.PENDING_PAYMENT:
            raise IllegalTransition(detail={"state": order.state})
        if not provider.takes(Money(order.total, order.currency)):
            raise NotCharged
        moment = database_now()
        if order.expires_at <= moment:
            raise OrderExpired
        if open_one := attempts.filter(state=State.STARTED).first():
            return open_one
        longest = order.created_at + timedelta(seconds=settings.ORDER_UNPAID_SECS + settings.PAYMENT_ATTEMPT_SECS)
        ends = min(moment + timedelta(seconds=settings.PAYMENT_ATTEMPT_SECS), longest)
        if ends <= moment:
            raise OrderExpired
        orders.begin_payment(order=order, until=ends)
        return Payment.objects.create(
            order=order,
            provider=provider.name,
            provider_key=new_key(),
            key=key,
            amount=order.total,
            currency=order.currency,
            expires_at=ends,
        )


def check_payment(*, buyer_id: int, payment_id: int) -> Payment:
    """The buyer's own payment. One that has been open for a while is looked up at the provider. Raises NotFound."""
    payment = own_payment(buyer_id=buyer_id, payment_id=payment_id)
    moment = database_now()
    if payment.state != State.STARTED or payment.created_at > moment - ASK_AFTER:
        return payment
    not_asked = Q(asked_at=None) | Q(asked_at__lte=moment - ASK_EVERY)
    if not Payment.objects.filter(not_asked, pk=payment.pk, state=State.STARTED).update(asked_at=moment):
        return payment
    try:
        charge = providers.provider_of(payment.provider).query(key=payment.provider_key)
        # Not known there: the call that begins it may be on its way. The end of the attempt settles that.
        return payment if charge.state == ChargeState.UNKNOWN else settle(payment=payment, charge=charge)
    except (ProviderUnavailable, PaymentMismatch) as error:
        log.warning("payment %d stays open: %r", payment.pk, error)
        return payment


def end_attempt(*, payment: Payment, closed_as: str) -> Payment:
    """Let no more money come from an attempt: it is closed at the provider, then here.

    Raises PaymentsUnavailable when the provider does not answer; nothing is decided then, and claims stay held.
    """
    try:
        charge = providers.provider_of(payment.provider).close(key=payment.provider_key)
        if charge.state == ChargeState.OPEN:
            raise ProviderUnavailable
        return settle(payment=payment, charge=charge, closed_as=closed_as)
    except (ProviderUnavailable, PaymentMismatch) as error:
        log.warning("payment %d cannot be ended yet: %r", payment.pk, error)
        raise PaymentsUnavailable from None


def give_up(*, payment: Payment) -> bool:
    """Staff decides that an attempt whose provider says what does not fit pays nothing here: its order ends like any
    other, and its goods are free. What came in is between staff and provider. False when nothing is wrong with it, or
    it has ended."""
    with transaction.atomic():
        orders.lock_order(order_id=payment.order_id)
        wrong = Payment.objects.filter(pk=payment.pk, state=State.STARTED).exclude(problem="")
        return bool(wrong.update(state=State.FAILED, settled_at=database_now()))


def fail_lapsed() -> int:
    """End attempts whose time is over; returns how many were."""
    ended = 0
    lapsed = Payment.objects.filter(state=State.STARTED, expires_at__lte=database_now())
    for payment in lapsed.select_related("order").order_by(F("asked_at").asc(nulls_first=True), "pk")[:MOST_AT_ONCE]:
        Payment.objects.filter(pk=payment.pk).update(asked_at=database_now())
        try:
            end_attempt(payment=payment, closed_as=State.FAILED)
        except PaymentsUnavailable:
            continue
        except Exception:  # one payment must not hold up the others
            log.exception("payment %d cannot be ended", payment.pk)
            continue
        ended += 1
    return ended
