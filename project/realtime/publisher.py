"""Publishing from synchronous code (services after commit, Celery, the admin): one round trip for many channels."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import redis
from django.conf import settings
from redis.exceptions import NoScriptError

from project.realtime import store
from project.realtime.store import Call

_local = threading.local()


class Push(NamedTuple):
    """What goes to one channel at once: JSON objects, encoded."""

    channel: str
    durable: list[bytes]
    ephemeral: list[bytes]


def client() -> redis.Redis:
    """This thread's client; it connects on first use."""
    url = settings.REDIS_URL
    if getattr(_local, "url", None) != url:
        _local.client = redis.Redis.from_url(url, protocol=2, socket_timeout=5, socket_connect_timeout=2)
        _local.url = url
    found: redis.Redis = _local.client
    return found


def publish(pushes: Sequence[Push], *, batch_id: str = "") -> None:
    """Append to the channels' streams and push. With a `batch_id`, what was published under it is left alone.

    Raises RedisError; then some channels may have it and others not, and it is to be published again.
    """
    calls = []
    for push in pushes:
        if push.durable:
            calls.append(store.publish_call(push.channel, push.durable, batch_id))
        if push.ephemeral:
            calls.append(store.push_call(push.channel, push.ephemeral))
    if calls:
        _run(calls)


def _run(calls: list[Call]) -> None:
    with client().pipeline(transaction=False) as pipeline:
        for call in calls:
            pipeline.execute_command(*call.command)
        answers = pipeline.execute(raise_on_error=False)
        unknown = [call for call, answer in zip(calls, answers, strict=True) if isinstance(answer, NoScriptError)]
        for call in unknown:
            pipeline.execute_command(*call.whole_command)
        answers += pipeline.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, NoScriptError):
            raise answer


def control(order: dict[str, Any]) -> None:
    """Tell every process something about its connections (`project.realtime.control`). Raises RedisError."""
    client().publish(store.CONTROL, msgspec.json.encode(order))
