"""Top-ups whose provider has another amount than was ordered: staff credits what came in, or sends it back.

No news settles such a top-up (`PaymentMismatch`). The provider is asked anew what came in; one decision is made, with a
reason, and either way what came in is in the ledger.
"""

from __future__ import annotations

import logging

from django.db import transaction

from commerce.payments import providers
from commerce.payments.errors import PaymentsUnavailable, TopUpOver
from commerce.payments.models import LedgerEntry, TopUp, TopUpDecision, WalletEntry
from commerce.payments.port import ProviderUnavailable, RefundRefused, new_key
from commerce.payments.services.top_ups import came_in_otherwise, move_top_up, note_what_came
from commerce.payments.wallet import books
from community.accounts.models import User
from project.kernel.clock import database_now
from project.kernel.errors import ChangedMeanwhile, Forbidden, Invalid
from project.kernel.money import Money

log = logging.getLogger(__name__)
Way = TopUpDecision.Way
LONGEST_REASON = 200


def decide_top_up(*, top_up_id: int, way: Way, reason: str, by: User, seen: Money | None = None) -> TopUpDecision:
    """Credit what came in, or send it back; the same again goes on with what has not arrived at the provider yet.

    Raises Forbidden, Invalid (no reason, nothing or too much), ChangedMeanwhile (not what was `seen` came in),
    TopUpOver (nothing else came in, or it was decided otherwise), PaymentsUnavailable: then what was decided stands,
    and is to be tried again.
    """
    if not by.is_staff:
        raise Forbidden
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid(fields={"reason": ["required" if not reason else "max_length"]})
    top_up = TopUp.objects.get(pk=top_up_id)
    decision = TopUpDecision.objects.filter(top_up=top_up).first()
    if decision is None:
        came_in = _came_in(top_up)
        note_what_came(top_up, came_in)
        if seen not in (None, came_in):
            raise ChangedMeanwhile
        with transaction.atomic():
            top_up = TopUp.objects.select_for_update().get(pk=top_up_id)
            decision = TopUpDecision.objects.filter(top_up=top_up).first() or _decide(top_up, came_in, way, reason, by)
    if decision.way != way:
        raise TopUpOver(detail={"state": top_up.state})
    if decision.way == Way.SENT_BACK and decision.done_at is None:
        _send_back(top_up, decision)
    return decision


def _came_in(top_up: TopUp) -> Money:
    """What the provider has under the top-up's own key, where it is not what was ordered."""
    try:
        charge = providers.provider_of(top_up.provider).query(key=top_up.provider_key)
    except ProviderUnavailable:
        raise PaymentsUnavailable from None
    came_in = came_in_otherwise(top_up, charge)
    if came_in is None:
        raise TopUpOver(detail={"state": top_up.state})
    return came_in


def _decide(top_up: TopUp, came_in: Money, way: Way, reason: str, by: User) -> TopUpDecision:
    if top_up.state == TopUp.State.SUCCEEDED:
        raise TopUpOver(detail={"state": top_up.state})
    if came_in.amount < 1:
        raise Invalid(fields={"amount": ["min_value"]})
    _enter(top_up, came_in, LedgerEntry.Kind.PAID, top_up.provider_key)
    if way == Way.CREDITED:
        books.put(
            user_id=top_up.user_id,
            amount=came_in,
            kind=WalletEntry.Kind.TOPPED_UP,
            reference=f"top_up:{top_up.provider_key}",
            by=by,
        )
    decision = TopUpDecision.objects.create(
        top_up=top_up,
        way=way,
        amount=came_in.amount,
        currency=came_in.currency,
        refund_key=new_key(),
        reason=reason,
        by=by,
        done_at=database_now() if way == Way.CREDITED else None,
    )
    move_top_up(top_up, TopUp.State.SUCCEEDED if way == Way.CREDITED else TopUp.State.CLOSED)
    return decision


def _send_back(top_up: TopUp, decision: TopUpDecision) -> None:
    amount = Money(decision.amount, decision.currency)
    try:
        providers.provider_of(top_up.provider).refund(
            key=top_up.provider_key, refund_key=decision.refund_key, amount=amount, paid=amount
        )
    except (ProviderUnavailable, RefundRefused) as error:
        log.error("what came in for top-up %s is not sent back yet: %r", top_up.number, error)
        raise PaymentsUnavailable from None
    with transaction.atomic():
        TopUp.objects.select_for_update().get(pk=top_up.pk)
        if TopUpDecision.objects.filter(pk=decision.pk, done_at=None).update(done_at=database_now()):
            _enter(top_up, amount, LedgerEntry.Kind.REFUNDED, decision.refund_key)


def _enter(top_up: TopUp, amount: Money, kind: LedgerEntry.Kind, reference: str) -> None:
    LedgerEntry.objects.create(
        top_up=top_up, kind=kind, amount=amount.amount, currency=amount.currency, reference=reference
    )
