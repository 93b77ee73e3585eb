"""All of Redis, as the engine sees it: one shard or several, each a single Redis or a whole Redis Cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import redis.asyncio
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoScriptError, RedisError

from project.realtime.addresses import Address, addresses, choose, cluster_errors
from project.realtime.redis_link import Listener
from project.realtime.store import Call

# So many commands are under way at once; who comes then waits: a thousand may want to join at the same moment.
MOST_AT_ONCE = 16
WAIT_SECS = 10
OPTIONS: dict[str, Any] = {"protocol": 2, "socket_timeout": 5, "socket_connect_timeout": 2}

OnMessage = Callable[[bytes, bytes], None]


class Shard:
    """A client for commands, and a link that listens."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._redis: Any = _client(address)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._listener: Listener | None = None

    @property
    def is_up(self) -> bool:
        return self._listener is not None and self._listener.up

    def listen(self, on_message: OnMessage, on_reconnect: Callable[[Shard], None]) -> None:
        """`on_reconnect(shard)`: what was published while the link was lost did not arrive."""
        self._listener = Listener(self._urls, on_message, lambda: on_reconnect(self))

    async def subscribe(self, name: str) -> None:
        """Return once Redis has acknowledged: whatever is published from now on arrives."""
        assert self._listener is not None
        await self._listener.subscribe(name)

    async def unsubscribe(self, name: str) -> None:
        assert self._listener is not None
        await self._listener.unsubscribe(name)

    async def execute(self, *command: Any) -> Any:
        """Raises RedisError, and TimeoutError when it never came to its turn."""
        if self._turns.locked():
            async with asyncio.timeout(WAIT_SECS):
                await self._turns.acquire()
        else:
            await self._turns.acquire()
        try:
            with cluster_errors():
                return await self._redis.execute_command(*command)
        finally:
            self._turns.release()

    async def run(self, call: Call) -> Any:
        """As `execute`."""
        try:
            return await self.execute(*call.command)
        except NoScriptError:
            return await self.execute(*call.whole_command)

    async def execute_all(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """In one round trip. Raises RedisError; then some commands may have been carried out."""
        with cluster_errors():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.execute_command(*command)
                answers: list[Any] = await pipeline.execute()
                return answers

    async def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """As `execute_all`, of scripts that may be run twice."""
        try:
            return await self.execute_all([call.command for call in calls])
        except NoScriptError:
            return await self.execute_all([call.whole_command for call in calls])

    async def deafen(self) -> None:
        if self._listener is not None:
            await self._listener.close()

    async def close(self) -> None:
        await self._redis.aclose()

    def _urls(self) -> list[str]:
        """Where one may listen. A cluster passes what is published on to all of its nodes."""
        if not self.address.is_cluster:
            return list(self.address.urls)
        known = {*self.address.hosts, *((node.host, int(node.port)) for node in self._redis.get_nodes())}
        first = urlsplit(self.address.urls[0])
        account = first.netloc.rpartition("@")[0]
        return [first._replace(netloc=_netloc(account, *place)).geturl() for place in known]


def _netloc(account: str, host: str, port: int) -> str:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{account}@{where}" if account else where


def _client(address: Address) -> Any:
    if not address.is_cluster:
        return redis.asyncio.Redis.from_url(address.urls[0], max_connections=2 * MOST_AT_ONCE, **OPTIONS)
    nodes = [ClusterNode(host, port) for host, port in address.hosts]
    return RedisCluster.from_url(address.urls[0], startup_nodes=nodes, **OPTIONS)


class Shards:
    """`of(name)` is the shard that holds what has this name: a channel with all of its keys, or anything else."""

    def __init__(self, redis_url: str) -> None:
        self._addresses = addresses(redis_url)
        self.all = [Shard(address) for address in self._addresses]

    def of(self, name: str) -> Shard:
        return self.all[choose(self._addresses, name)]

    def split(self, names: Iterable[str]) -> dict[Shard, list[str]]:
        """The names by the shard that holds them."""
        parts: dict[Shard, list[str]] = {}
        for name in names:
            parts.setdefault(self.of(name), []).append(name)
        return parts

    @property
    def are_up(self) -> bool:
        return all(shard.is_up for shard in self.all)

    def listen(self, on_message: OnMessage, on_reconnect: Callable[[Shard], None]) -> None:
        for shard in self.all:
            shard.listen(on_message, on_reconnect)

    async def deafen(self) -> None:
        """Listen no more."""
        for shard in self.all:
            await shard.deafen()

    async def close(self) -> None:
        await self.deafen()
        for shard in self.all:
            await shard.close()


def first_error(errors: Iterable[Any]) -> None:
    """Raise what went wrong first, after everything was tried."""
    for error in errors:
        if isinstance(error, RedisError):
            raise error
