"""The one place where errors become HTTP answers: `{"error": {"code", "detail"?, "fields"?}}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from project.kernel.errors import DomainError, Invalid

# Words that no DomainError has, with their status; `csrf_failed` and the 500 are said by `project.pages`, 413 by
# `project.http`.
HTTP_ONLY = {
    "body_too_large": 413,
    "csrf_failed": 403,
    "error": 500,
    "method_not_allowed": 405,
    "too_many_requests": 429,
    "unsupported_media_type": 415,
}


def body_of(error: DomainError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code}
    if error.detail:
        body["detail"] = error.detail
    if isinstance(error, Invalid) and error.fields:
        body["fields"] = error.fields
    return {"error": body}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: what we raise keeps its code word, what DRF raises gets one of ours."""
    if isinstance(error, DomainError):
        return Response(body_of(error), status=error.status)
    response = exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {"code": _code_of(error)}
    if isinstance(error, exceptions.ValidationError):
        body["fields"] = error.get_codes() if isinstance(error.detail, dict) else {"body": error.get_codes()}
    response.data = {"error": body}
    # DRF answers 403 where no authenticator has a WWW-Authenticate header; clients need to tell "who?" from "no".
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        response.status_code = 401
    return response


def _code_of(error: Exception) -> str:
    match error:
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return "login_required"
        case exceptions.PermissionDenied() | PermissionDenied():
            return "forbidden"
        case exceptions.NotFound() | Http404():
            return "not_found"
        case exceptions.Throttled():
            return "too_many_requests"
        case exceptions.ValidationError() | exceptions.ParseError():
            return "invalid"
        case exceptions.MethodNotAllowed():
            return "method_not_allowed"
        case exceptions.UnsupportedMediaType():
            return "unsupported_media_type"
        case _:
            return "error"
