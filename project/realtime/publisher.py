"""Publishing from synchronous code (services after commit, Celery, the admin): one round trip for many channels."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import redis
from django.conf import settings
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoScriptError, RedisError

from project.realtime import store
from project.realtime.addresses import Address, addresses, choose, cluster_errors
from project.realtime.shards import OPTIONS
from project.realtime.store import Call

_local = threading.local()


class Push(NamedTuple):
    """What goes to one channel at once: items (`project.realtime.store`)."""

    channel: str
    durable: list[bytes]
    ephemeral: list[bytes]


def client(name: str) -> Any:
    """This thread's client of the Redis that holds the channel `name`. Raises RedisError for a cluster that is away."""
    shards = addresses(settings.REDIS_URL)
    return _client(shards[choose(shards, name)])


def _client(address: Address) -> Any:
    """Connects on first use."""
    clients: dict[Address, Any] = _local.__dict__.setdefault("clients", {})
    if address not in clients:
        if address.is_cluster:
            nodes = [ClusterNode(host, port) for host, port in address.hosts]  # type: ignore[no-untyped-call]
            with cluster_errors():
                clients[address] = RedisCluster.from_url(address.urls[0], startup_nodes=nodes, **OPTIONS)
        else:
            clients[address] = redis.Redis.from_url(address.urls[0], **OPTIONS)
    return clients[address]


def publish(pushes: Sequence[Push], *, batch_id: str = "") -> None:
    """Append to the channels' streams and push. With a `batch_id`, what was published under it is left alone.

    Raises RedisError; then some channels may have it and others not, and it is to be published again.
    """
    shards = addresses(settings.REDIS_URL)
    calls: dict[Address, list[Call]] = {}
    for push in pushes:
        part = calls.setdefault(shards[choose(shards, push.channel)], [])
        if push.durable:
            part.append(store.publish_call(push.channel, push.durable, batch_id))
        if push.ephemeral:
            part.append(store.push_call(push.channel, push.ephemeral))
    failed: RedisError | None = None
    for address, part in calls.items():
        try:
            _run_all(address, part)
        except RedisError as error:  # the other shards are none the worse for it
            failed = failed or error
    if failed:
        raise failed


def _run_all(address: Address, calls: list[Call]) -> None:
    with cluster_errors(), _client(address).pipeline(transaction=False) as pipeline:
        for call in calls:
            pipeline.execute_command(*call.command)
        answers = pipeline.execute(raise_on_error=False)
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, NoScriptError):
                pipeline.execute_command(*call.whole_command)
        answers += pipeline.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, NoScriptError):
            raise answer


def run(name: str, call: Call) -> Any:
    """Run a script where `name` is held. Raises RedisError."""
    with cluster_errors():
        try:
            return client(name).execute_command(*call.command)
        except NoScriptError:
            return client(name).execute_command(*call.whole_command)


def order(what: dict[str, Any]) -> None:
    """Tell every process something about its connections (`project.realtime.control`). Raises RedisError."""
    publish([Push(store.ORDERS, [msgspec.json.encode(what)], [])])
