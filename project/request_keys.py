"""The header `Idempotency-Key`: a request that is sent again under its key has one effect."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from project.kernel.errors import Invalid

IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)


def key_of(request: Request) -> str:
    """Raises Invalid."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(key) <= 64 or not key.isascii() or not key.isprintable():
        raise Invalid(fields={"Idempotency-Key": ["required" if not key else "invalid"]})
    return key
