"""Keys of requests: the first with a key does the work, the others get its answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from rest_framework.response import Response

from commerce.idempotency.models import IdempotencyRecord
from project.kernel import rows
from project.kernel.errors import InProgress, KeyReused
from project.kernel.ids import new_key
from project.kernel.queries import compiled_update
from project.kernel.sealed import seal
from project.rendering import JSONRenderer

# A request that has not answered for this long has died: the next one with its key takes over.
TAKEN_OVER_AFTER = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=24)


def begin(*, user_id: int, scope: str, key: str, path: str, body: Any) -> IdempotencyRecord:
    """The record to work under, or, with a `status`, the answer there is. Raises KeyReused, InProgress."""
    text = json.dumps([path, body], sort_keys=True, separators=(",", ":"), default=str)
    fingerprint = salted_hmac("idempotency", text, algorithm="sha256").hexdigest()
    owner = new_key()
    name = {"user_id": user_id, "scope": scope, "key": key}
    record = IdempotencyRecord(**name, fingerprint=fingerprint, owner=owner)
    if rows.add_new(record):
        return record
    found = IdempotencyRecord.objects.filter(**name).first()
    if found is None:
        raise InProgress
    if found.fingerprint != fingerprint:
        raise KeyReused
    if found.status is None:
        died = IdempotencyRecord.objects.filter(
            pk=found.pk, status=None, owner=found.owner, started_at__lt=Now() - TAKEN_OVER_AFTER
        )
        if not died.update(owner=owner, started_at=Now()):
            raise InProgress
        found.owner = owner
    return found


def keep(record: IdempotencyRecord, response: Response) -> None:
    """Raises InProgress when another request took over: then this one's work must not be committed."""
    answer = seal(json.loads(JSONRenderer().render(response.data)))
    if not _answer(record.pk, record.owner, response.status_code, answer):
        raise InProgress


@compiled_update
def _answer(pk: int, owner: str, status: int, answer: str) -> tuple[QuerySet[IdempotencyRecord], dict[str, Any]]:
    mine = IdempotencyRecord.objects.filter(pk=pk, owner=owner, status__isnull=True)
    return mine, {"status": status, "answer": answer}


def forget(record: IdempotencyRecord) -> None:
    IdempotencyRecord.objects.filter(pk=record.pk, owner=record.owner, status=None).delete()


def forget_old() -> int:
    """Delete the answers nobody asks for any more; returns how many."""
    count, _ = IdempotencyRecord.objects.filter(started_at__lt=Now() - KEPT_FOR).delete()
    return count
