"""The two methods of a server API that the suites call, in Centrifugo's form, and what says that the server is up."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from project.realtime import codes, router
from project.realtime.codes import ErrorCode
from project.realtime.engine import Engine
from project.realtime.protocol.messages import HistoryRequest, Item, PublishRequest, one_line_of_json

# What the suites name.
API_KEY = "test-api-key"
MOST_PUBLICATIONS = 1000


def _method(request_type: Any, answer: Callable[[Any], Awaitable[dict[str, Any]]]) -> Any:
    async def view(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405)
        if not hmac.compare_digest(request.headers.get("X-API-Key", ""), API_KEY):
            return HttpResponse(status=401)
        try:
            asked = msgspec.json.decode(request.body, type=request_type)
            if router.topic_of(asked.channel) is None:
                return _json(error=codes.UNKNOWN_CHANNEL)
            return _json(result=await answer(asked))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _json(error=codes.BAD_REQUEST)

    return csrf_exempt(view)


def _json(*, result: dict[str, Any] | None = None, error: ErrorCode | None = None) -> HttpResponse:
    body = {"result": result} if error is None else {"error": {"code": error.code, "message": error.message}}
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


async def publish(asked: PublishRequest) -> dict[str, Any]:
    found = router.topic_of(asked.channel)
    assert found is not None
    engine = Engine.current()
    await engine.publish(asked.channel, [one_line_of_json(asked.data)], durable=found[0].history_size > 0)
    stream = await engine.history(asked.channel)
    return {"offset": stream.offset, "epoch": stream.epoch}


async def history(asked: HistoryRequest) -> dict[str, Any]:
    most = min(asked.limit, MOST_PUBLICATIONS) if asked.limit >= 0 else MOST_PUBLICATIONS
    since = asked.since.offset if asked.since else (None if asked.reverse else 0)
    stream = await Engine.current().history(asked.channel, since=since, most=most, reverse=asked.reverse)
    found = [Item(asked.channel, raw, offset) for offset, raw in stream.publications] if most else []
    publications = [{"data": msgspec.Raw(item.payload), "offset": item.offset} for item in found]
    return {"publications": publications, "epoch": stream.epoch, "offset": stream.offset}


async def health(request: HttpRequest) -> HttpResponse:
    return _json(result={})


urlpatterns = [
    path("health", health),
    path("api/publish", _method(PublishRequest, publish)),
    path("api/history", _method(HistoryRequest, history)),
]
