"""The log of what moderators and rules do: appended to in the transaction of the deed, each row hashed with the one
before it (Haber and Stornetta, "How to time-stamp a digital document", 1991).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from community.moderation.models import AuditHead, AuditRow
from project.kernel.clock import now, to_ms

NOTHING_BEFORE = "0" * 64


def record(*, actor_id: int | None, action: str, target: str, data: dict[str, Any] | None = None) -> None:
    """In a transaction, whose last locks these are: rows have one order. `actor_id` None: a rule did it."""
    head = _locked_head()
    # To the millisecond: what is hashed is what any database gives back.
    at = now()
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    row = AuditRow(
        number=head.number + 1, at=at, actor_id=actor_id, action=action, target=target, data=data or {}, hash=""
    )
    row.hash = digest(row, before=head.hash)
    row.save(force_insert=True)
    head.number, head.hash = row.number, row.hash
    head.save(update_fields=["number", "hash"])


def _locked_head() -> AuditHead:
    head = AuditHead.objects.select_for_update().filter(pk=1).first()
    if head is None:
        AuditHead.objects.get_or_create(pk=1, defaults={"number": 0, "hash": NOTHING_BEFORE})
        head = AuditHead.objects.select_for_update().get(pk=1)
    return head


def digest(row: AuditRow, *, before: str) -> str:
    said = [row.number, to_ms(row.at), row.actor_id, row.action, row.target, row.data, before]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Broken(NamedTuple):
    """Where the chain is broken: the number of the first row that is not what it was, and how that shows."""

    number: int
    why: str


def verify() -> Broken | None:
    """Read the whole log. None: nothing was changed, taken out or cut off."""
    before, number = NOTHING_BEFORE, 0
    for row in AuditRow.objects.order_by("number").iterator(chunk_size=2000):
        number += 1
        if row.number != number:
            return Broken(number, "missing")
        if row.hash != digest(row, before=before):
            return Broken(number, "changed")
        before = row.hash
    head = AuditHead.objects.filter(pk=1).first()
    if (head.number, head.hash) != (number, before) if head else number > 0:
        return Broken(number + 1, "cut off")
    return None
