"""Publishing from synchronous code (services after commit, Celery, the admin): one round trip for many channels."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import redis
from django.conf import settings

from project.realtime import store

_local = threading.local()


class Push(NamedTuple):
    """What goes to one channel at once: JSON objects, encoded."""

    channel: str
    durable: list[bytes]
    ephemeral: list[bytes]


def begin_life(connection: Any) -> None:
    """Every new connection first notes which life of Redis it met, so that nothing is appended to a rewound stream."""
    connection.on_connect()
    connection.send_command("INFO", "server")
    info = connection.read_response()
    run_id = next(line for line in bytes(info).split(b"\r\n") if line.startswith(b"run_id:"))[7:]
    connection.send_command("EVAL", store.BEGIN_LIFE, 1, store.LIFE_KEY, run_id, secrets.token_hex(4))
    connection.read_response()


def client() -> redis.Redis:
    """This thread's client; it connects on first use."""
    url = settings.REDIS_URL
    if getattr(_local, "url", None) != url:
        _local.client = redis.Redis.from_url(
            url, protocol=2, redis_connect_func=begin_life, socket_timeout=5, socket_connect_timeout=2
        )
        _local.url = url
    found: redis.Redis = _local.client
    return found


_PUBLISH_SHA = hashlib.sha1(store.PUBLISH.encode(), usedforsecurity=False).hexdigest()


def publish(pushes: Sequence[Push], *, batch_id: str = "") -> None:
    """Append to the channels' streams and push. With a `batch_id`, what was published under it is left alone.

    Raises RedisError; then some channels may have it and others not, and it is to be published again.
    """
    if not pushes:
        return
    try:
        _run(pushes, batch_id)
    except redis.exceptions.NoScriptError:
        client().script_load(store.PUBLISH)
        _run([push for push in pushes if push.durable], batch_id)


def _run(pushes: Sequence[Push], batch_id: str) -> None:
    with client().pipeline(transaction=False) as pipeline:
        for push in pushes:
            if push.durable:
                keys, args = store.publish_call(push.channel, push.durable, batch_id)
                pipeline.evalsha(_PUBLISH_SHA, len(keys), *keys, *args)
            if push.ephemeral:
                pipeline.publish(store.Keys.of(push.channel).channel, store.ephemeral_message(push.ephemeral))
        pipeline.execute()


def control(order: dict[str, Any]) -> None:
    """Tell every process something about its connections (`project.realtime.control`). Raises RedisError."""
    client().publish(store.CONTROL, msgspec.json.encode(order))
