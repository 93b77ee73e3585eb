"""Money that goes back. The provider's key is saved; a call whose outcome is unknown is made again with it.

What a provider refuses for good is not asked again: it stays owed, and people decide how it is paid.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments import providers
from commerce.payments.errors import RefundTooLarge
from commerce.payments.events import RefundDone
from commerce.payments.models import LedgerEntry, Payment, Refund
from commerce.payments.nudge import nudge_on_commit
from commerce.payments.port import ProviderUnavailable, RefundRefused, new_key
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, KeyReused
from project.kernel.money import Money
from project.kernel.queries import compiled, compiled_update
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_PROBLEM = 200
MOST_AT_ONCE = 100
NO_GOODS = "no_goods"
SEND_REFUNDS = "commerce.payments.tasks.send_refunds"


def request_refund(*, order: Order, amount: int, reference: str, reason: str) -> Refund:
    """Send `amount` (minor units) of a locked order's money back, once a `reference` (at most 64 characters, unique
    for the order: `aftersale:7`). The same reference again answers the first refund.

    What one payment does not cover goes back over the next; each part is a row, the first is answered. `RefundDone`
    is announced once all parts are done.
    Raises RefundTooLarge, Invalid, KeyReused (the reference stands for another amount).
    """
    if amount < 1:
        raise Invalid(fields={"amount": ["min_value"]})
    parts = _parts(order.pk, reference)
    if parts:
        if sum(part.amount for part in parts) != amount:
            raise KeyReused
        return parts[0]
    payments = _paid(order.pk)
    left = sum(payment.amount - payment.refunded for payment in payments)
    if amount > left:
        raise RefundTooLarge(detail={"left": left})
    for payment in payments:
        part = min(amount, payment.amount - payment.refunded)
        if part:
            parts.append(promise(payment=payment, amount=part, reference=reference, reason=reason))
            amount -= part
    return parts[0]


def promise(*, payment: Payment, amount: int, reference: str, reason: str) -> Refund:
    """Owe a part of a locked payment to its buyer. Raises RefundTooLarge."""
    if not _promised(payment.pk, amount):
        payment.refresh_from_db(fields=["refunded"])
        raise RefundTooLarge(detail={"left": payment.amount - payment.refunded})
    nudge_on_commit(SEND_REFUNDS)
    return Refund.objects.create(
        payment=payment,
        key=new_key(),
        reference=reference,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        next_try_at=database_now(),
    )


@compiled
def _parts(order_id: int, reference: str) -> QuerySet[Refund]:
    return Refund.objects.filter(payment__order=order_id, reference=reference).order_by("pk")


@compiled
def _paid(order_id: int) -> QuerySet[Payment]:
    paid = Payment.objects.select_for_update().filter(order=order_id, state=Payment.State.SUCCEEDED)
    return paid.order_by("pk")


@compiled_update
def _promised(payment_id: int, amount: int) -> tuple[QuerySet[Payment], dict[str, Any]]:
    within = Payment.objects.filter(pk=payment_id, amount__gte=F("refunded") + amount)
    return within, {"refunded": F("refunded") + amount}


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
            key=payment.provider_key,
            refund_key=refund.key,
            amount=Money(refund.amount, refund.currency),
            paid=Money(payment.amount, payment.currency),
        )
    except ProviderUnavailable as error:
        log.warning("refund %d is tried again: %r", refund.pk, error)
        return False
    except RefundRefused as refusal:
        failed = Refund.objects.filter(pk=refund.pk, key=refund.key, state=Refund.State.DUE)
        failed.update(state=Refund.State.FAILED, problem=str(refusal)[:LONGEST_PROBLEM])
        log.error("refund %d is refused for good: %s", refund.pk, refusal)
        return False
    return _write_down(refund, Refund.State.DUE)


def send_again(*, refund: Refund) -> bool:
    """Owe a refund that failed once more, under another key. False when it has not failed."""
    with transaction.atomic():
        nudge_on_commit(SEND_REFUNDS)
        again = Refund.objects.filter(pk=refund.pk, state=Refund.State.FAILED)
        return bool(
            again.update(state=Refund.State.DUE, key=new_key(), problem="", tries=0, next_try_at=database_now())
        )


def note_paid_otherwise(*, refund: Refund) -> bool:
    """Staff has paid a refund that failed without its provider, whose statements will miss it. False when it has not
    failed."""
    return _write_down(refund, Refund.State.FAILED)


def _write_down(refund: Refund, state: Refund.State) -> bool:
    """Into the books, once: from this state on, the money is with the buyer."""
    payment = refund.payment
    with transaction.atomic():
        order = orders.lock_order(order_id=payment.order_id)
        Payment.objects.select_for_update().get(pk=payment.pk)
        # Staff may have sent it again meanwhile: then this answer is that to another key.
        mine = Refund.objects.filter(pk=refund.pk, key=refund.key, state=state)
        if not mine.update(state=Refund.State.DONE, done_at=database_now()):
            return False
        LedgerEntry.objects.create(
            payment=payment,
            kind=LedgerEntry.Kind.REFUNDED,
            amount=refund.amount,
            currency=refund.currency,
            reference=refund.key,
        )
        orders.note_refund(order=order, amount=refund.amount)
        _tell_when_whole(order=order, reference=refund.reference)
    return True


def _tell_when_whole(*, order: Order, reference: str) -> None:
    parts = Refund.objects.filter(payment__order=order, reference=reference)
    if all(part.state == Refund.State.DONE for part in parts):
        done = RefundDone(order_id=order.pk, reference=reference, amount=sum(part.amount for part in parts))
        publish_on_commit(done)
