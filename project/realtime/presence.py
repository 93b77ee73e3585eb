"""Who is in a channel now: distinct people, on however many connections and processes.

Each process keeps a set of its own people per channel in Redis and touches it every few seconds; the set of a process
that died goes by itself. Counting is one union over the processes that are alive.

    souk:{show:7}:processes       sorted set: process → when it lapses (seconds since the epoch)
    souk:{show:7}:people:<process>  set of people (`u42`, `g…`)
    souk:{show:7}:clients         hash: process → number of its connections
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from project.realtime import publisher
from project.realtime.redis_link import Scripts, end
from project.realtime.store import Keys

log = logging.getLogger(__name__)

TTL_SECS = 30
REFRESH_SECS = 10
WRITE_SECS = 0.25

# KEYS processes, clients. ARGV now, prefix of the sets. Answers {connections, distinct people}.
COUNT = """
local lapsed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
for _, process in ipairs(lapsed) do
  redis.call('ZREM', KEYS[1], process)
  redis.call('HDEL', KEYS[2], process)
end
local alive = redis.call('ZRANGE', KEYS[1], 0, -1)
if #alive == 0 then return {0, 0} end
local sets, clients = {}, 0
for i, process in ipairs(alive) do
  sets[i] = ARGV[2] .. process
  clients = clients + tonumber(redis.call('HGET', KEYS[2], process) or '0')
end
if #sets == 1 then return {clients, redis.call('SCARD', sets[1])} end
return {clients, #redis.call('SUNION', unpack(sets))}
"""


class Headcount(NamedTuple):
    clients: int
    people: int


def _call(channel: str) -> tuple[list[str], list[str]]:
    base = Keys.of(channel).channel
    return [f"{base}:processes", f"{base}:clients"], [f"{time.time():.3f}", f"{base}:people:"]


def count_sync(channel: str) -> Headcount:
    """Connections and distinct people in a channel now; zero when Redis does not answer."""
    keys, args = _call(channel)
    try:
        clients, people = publisher.client().eval(COUNT, len(keys), *keys, *args)
    except RedisError:
        return Headcount(0, 0)
    return Headcount(int(clients), int(people))


class Presence:
    """This process's part of it."""

    def __init__(self, scripts: Scripts, process: str) -> None:
        self._scripts = scripts
        self._process = process
        self._people: dict[str, Counter[str]] = {}
        # What changed since the last write: channel → {person: is here}.
        self._changes: dict[str, dict[str, bool]] = {}
        self._written_at = 0.0
        self._task = asyncio.get_running_loop().create_task(self._keep())
        _of_loop[asyncio.get_running_loop()] = self

    def enter(self, channel: str, person: str) -> None:
        here = self._people.setdefault(channel, Counter())
        here[person] += 1
        changes = self._changes.setdefault(channel, {})
        if here[person] == 1:
            changes[person] = True

    def leave(self, channel: str, person: str) -> None:
        here = self._people[channel]
        here[person] -= 1
        changes = self._changes.setdefault(channel, {})
        if here[person] == 0:
            del here[person]
            changes[person] = False
        if not here:
            del self._people[channel]

    async def count(self, channel: str) -> Headcount:
        """Connections and distinct people in a channel now. Raises RedisError."""
        if channel in self._changes:
            await self._write([channel])
        keys, args = _call(channel)
        clients, people = await self._scripts.run(COUNT, keys, args)
        return Headcount(int(clients), int(people))

    async def elected(self, name: str, secs: float) -> bool:
        """Whether this process is the one that does `name` for the next `secs` seconds. Raises RedisError."""
        return bool(
            await self._scripts.redis.set(f"souk:elected:{name}", self._process, nx=True, px=round(secs * 1000))
        )

    def rewrite(self) -> None:
        """Redis may have forgotten everything: write it anew."""
        for channel, here in self._people.items():
            self._changes.setdefault(channel, {}).update(dict.fromkeys(here, True))

    async def close(self) -> None:
        await end(self._task)
        for channel, here in self._people.items():
            self._changes.setdefault(channel, {}).update(dict.fromkeys(here, False))
        self._people.clear()
        with contextlib.suppress(RedisError):  # then the sets lapse by themselves
            await self._write(list(self._changes))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECS)
            try:
                if self._changes:
                    await self._write(list(self._changes))
                if time.monotonic() - self._written_at > REFRESH_SECS:
                    self._written_at = time.monotonic()
                    await self._touch()
            except RedisError as error:
                log.warning("presence is not written: %r", error)

    async def _write(self, channels: list[str]) -> None:
        taken = {channel: self._changes.pop(channel) for channel in channels if channel in self._changes}
        try:
            async with self._scripts.redis.pipeline(transaction=False) as pipeline:
                for channel, changes in taken.items():
                    base = Keys.of(channel).channel
                    people = f"{base}:people:{self._process}"
                    if came := [person for person, is_here in changes.items() if is_here]:
                        pipeline.sadd(people, *came)
                    if gone := [person for person, is_here in changes.items() if not is_here]:
                        pipeline.srem(people, *gone)
                    self._touch_channel(pipeline, channel)
                await pipeline.execute()
        except RedisError:
            for channel, changes in taken.items():
                self._changes[channel] = {**changes, **self._changes.get(channel, {})}
            raise

    async def _touch(self) -> None:
        async with self._scripts.redis.pipeline(transaction=False) as pipeline:
            for channel in self._people:
                self._touch_channel(pipeline, channel)
            await pipeline.execute()

    def _touch_channel(self, pipeline: Any, channel: str) -> None:
        base = Keys.of(channel).channel
        if here := self._people.get(channel):
            pipeline.expire(f"{base}:people:{self._process}", TTL_SECS)
            pipeline.zadd(f"{base}:processes", {self._process: time.time() + TTL_SECS})
            pipeline.hset(f"{base}:clients", self._process, here.total())
            pipeline.expire(f"{base}:processes", TTL_SECS * 2)
            pipeline.expire(f"{base}:clients", TTL_SECS * 2)
        else:
            pipeline.zrem(f"{base}:processes", self._process)
            pipeline.hdel(f"{base}:clients", self._process)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Presence] = WeakKeyDictionary()


def current() -> Presence:
    """The presence of this loop's engine. Raises KeyError where no engine runs."""
    return _of_loop[asyncio.get_running_loop()]


async def count(channel: str) -> Headcount:
    """Connections and distinct people in a channel now. Raises RedisError."""
    return await current().count(channel)


async def elected(name: str, secs: float) -> bool:
    """Whether this process is the one that does `name` for the next `secs` seconds. Raises RedisError."""
    return await current().elected(name, secs)
