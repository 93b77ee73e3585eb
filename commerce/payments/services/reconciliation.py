"""A provider's statement of a day beside the ledger: whatever does not fit is a row that somebody looks at."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.payments import providers
from commerce.payments.models import LedgerEntry, ReconciliationRow
from commerce.payments.port import Provider, ProviderUnavailable, StatementEntry
from project.kernel.clock import bounds_of, database_now

log = logging.getLogger(__name__)
Result = ReconciliationRow.Result

# Days that are looked at again while their statement was not to be had.
LOOK_BACK_DAYS = 7


def reconcile(*, provider: Provider, day: date) -> list[ReconciliationRow]:
    """Compare a day (of the provider's `zone`) with the ledger; the rows of an earlier comparison are replaced.

    A movement that one side dates a moment before midnight and the other one after it is matched by its key.
    Raises ProviderUnavailable, and then changes nothing.
    """
    statement = provider.statement(day=day)
    seen = Counter((entry.kind, entry.key) for entry in statement)
    theirs = {(entry.kind, entry.key): entry for entry in statement}
    with transaction.atomic():
        ReconciliationRow.objects.filter(provider=provider.name, day=day).delete()
        rows = [_row(provider, day, entry, seen[kind, key]) for (kind, key), entry in theirs.items()]
        # What was missed on another day has turned up.
        keys = [row.key for row in rows]
        missed = ReconciliationRow.objects.filter(provider=provider.name, key__in=keys, result=Result.THEY_MISS)
        for row in missed:
            if (row.kind, row.key) in seen:
                row.delete()
        rows = ReconciliationRow.objects.bulk_create(rows)
        return rows + ReconciliationRow.objects.bulk_create(_they_miss(provider, day))


def reconcile_due() -> int:
    """Compare the days that are over and were not compared yet; returns how many were."""
    made = 0
    for name, provider in providers.KNOWN.items():
        if not providers.is_offered(name):
            continue
        today = database_now().astimezone(provider.zone).date()
        for back in range(LOOK_BACK_DAYS, 0, -1):
            day = today - timedelta(days=back)
            if ReconciliationRow.objects.filter(provider=name, day=day).exists():
                continue
            try:
                reconcile(provider=provider, day=day)
            except ProviderUnavailable as error:
                log.warning("the statement of %s of %s is not to be had yet: %r", name, day, error)
                continue
            except Exception:  # one provider must not hold up the others
                log.exception("%s of %s cannot be compared", name, day)
                continue
            made += 1
    return made


def _row(provider: Provider, day: date, entry: StatementEntry, times: int) -> ReconciliationRow:
    ours = _ledger(provider).filter(kind=entry.kind, reference=entry.key).first()
    if ours is None:
        result = Result.WE_MISS
    elif times > 1:
        result = Result.DUPLICATE
    elif (ours.amount, ours.currency) != (entry.amount.amount, entry.amount.currency):
        result = Result.AMOUNT_DIFFERS
    else:
        result = Result.OK
    return ReconciliationRow(
        provider=provider.name,
        day=day,
        kind=entry.kind,
        key=entry.key,
        result=result,
        ours=ours.amount if ours else None,
        theirs=entry.amount.amount * times,
        currency=entry.amount.currency,
    )


def _they_miss(provider: Provider, day: date) -> list[ReconciliationRow]:
    """What the ledger has of a day and no statement so far."""
    rows = []
    for ours in _of_day(provider, day):
        told = ReconciliationRow.objects.filter(provider=provider.name, kind=ours.kind, key=ours.reference)
        if ours.amount and not told.exists():
            rows.append(
                ReconciliationRow(
                    provider=provider.name,
                    day=day,
                    kind=ours.kind,
                    key=ours.reference,
                    result=Result.THEY_MISS,
                    ours=ours.amount,
                    currency=ours.currency,
                )
            )
    return rows


def _of_day(provider: Provider, day: date) -> list[LedgerEntry]:
    start, end = bounds_of(day, provider.zone)
    return list(_ledger(provider).filter(at__gte=start, at__lt=end).order_by("pk"))


def _ledger(provider: Provider) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(Q(payment__provider=provider.name) | Q(top_up__provider=provider.name))
