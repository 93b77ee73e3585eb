"""Webhooks: verified, written down once, then worked on. What is left over after a crash is found by beat."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import timedelta

from django.db import DatabaseError, transaction

from commerce.payments import providers
from commerce.payments.errors import PaymentMismatch
from commerce.payments.models import Payment, ProviderEvent, TopUp
from commerce.payments.port import Charge, Notice
from commerce.payments.services.refunds import MOST_AT_ONCE
from commerce.payments.services.settlement import settle
from commerce.payments.services.top_ups import settle_top_up
from project.kernel.clock import database_now
from project.kernel.errors import Invalid

log = logging.getLogger(__name__)

LEFT_BEHIND_AFTER = timedelta(seconds=5)
DONE = "done"
UNKNOWN = "unknown_payment"
MISMATCH = "mismatch"
IGNORED = "ignored"
UNREADABLE = "unreadable"
LONGEST_ID = 128
# As JSON writes it; a backslash of its own is written twice.
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def receive(*, provider_name: str, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
    """Take a webhook in; again is harmless. Raises NotFound, Forbidden, BadSignature, Invalid, PaymentMismatch.

    A database that is busy after the row was written does not matter to the provider: the row will be worked on.
    Something else under a known name is worked on too, since it may be about other money.
    """
    notice = providers.offered(provider_name).read_webhook(body=body, headers=headers)
    _check(notice)
    event, _ = ProviderEvent.objects.get_or_create(
        provider=provider_name, event_id=notice.event_id, defaults={"body": notice.body}
    )
    outcome = event.outcome
    if event.processed_at is None or event.body != notice.body:
        try:
            outcome = process(event=event, charge=notice.charge)
            event.refresh_from_db()
        except DatabaseError:
            log.exception("event %s of %s is left for later", event.event_id, provider_name)
    if outcome == MISMATCH:
        raise PaymentMismatch
    return event


def process(*, event: ProviderEvent, charge: Charge | None) -> str:
    """Settle what an event is about, and answer the outcome. Runs as often as it likes: settling is what happens
    once."""
    outcome = IGNORED if charge is None else DONE
    with transaction.atomic():
        if charge:
            outcome = _settle(provider=event.provider, charge=charge)
        ProviderEvent.objects.filter(pk=event.pk, processed_at=None).update(
            processed_at=database_now(), outcome=outcome
        )
    if outcome not in (DONE, IGNORED):
        log.error("event %s of %s: %s", event.event_id, event.provider, outcome)
    return outcome


def _check(notice: Notice) -> None:
    """Raises Invalid for an event without a name, or with what PostgreSQL keeps in no text: NUL, half a character, a
    number that is none."""
    if not (1 <= len(notice.event_id) <= LONGEST_ID and notice.event_id.isprintable()):
        raise Invalid
    try:
        text = json.dumps(notice.body, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError:
        raise Invalid from None
    if NUL.search(text):
        raise Invalid


def _settle(*, provider: str, charge: Charge) -> str:
    asked = {"provider": provider, "provider_key": charge.key}
    try:
        if payment := Payment.objects.select_related("order").filter(**asked).first():
            settle(payment=payment, charge=charge)
        elif top_up := TopUp.objects.filter(**asked).first():
            settle_top_up(top_up=top_up, charge=charge)
        else:
            return UNKNOWN
    except PaymentMismatch:
        return MISMATCH
    return DONE


def process_left() -> int:
    """Work on events that were written down and left; returns how many."""
    left = ProviderEvent.objects.filter(processed_at=None, received_at__lte=database_now() - LEFT_BEHIND_AFTER)
    worked = 0
    for event in left.order_by("pk")[:MOST_AT_ONCE]:
        try:
            process(event=event, charge=providers.provider_of(event.provider).read_body(body=event.body).charge)
        except (Invalid, PaymentMismatch):
            # It could be read when it came: what it needs is set up in another way now. It holds up nobody else.
            log.exception("event %s of %s cannot be read any more", event.event_id, event.provider)
            ProviderEvent.objects.filter(pk=event.pk).update(processed_at=database_now(), outcome=UNREADABLE)
            continue
        except Exception:  # one event must not hold up the others
            log.exception("event %s of %s is left", event.event_id, event.provider)
            continue
        worked += 1
    return worked
