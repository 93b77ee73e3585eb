"""What the sandbox keeps on its own side. The shop never reads this: it calls the port and gets webhooks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from commerce.payments.models import SandboxCharge, SandboxRefund
from commerce.payments.nudge import nudge_on_commit
from commerce.payments.port import StatementEntry
from project.kernel.clock import bounds_of, database_now
from project.kernel.ids import new_key
from project.kernel.money import Money
from project.kernel.queries import compiled, compiled_update

State = SandboxCharge.State
DELIVER = "commerce.payments.tasks.deliver_sandbox_events"


class Refused(Exception):
    """The sandbox does not do this: another amount under a known key, or more back than came in."""


def open_charge(*, merchant_key: str, order_number: str, amount: Money, expires_at: datetime) -> SandboxCharge:
    """A charge that waits for its buyer; the same key again is the same charge. Raises Refused."""
    charge, _ = SandboxCharge.objects.get_or_create(
        merchant_key=merchant_key,
        defaults={
            "token": new_key(),
            "order_number": order_number,
            "amount": amount.amount,
            "currency": amount.currency,
            "expires_at": expires_at,
        },
    )
    if (charge.order_number, Money(charge.amount, charge.currency)) != (order_number, amount):
        raise Refused
    return charge


def charge_by_key(merchant_key: str) -> SandboxCharge | None:
    return _lapse(next(iter(_by_key(merchant_key)), None))


def charge_by_token(token: str) -> SandboxCharge | None:
    return _lapse(next(iter(_by_token(token)), None))


@compiled
def _by_key(merchant_key: str) -> QuerySet[SandboxCharge]:
    return SandboxCharge.objects.filter(merchant_key=merchant_key)


@compiled
def _by_token(token: str) -> QuerySet[SandboxCharge]:
    return SandboxCharge.objects.filter(token=token)


def decide(*, charge: SandboxCharge, paid: bool) -> SandboxCharge:
    """The buyer pays or declines, once and in time; the shop is told by webhook. Else the charge stays as it is."""
    moment = database_now()
    with transaction.atomic():
        decided = SandboxCharge.objects.filter(pk=charge.pk, state=State.OPEN, expires_at__gt=moment).update(
            state=State.SUCCEEDED if paid else State.DECLINED,
            decided_at=moment,
            event_id=f"evt_{new_key()}",
            deliver_at=moment,
        )
        if decided:
            nudge_on_commit(DELIVER)
    return charge_by_token(charge.token) or charge


def close_charge(merchant_key: str) -> SandboxCharge | None:
    """No money comes from it any more, unless it has come already."""
    _closed(merchant_key, database_now())
    return next(iter(_by_key(merchant_key)), None)


@compiled_update
def _closed(merchant_key: str, at: datetime) -> tuple[QuerySet[SandboxCharge], dict[str, Any]]:
    is_open = SandboxCharge.objects.filter(merchant_key=merchant_key, state=State.OPEN)
    return is_open, {"state": State.CLOSED, "decided_at": at}


def refund(*, merchant_key: str, refund_key: str, amount: int) -> SandboxRefund:
    """Raises Refused."""
    with transaction.atomic():
        charge = SandboxCharge.objects.select_for_update().filter(merchant_key=merchant_key).first()
        if charge is None or charge.state != State.SUCCEEDED:
            raise Refused
        made, is_new = SandboxRefund.objects.get_or_create(
            merchant_key=refund_key, defaults={"charge": charge, "amount": amount}
        )
        if not is_new:
            if (made.charge_id, made.amount) != (charge.pk, amount):
                raise Refused
            return made
        within = SandboxCharge.objects.filter(pk=charge.pk, amount__gte=F("refunded") + amount)
        if not within.update(refunded=F("refunded") + amount):
            raise Refused
    return made


def statement(*, day: date) -> list[StatementEntry]:
    """What was paid and sent back on a day in UTC."""
    start, end = bounds_of(day, UTC)
    paid = SandboxCharge.objects.filter(state=State.SUCCEEDED, decided_at__gte=start, decided_at__lt=end)
    back = SandboxRefund.objects.select_related("charge").filter(created_at__gte=start, created_at__lt=end)
    return [
        *(
            StatementEntry(kind="paid", key=one.merchant_key, amount=Money(one.amount, one.currency))
            for one in paid.order_by("pk")
        ),
        *(
            StatementEntry(kind="refunded", key=one.merchant_key, amount=Money(one.amount, one.charge.currency))
            for one in back.order_by("pk")
        ),
    ]


def _lapse(charge: SandboxCharge | None) -> SandboxCharge | None:
    """A charge whose time is over is closed as soon as anybody looks at it."""
    if charge and charge.state == State.OPEN and charge.expires_at <= database_now():
        return close_charge(charge.merchant_key)
    return charge
