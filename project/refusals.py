"""Requests that cannot be meant: refused in one place, before or after somebody stumbles over them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import sync_and_async_middleware

from project.errors_http import body_of
from project.kernel.errors import DomainError, Invalid, NotFound

log = logging.getLogger(__name__)


@sync_and_async_middleware
def refuse_nonsense(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """A NUL in the address, which PostgreSQL takes in no text; JSON nested deeper than Python reads."""
    if iscoroutinefunction(get_response):

        async def in_async(request: HttpRequest) -> HttpResponse:
            answer: HttpResponse = _nonsense_in(request) or await get_response(request)
            return answer

        middleware: Callable[[HttpRequest], Any] = in_async
    else:

        def in_sync(request: HttpRequest) -> HttpResponse:
            answer: HttpResponse = _nonsense_in(request) or get_response(request)
            return answer

        middleware = in_sync
    middleware.process_exception = _process_exception  # type: ignore[attr-defined]
    return middleware


def _nonsense_in(request: HttpRequest) -> HttpResponse | None:
    if "\x00" in request.path:
        return _refusal(NotFound())
    return _refusal(Invalid()) if "%00" in request.META.get("QUERY_STRING", "") else None


def _process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
    if not isinstance(error, RecursionError):
        return None
    log.warning("%s %s went too deep", request.method, request.path)
    return _refusal(Invalid())


def _refusal(error: DomainError) -> HttpResponse:
    return JsonResponse(body_of(error), status=error.status)
