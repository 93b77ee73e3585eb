"""A POST that moves money or stock has one effect, however often it is sent: the header `Idempotency-Key`.

Source: draft-ietf-httpapi-idempotency-key-header-07. Only what worked is remembered; a refusal changed nothing, and
the same key may be tried again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.orders.models import IdempotencyRecord
from project.kernel.clock import now
from project.kernel.errors import InProgress, Invalid, KeyReused
from project.kernel.ids import new_key

# A request that has not answered for this long has died: the next one with its key takes over.
TAKEN_OVER_AFTER = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=24)

IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)

Handler = Callable[..., Response]


def idempotent(scope: str, *, atomic: bool) -> Callable[[Handler], Handler]:
    """Make the handler of an APIView answer a repeated key with its first answer.

    `atomic`: work and answer are one transaction, so that a crash leaves both or none. Without it, the handler talks
    to others on the way and must be repeatable under the same key by itself.
    Raises Invalid (no key), KeyReused (another body), InProgress.
    """

    def wrap(handle: Handler) -> Handler:
        @wraps(handle)
        def handler(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            assert request.user.pk is not None
            record = begin(user_id=request.user.pk, scope=scope, key=key_of(request), body=request.data)
            if record.status is not None:
                return Response(record.answer, status=record.status)
            try:
                with transaction.atomic() if atomic else nullcontext():
                    response = handle(view, request, *args, **kwargs)
                    keep(record, response)
            except BaseException:
                forget(record)
                raise
            return response

        return handler

    return wrap


def key_of(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(key) <= 64 or not key.isascii() or not key.isprintable():
        raise Invalid(fields={"Idempotency-Key": ["required" if not key else "invalid"]})
    return key


def begin(*, user_id: int, scope: str, key: str, body: Any) -> IdempotencyRecord:
    """The record to work under, or, with a `status`, the answer there is. Raises KeyReused, InProgress."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    fingerprint = salted_hmac("idempotency", text, algorithm="sha256").hexdigest()
    owner = new_key()
    name = {"user_id": user_id, "scope": scope, "key": key}
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(**name, fingerprint=fingerprint, owner=owner, started_at=now())
    except IntegrityError:
        found = IdempotencyRecord.objects.filter(**name).first()
    if found is None:
        raise InProgress
    if found.fingerprint != fingerprint:
        raise KeyReused
    if found.status is None:
        died = IdempotencyRecord.objects.filter(
            pk=found.pk, status=None, owner=found.owner, started_at__lt=now() - TAKEN_OVER_AFTER
        )
        if not died.update(owner=owner, started_at=now()):
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
    count, _ = IdempotencyRecord.objects.filter(started_at__lt=now() - KEPT_FOR).delete()
    return count
