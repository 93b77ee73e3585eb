"""Publishing from synchronous code (services after commit, Celery, the admin): one round trip for many channels."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import redis
from django.conf import settings
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from project.realtime import store
from project.realtime.addresses import Address, addresses, choose, cluster_errors
from project.realtime.shards import OPTIONS, first_error
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
    parts: dict[Address, list[Push]] = {}
    for push in pushes:
        parts.setdefault(shards[choose(shards, push.channel)], []).append(push)
    failed: list[RedisError] = []
    for address, part in parts.items():
        try:
            _run_all(address, _calls(address, part, batch_id))
        except RedisError as error:  # the other shards are none the worse for it
            failed.append(error)
    first_error(failed)


def _calls(address: Address, pushes: Sequence[Push], batch_id: str) -> list[Call]:
    durable = [(push.channel, push.durable) for push in pushes if push.durable]
    if address.is_cluster:
        calls = [store.publish_call(channel, items, batch_id) for channel, items in durable]
    else:
        calls = store.publish_each_calls(durable, batch_id)
    return calls + [store.push_call(push.channel, push.ephemeral) for push in pushes if push.ephemeral]


def _run_all(address: Address, calls: list[Call]) -> None:
    with cluster_errors():
        client = _client(address)
    if not address.is_cluster:
        first_error(_pipelined(client, calls))
        return
    # redis-py's own pipeline asks a node for the keys of each script, and goes on asking one that is lost.
    parts: dict[Any, list[Call]] = {}
    for call in calls:
        parts.setdefault(_node_of(client, call), []).append(call)
    failed: list[RedisError] = []
    for node, part in parts.items():
        answers = _pipelined(client.get_redis_connection(node), part) if node else [RedisIsAway()] * len(part)
        for call, answer in zip(part, answers, strict=True):
            if isinstance(answer, RedisError):
                # Moved, or its node is lost: the client finds out where it is now.
                try:
                    with cluster_errors():
                        client.execute_command(*call.whole_command)
                except RedisError as error:
                    failed.append(error)
    first_error(failed)


def _node_of(client: Any, call: Call) -> Any:
    """The node of a cluster that holds what the script works on; None where none is known to."""
    try:
        return client.get_node_from_key(call.keys[0])
    except RedisClusterException:
        return None


def _pipelined(client: Any, calls: list[Call]) -> list[Any]:
    """What each call answered, or its RedisError."""
    try:
        with client.pipeline(transaction=False) as pipeline:
            for call in calls:
                pipeline.execute_command(*call.command)
            answers: list[Any] = pipeline.execute(raise_on_error=False)
            unknown = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            for index in unknown:
                pipeline.execute_command(*calls[index].whole_command)
            for index, answer in zip(unknown, pipeline.execute(raise_on_error=False), strict=True):
                answers[index] = answer
            return answers
    except RedisError as error:
        return [error] * len(calls)


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
