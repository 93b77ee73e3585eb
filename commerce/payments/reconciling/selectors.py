"""Reads of what was compared: days of providers, their rows, and what of ours a row is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, Prefetch, Q, QuerySet, Sum, When

from commerce.payments.models import (
    LedgerEntry,
    Payment,
    ReconciliationChange,
    ReconciliationDay,
    ReconciliationNote,
    ReconciliationRow,
    Refund,
    TopUp,
    TopUpDecision,
)
from project.kernel.errors import NotFound
from project.kernel.money import Money

Result = ReconciliationRow.Result
DIFFERENCES = "differences"


@dataclass(slots=True)
class DayFound:
    """A day with what its rows say: how many by result, healed ones, differences that nobody has checked, and by how
    much more moved at the provider than in the ledger (what came in less what went back), in each currency."""

    day: ReconciliationDay
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Result.values, 0))
    healed: int = 0
    unchecked: int = 0
    gaps: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """What of ours a row's key stands for; nothing where we have never heard of it."""

    payment: Payment | None = None
    refund: Refund | None = None
    top_up: TopUp | None = None


def days_within(*, first: date, last: date) -> list[DayFound]:
    """Newest first, and by provider. Four queries."""
    within = {"day__gte": first, "day__lte": last}
    days = ReconciliationDay.objects.filter(**within).order_by("-day", "provider")
    found = {(day.provider, day.day): DayFound(day) for day in days}
    rows = ReconciliationRow.objects.filter(**within).order_by()
    counted = rows.values_list("provider", "day", "result").annotate(
        count=Count("pk"),
        healed=Count("pk", filter=Q(healed_at__isnull=False)),
        unchecked=Count("pk", filter=~Q(result=Result.OK) & Q(checked_at=None)),
    )
    for provider, day, result, count, healed, unchecked in counted:
        if one := found.get((provider, day)):
            one.counts[result] = count
            one.healed += healed
            one.unchecked += unchecked
    for sign, side in ((1, "theirs"), (-1, "ours")):
        amount = Case(When(kind=LedgerEntry.Kind.PAID, then=F(side)), default=-F(side))
        sums = rows.exclude(result=Result.OK).filter(**{f"{side}__isnull": False})
        by_currency = sums.values_list("provider", "day", f"{side}_currency").annotate(total=Sum(amount))
        for provider, day, currency, total in by_currency:
            if one := found.get((provider, day)):
                one.gaps[currency] = one.gaps.get(currency, 0) + sign * int(total)
    return list(found.values())


def day_found(day_id: int) -> DayFound:
    """Raises NotFound."""
    day = ReconciliationDay.objects.filter(pk=day_id).first()
    if day is None:
        raise NotFound
    return next(one for one in days_within(first=day.day, last=day.day) if one.day.pk == day.pk)


def rows_of(
    *, first: date | None = None, last: date | None = None, provider: str = "", result: str = "", text: str = "",
    unchecked: bool = False,
) -> QuerySet[ReconciliationRow]:  # fmt: skip
    """`result` may be `differences`: all but `ok`. `text` is the beginning of a key, or a whole number of an order or a
    top-up."""
    rows = ReconciliationRow.objects.all()
    if first:
        rows = rows.filter(day__gte=first)
    if last:
        rows = rows.filter(day__lte=last)
    if provider:
        rows = rows.filter(provider=provider)
    if result == DIFFERENCES:
        rows = rows.exclude(result=Result.OK)
    elif result:
        rows = rows.filter(result=result)
    if unchecked:
        rows = rows.exclude(result=Result.OK).filter(checked_at=None)
    if text:
        rows = rows.filter(Q(key__startswith=text) | Q(key__in=_keys_of(text)))
    return rows


def row_of(row_id: int) -> ReconciliationRow:
    """With its history and notes, oldest first. Raises NotFound."""
    rows = ReconciliationRow.objects.prefetch_related(
        Prefetch("changes", ReconciliationChange.objects.order_by("pk")),
        Prefetch("notes", ReconciliationNote.objects.select_related("by").order_by("pk")),
    )
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise NotFound
    return row


def other_days_of(row: ReconciliationRow) -> list[date]:
    """The other days whose statements have the same movement."""
    same = ReconciliationRow.objects.filter(provider=row.provider, kind=row.kind, key=row.key, times__gt=0)
    return list(same.exclude(pk=row.pk).order_by("day").values_list("day", flat=True))


def about(rows: Collection[ReconciliationRow]) -> dict[int, About]:
    """By row id. Four queries."""
    keys = {row.key for row in rows}
    payments = {
        (one.provider, one.provider_key): one
        for one in Payment.objects.select_related("order").filter(provider_key__in=keys)
    }
    top_ups = {(one.provider, one.provider_key): one for one in TopUp.objects.filter(provider_key__in=keys)}
    refunds = {
        (one.payment.provider, one.key): one
        for one in Refund.objects.select_related("payment__order").filter(key__in=keys)
    }
    sent_back = {
        (one.top_up.provider, one.refund_key): one.top_up
        for one in TopUpDecision.objects.select_related("top_up").filter(refund_key__in=keys)
    }
    found = {}
    for row in rows:
        name = (row.provider, row.key)
        if row.kind == LedgerEntry.Kind.REFUNDED:
            refund = refunds.get(name)
            found[row.pk] = About(refund.payment if refund else None, refund, sent_back.get(name))
        else:
            found[row.pk] = About(payment=payments.get(name), top_up=top_ups.get(name))
    return found


def in_batches(rows: QuerySet[ReconciliationRow], size: int = 500) -> Iterator[list[ReconciliationRow]]:
    """In the order of their ids, without holding them all."""
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk


def money(amount: int | None, currency: str) -> Any:
    return None if amount is None else Money(amount, currency).as_dict()


def window(*, last: date, days: int) -> tuple[date, date]:
    return last - timedelta(days=days - 1), last


def _keys_of(number: str) -> Iterable[str]:
    yield from Payment.objects.filter(order__number=number).values_list("provider_key", flat=True)
    yield from Refund.objects.filter(payment__order__number=number).values_list("key", flat=True)
    yield from TopUp.objects.filter(number=number).values_list("provider_key", flat=True)
    yield from TopUpDecision.objects.filter(top_up__number=number).values_list("refund_key", flat=True)
