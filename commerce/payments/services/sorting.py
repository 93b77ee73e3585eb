"""Movements of money of a statement and of the ledger, sorted by what they say about each other.

The first day whose statement has a movement is the one that counts: another day that has it again has a duplicate.
Rows are never removed. What they said before becomes a `ReconciliationChange`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from commerce.payments.models import LedgerEntry, ReconciliationChange, ReconciliationRow
from commerce.payments.port import BadStatement, Provider, StatementEntry
from commerce.payments.statements import check_key
from project.kernel.clock import bounds_of
from project.kernel.money import Money

Result = ReconciliationRow.Result
# What a statement names a movement by: its kind and our key.
Name = tuple[str, str]

# In minor units. As many as a statement may have, of the largest, still add up to what a column holds.
MOST_AMOUNT = 10**13
MOST_ENTRIES = 200_000
# Of a movement that a statement has very often, the first ones are shown.
MOST_SHOWN = 20
BATCH = 500
SAID = ("result", "ours", "ours_currency", "theirs", "theirs_currency", "times", "entries")


def check(statement: Sequence[StatementEntry]) -> None:
    """Raises BadStatement for what is no movement of money."""
    if len(statement) > MOST_ENTRIES:
        raise BadStatement(f"more than {MOST_ENTRIES} movements")
    for entry in statement:
        amount, currency = entry.amount.amount, entry.amount.currency
        if not 0 <= amount <= MOST_AMOUNT:
            raise BadStatement(f"{amount} is beyond all amounts")
        check_key(key=entry.key, currency=currency)


def sort(*, provider: Provider, day: date, statement: Sequence[StatementEntry], moment: datetime) -> bool:
    """Write down what a statement of a day (of the provider's `zone`) has, and sort all that it concerns anew, on
    other days too. Inside the caller's transaction, one at a time for a provider.

    True when something moved on the day, and both sides agree about all of it.
    """
    told: dict[Name, list[Money]] = {}
    for entry in statement:
        told.setdefault((entry.kind, entry.key), []).append(entry.amount)
    start, end = bounds_of(day, provider.zone)
    dated = _ledger(provider).filter(at__gte=start, at__lt=end, amount__gt=0).order_by("pk")
    of_day = {(one.kind, one.reference): one for one in dated}
    known = {_name(row): row for row in ReconciliationRow.objects.filter(provider=provider.name, day=day)}
    names = list(dict.fromkeys([*told, *known, *of_day]))
    ours = of_day | {(one.kind, one.reference): one for one in _booked(provider, names)}
    rows: dict[Name, list[ReconciliationRow]] = {}
    for row in _rows(provider, names):
        rows.setdefault(_name(row), []).append(row)
    before = {row.pk: _said(row) for them in rows.values() for row in them}

    for name in names:
        mine = next((row for row in rows.get(name, []) if row.day == day), None)
        if mine is None and (name in told or name not in rows):
            mine = ReconciliationRow(provider=provider.name, day=day, kind=name[0], key=name[1], found_at=moment)
            rows.setdefault(name, []).append(mine)
        if mine is not None:
            _tell(mine, told.get(name, []))
        _judge(sorted(rows[name], key=lambda row: row.day), ours.get(name))

    everything = [row for name in names for row in rows[name]]
    ReconciliationRow.objects.bulk_create([row for row in everything if row.pk is None], batch_size=BATCH)
    _note_changes([row for row in everything if row.pk in before], before, moment)
    today = [row for row in everything if row.day == day]
    return bool(today) and all(row.result == Result.OK for row in today)


def _tell(row: ReconciliationRow, amounts: Sequence[Money]) -> None:
    """What the statement of its day says."""
    currencies = {one.currency for one in amounts}
    row.times = len(amounts)
    row.theirs = sum(one.amount for one in amounts) if len(currencies) == 1 else None
    row.theirs_currency = currencies.pop() if len(currencies) == 1 else ""
    row.entries = [one.as_dict() for one in amounts[:MOST_SHOWN]] if len(amounts) > 1 else []


def _judge(rows: Sequence[ReconciliationRow], ours: LedgerEntry | None) -> None:
    """The rows of one movement, by day. Ours stands beside the first that a statement has."""
    counts = next((row for row in rows if row.times), rows[0])
    for row in rows:
        booked = ours if row is counts else None
        row.ours = booked.amount if booked else None
        row.ours_currency = booked.currency if booked else ""
        row.result = _result(row) if row is counts else Result.DUPLICATE if row.times else Result.OK


def _result(row: ReconciliationRow) -> str:
    if row.ours is None:
        return Result.WE_MISS if row.times else Result.OK
    if not row.times:
        return Result.THEY_MISS
    if row.times > 1:
        return Result.DUPLICATE
    same = (row.ours, row.ours_currency) == (row.theirs, row.theirs_currency)
    return Result.OK if same else Result.AMOUNT_DIFFERS


def _note_changes(rows: Sequence[ReconciliationRow], before: dict[int, dict[str, Any]], moment: datetime) -> None:
    changed, changes = [], []
    for row in rows:
        if _said(row) == before[row.pk]:
            continue
        changes.append(ReconciliationChange(row=row, since=row.found_at, **before[row.pk]))
        was_difference = before[row.pk]["result"] != Result.OK
        row.found_at, row.checked_at = moment, None
        row.healed_at = (moment if was_difference else row.healed_at) if row.result == Result.OK else None
        changed.append(row)
    ReconciliationChange.objects.bulk_create(changes, batch_size=BATCH)
    ReconciliationRow.objects.bulk_update(changed, [*SAID, "found_at", "checked_at", "healed_at"], batch_size=BATCH)


def _said(row: ReconciliationRow) -> dict[str, Any]:
    return {field: getattr(row, field) for field in SAID}


def _name(row: ReconciliationRow) -> Name:
    return row.kind, row.key


def _rows(provider: Provider, names: Collection[Name]) -> Iterator[ReconciliationRow]:
    wanted = set(names)
    for keys in _batches(names):
        found = ReconciliationRow.objects.filter(provider=provider.name, key__in=keys)
        yield from (row for row in found.order_by("day") if _name(row) in wanted)


def _booked(provider: Provider, names: Collection[Name]) -> Iterator[LedgerEntry]:
    for keys in _batches(names):
        yield from _ledger(provider).filter(reference__in=keys)


def _batches(names: Collection[Name]) -> Iterator[list[str]]:
    keys = sorted({key for _, key in names})
    for at in range(0, len(keys), BATCH):
        yield keys[at : at + BATCH]


def _ledger(provider: Provider) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(Q(payment__provider=provider.name) | Q(top_up__provider=provider.name))
