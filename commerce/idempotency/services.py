"""Keys of requests: the first with a key does the work, the others get its answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from commerce.idempotency.models import IdempotencyRecord
from project.kernel.errors import InProgress, KeyReused
from project.kernel.ids import new_key

# A request that has not answered for this long has died: the next one with its key takes over.
TAKEN_OVER_AFTER = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=24)


def begin(*, user_id: int, scope: str, key: str, path: str, body: Any) -> IdempotencyRecord:
    """The record to work under, or, with a `status`, the answer there is. Raises KeyReused, InProgress."""
    text = json.dumps([path, body], sort_keys=True, separators=(",", ":"), default=str)
    fingerprint = salted_hmac("idempotency", text, algorithm="sha256").hexdigest()
    owner = new_key()
    name = {"user_id": user_id, "scope": scope, "key": key}
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(**name, fingerprint=fingerprint, owner=owner, started_at=Now())
    except IntegrityError:
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
    answer = json.loads(JSONRenderer().render(response.data))
    mine = IdempotencyRecord.objects.filter(pk=record.pk, owner=record.owner, status=None)
    if not mine.update(status=response.status_code, answer=answer):
        raise InProgress


def forget(record: IdempotencyRecord) -> None:
    IdempotencyRecord.objects.filter(pk=record.pk, owner=record.owner, status=None).delete()


def forget_old() -> int:
    """Delete the answers nobody asks for any more; returns how many."""
    count, _ = IdempotencyRecord.objects.filter(started_at__lt=Now() - KEPT_FOR).delete()
    return count
