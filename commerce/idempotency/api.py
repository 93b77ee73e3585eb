"""A POST that moves money or stock has one effect, however often it is sent: the header `Idempotency-Key`.

Source: draft-ietf-httpapi-idempotency-key-header-07. Only what worked is remembered; a refusal changed nothing, and
the same key may be tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.idempotency.models import SCOPE_LENGTH
from commerce.idempotency.services import begin, forget, keep
from project.request_keys import key_of

Handler = Callable[..., Response]


def idempotent(scope: str, *, atomic: bool) -> Callable[[Handler], Handler]:
    """Make the handler of an APIView answer a repeated key with its first answer.

    `atomic`: work and answer are one transaction, so that a crash leaves both or none. Without it, the handler talks
    to others on the way and must be repeatable under the same key by itself.
    Raises Invalid (no key), KeyReused (another body or path), InProgress.
    """
    if len(scope) > SCOPE_LENGTH:
        # SQLite would take it, and PostgreSQL refuse each request.
        raise ValueError(f"a scope has at most {SCOPE_LENGTH} characters: {scope}")

    def wrap(handle: Handler) -> Handler:
        @wraps(handle)
        def handler(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            assert request.user.pk is not None
            record = begin(
                user_id=request.user.pk, scope=scope, key=key_of(request), path=request.path, body=request.data
            )
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

        handler.idempotency_scope = scope  # type: ignore[attr-defined]
        return handler

    return wrap
