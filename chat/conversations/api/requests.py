"""What the views of conversations ask of a request."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer


def user_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def body(request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
    """Raises DRF's ValidationError."""
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
