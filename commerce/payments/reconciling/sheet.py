"""Rows as a CSV file for spreadsheets: UTF-8 with a mark, amounts in whole units of their currency."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from django.db.models import QuerySet

from commerce.payments.models import ReconciliationRow
from commerce.payments.reconciling.selectors import about, in_batches
from project.kernel.money import in_major

COLUMNS = (
    "day", "provider", "kind", "key", "result", "ours", "ours_currency", "theirs", "theirs_currency", "times",
    "order", "top_up", "found_at", "healed_at", "checked_at",
)  # fmt: skip
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines_of(rows: QuerySet[ReconciliationRow]) -> Iterator[str]:
    yield "\ufeff" + _line(COLUMNS)
    for batch in in_batches(rows):
        found = about(batch)
        for row in batch:
            payment, top_up = found[row.pk].payment, found[row.pk].top_up
            moments = (row.found_at, row.healed_at, row.checked_at)
            yield _line(
                (
                    row.day.isoformat(),
                    row.provider,
                    row.kind,
                    row.key,
                    row.result,
                    _amount(row.ours, row.ours_currency),
                    row.ours_currency,
                    _amount(row.theirs, row.theirs_currency),
                    row.theirs_currency,
                    str(row.times),
                    payment.order.number if payment else "",
                    top_up.number if top_up else "",
                    *(moment.isoformat(timespec="seconds") if moment else "" for moment in moments),
                )
            )


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(in_major(minor, currency))


def _line(cells: tuple[str, ...]) -> str:
    text = StringIO()
    csv.writer(text).writerow(f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells)
    return text.getvalue()
