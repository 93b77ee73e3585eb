"""How the sandbox tells the shop: a signed POST over HTTP, again and again with growing pauses until it is taken."""

from __future__ import annotations

import logging
from datetime import timedelta

import requests
from django.conf import settings

from commerce.payments.models import SandboxCharge
from commerce.payments.sandbox import signing
from commerce.payments.sandbox.provider import body_of
from project.kernel.clock import database_now, now

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/api/payments/webhooks/sandbox/"
TIMEOUT_SECS = (3, 10)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_DELIVERIES = 50
MOST_AT_ONCE = 20


def deliver_due() -> int:
    """Deliver the webhooks that are due; returns how many were taken."""
    due = SandboxCharge.objects.filter(notified_at=None, deliver_at__lte=database_now(), deliveries__lt=MOST_DELIVERIES)
    return sum(deliver(charge=charge) for charge in due.order_by("deliver_at", "pk")[:MOST_AT_ONCE])


def deliver(*, charge: SandboxCharge) -> bool:
    """One attempt; False when it has to be tried again, or another process is at it."""
    pause = min(timedelta(seconds=2 ** min(charge.deliveries + 1, 12)), LONGEST_PAUSE)
    mine = SandboxCharge.objects.filter(pk=charge.pk, notified_at=None, deliveries=charge.deliveries)
    if not mine.update(deliveries=charge.deliveries + 1, deliver_at=database_now() + pause):
        return False
    body = body_of(charge)
    signature = signing.sign(body=body, secret=settings.SANDBOX_WEBHOOK_SECRET, at=now())
    try:
        answer = requests.post(
            f"{settings.SITE_URL}{WEBHOOK_PATH}",
            data=body,
            headers={"Content-Type": "application/json", signing.HEADER: signature},
            timeout=TIMEOUT_SECS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        log.warning("webhook %s was not delivered: %r", charge.event_id, error)
        return False
    if not answer.ok or answer.is_redirect:
        log.warning("webhook %s was answered %d", charge.event_id, answer.status_code)
        return False
    SandboxCharge.objects.filter(pk=charge.pk).update(notified_at=database_now())
    return True
