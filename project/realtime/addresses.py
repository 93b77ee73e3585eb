"""Which Redis holds a channel: the one there is, one of several side by side, or a Redis Cluster.

`REDIS_URL` names them with commas between: `redis://a:6379/0,redis://b:6379/0` are two Redises, each of which holds a
part of the channels; `redis+cluster://a:6379,redis+cluster://b:6379` (or `rediss+cluster://`) are nodes of one Redis
Cluster, which tell of the others.

Of several Redises, the one with the highest hash of its own name and the channel's holds the channel: when one is added
or taken away, only the channels that it gains or loses move. Source: rendezvous hashing, Thaler and Ravishankar,
"Using name-based mappings to increase hit rates", IEEE/ACM Transactions on Networking 6 (1), 1998.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import RedisClusterException

CLUSTER = "+cluster"


class Address(NamedTuple):
    """One shard. `urls`: of a single Redis one, of a cluster those of the nodes that are asked first."""

    urls: tuple[str, ...]
    is_cluster: bool

    @property
    def name(self) -> str:
        """Where it is, without who enters: a new password moves no channel."""
        url = urlsplit(self.urls[0])
        return f"{url.hostname or ''}:{url.port or 6379}{url.path or '/0'}"

    @property
    def hosts(self) -> list[tuple[str, int]]:
        return [(url.hostname or "localhost", url.port or 6379) for url in map(urlsplit, self.urls)]


@lru_cache
def addresses(redis_url: str) -> tuple[Address, ...]:
    """The shards of a REDIS_URL. Raises ValueError where a cluster is to be one of several."""
    urls = [part.strip() for part in redis_url.split(",") if part.strip()]
    nodes = tuple(url.replace(CLUSTER, "", 1) for url in urls if CLUSTER in url.partition("://")[0])
    if not nodes:
        return tuple(Address((url,), is_cluster=False) for url in urls)
    if len(nodes) < len(urls):
        raise ValueError("REDIS_URL: a Redis Cluster and other Redises do not go together")
    return (Address(nodes, is_cluster=True),)


@lru_cache(maxsize=65_536)
def choose(shards: tuple[Address, ...], name: str) -> int:
    """Which of the shards holds what has this name."""
    if len(shards) == 1:
        return 0
    return max(range(len(shards)), key=lambda index: _weight(shards[index].name, name))


def _weight(shard: str, name: str) -> bytes:
    return blake2b(f"{shard} {name}".encode(), digest_size=8).digest()


@contextmanager
def cluster_errors() -> Iterator[None]:
    """What redis-py says of a cluster that it cannot reach is no RedisError: here it becomes one."""
    try:
        yield
    except RedisClusterException as error:
        raise RedisIsAway(str(error)) from error
