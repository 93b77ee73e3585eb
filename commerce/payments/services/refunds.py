"""Money that goes back. The provider's key is saved; a call whose outcome is unknown is made again with it."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction

from commerce.orders import services as orders
from commerce.payments import providers
from commerce.payments.models import LedgerEntry, Payment, Refund
from commerce.payments.port import ProviderUnavailable
from commerce.payments.services.attempts import MOST_AT_ONCE
from project.kernel.clock import database_now
from project.kernel.money import Money

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=10)


def send_refunds() -> int:
    """Send what is due; returns how many refunds were done."""
    done = 0
    due = Refund.objects.filter(state=Refund.State.DUE, next_try_at__lte=database_now())
    for refund in due.select_related("payment").order_by("next_try_at", "pk")[:MOST_AT_ONCE]:
        try:
            done += send_refund(refund=refund)
        except Exception:  # one refund must not hold up the others; its next try is noted
            log.exception("refund %d is tried again", refund.pk)
    return done


def send_refund(*, refund: Refund) -> bool:
    """Ask the provider to send money back and write it into the books, once. False when it has to be tried again."""
    pause = min(timedelta(seconds=2 ** min(refund.tries, 12)), LONGEST_PAUSE)
    mine = Refund.objects.filter(pk=refund.pk, state=Refund.State.DUE, tries=refund.tries)
    if not mine.update(tries=refund.tries + 1, next_try_at=database_now() + pause):
        return False
    payment = refund.payment
    try:
        providers.provider_of(payment.provider).refund(
            key=payment.provider_key, refund_key=refund.key, amount=Money(refund.amount, refund.currency)
        )
    except ProviderUnavailable as error:
        log.warning("refund %d is tried again: %r", refund.pk, error)
        return False
    with transaction.atomic():
        order = orders.lock_order(order_id=payment.order_id)
        Payment.objects.select_for_update().get(pk=payment.pk)
        if not Refund.objects.filter(pk=refund.pk, state=Refund.State.DUE).update(
            state=Refund.State.DONE, done_at=database_now()
        ):
            return False
        LedgerEntry.objects.create(
            payment=payment,
            kind=LedgerEntry.Kind.REFUNDED,
            amount=refund.amount,
            currency=refund.currency,
            reference=refund.key,
        )
        orders.note_refund(order=order, amount=refund.amount)
    return True
