"""The engine of one process: its channels, its link to Redis, its connections, and the one timer that pings them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from project.kernel.database import database
from project.kernel.gather import Gather
from project.realtime import metrics, outbox, router, store
from project.realtime.codes import SHUTDOWN
from project.realtime.deadlines import Deadlines
from project.realtime.hub import Channel
from project.realtime.orders import Orders
from project.realtime.positions import Positions
from project.realtime.presence import Presence
from project.realtime.redis_link import end
from project.realtime.shards import Shard, Shards
from project.realtime.store import Batch, History, Keys

if TYPE_CHECKING:
    from project.realtime.connection import Connection

log = logging.getLogger(__name__)

PING_SECS = 25
CONNECT_WITHIN_SECS = 10.0
CATCH_UP_WITHIN_SECS = 9.0
SWEEP_SECS = 1.0
# Who cannot be let in within this time is told so, before the SDKs lose patience (5 s) and connect anew.
ENTER_WITHIN_SECS = 4.0


class _Part(NamedTuple):
    """Of a stream: as `store.read_call` takes it."""

    channel: str
    since: int | None
    most: int
    last: str
    reverse: bool


async def _read_streams(shard: Shard, parts: Sequence[_Part]) -> dict[_Part, History]:
    """However many come back at the same moment, one round trip."""
    calls = [
        store.read_call(one.channel, since=one.since, most=one.most, last=one.last, reverse=one.reverse)
        for one in parts
    ]
    return dict(zip(parts, map(History.of, await shard.run_all(calls)), strict=True))


class Engine:
    _of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Engine] = WeakKeyDictionary()

    @classmethod
    def current(cls) -> Engine:
        """The engine of the running loop; the first call starts it."""
        loop = asyncio.get_running_loop()
        if loop not in cls._of_loop:
            cls._of_loop[loop] = cls()
        return cls._of_loop[loop]

    def __init__(self) -> None:
        self.process = secrets.token_hex(6)
        self.shards = Shards(settings.REDIS_URL)
        self.presence = Presence(self.shards, self.process)
        self.channels: dict[str, Channel] = {}
        self.connections: set[Connection] = set()
        # The first of them is being published.
        self._announcements: deque[tuple[str, bytes]] = deque()
        self._entered: set[str] = set()
        self._orders = Orders(self)
        self._reads = {shard: Gather(partial(_read_streams, shard)) for shard in self.shards.all}
        self._positions = Positions(self.shards, lambda: [self._orders.channel, *self.channels.values()])
        self.shards.listen(self._received, self._reconnected)
        # Who has not said yet who they are, and who does not read what lasts.
        self.stale: Deadlines[Connection] = Deadlines(CONNECT_WITHIN_SECS, lambda one: one.end_if_stale())
        self.behind: Deadlines[Connection] = Deadlines(CATCH_UP_WITHIN_SECS, lambda one: one.end_if_behind())
        # A wheel of one slot a second: each connection is pinged when its slot comes round.
        self._wheel: list[set[Connection]] = [set() for _ in range(PING_SECS)]
        self._slot = 0
        loop = asyncio.get_running_loop()
        jobs = (self._turn_wheel(), self._sweep_outbox(), self._orders.hear(), self._positions.keep())
        self._tasks = {loop.create_task(job) for job in (*jobs, metrics.watch(self.shards))}

    @property
    def orders_heard(self) -> int:
        """Counts what may have ended sessions: who was identified meanwhile is to be checked once more."""
        return self._orders.heard

    # Connections

    def add(self, connection: Connection) -> None:
        self.stale.discard(connection)
        self.connections.add(connection)
        self._wheel[hash(connection) // 16 % PING_SECS].add(connection)

    def remove(self, connection: Connection) -> None:
        self.stale.discard(connection)
        self.behind.discard(connection)
        self.connections.discard(connection)
        self._wheel[hash(connection) // 16 % PING_SECS].discard(connection)

    async def _turn_wheel(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._slot = (self._slot + 1) % PING_SECS
            for connection in list(self._wheel[self._slot]):
                try:
                    connection.ping()
                except Exception:
                    log.exception("a connection cannot be pinged")

    # Channels

    async def enter(self, name: str, connection: Connection) -> Channel:
        """Register a connection that is about to join; returns once publications reach this process.

        Raises TimeoutError when Redis is away.
        """
        channel = self.channels.get(name)
        if channel is None:
            channel = self.channels[name] = Channel(name, self.read_since, history_size=store.kept(name)[0])
            metrics.CHANNELS.add(metrics.kind_of(name))
        channel.begin(connection)
        try:
            async with asyncio.timeout(ENTER_WITHIN_SECS):
                await self.shards.of(name).subscribe(Keys.of(name).channel)
        except BaseException:
            await self.leave(name, connection)
            raise
        # Not the first to come, who may have given up, but the first to get in.
        if name not in self._entered and (found := router.topic_of(name)):
            self._entered.add(name)
            await found[0].entered(id=found[1])
        return channel

    async def leave(self, name: str, connection: Connection) -> None:
        channel = self.channels.get(name)
        if channel is None:
            return
        channel.leave(connection)
        if channel.empty:
            del self.channels[name]
            metrics.CHANNELS.add(metrics.kind_of(name), much=-1)
            if name in self._entered and (found := router.topic_of(name)):
                self._entered.discard(name)
                await found[0].left(id=found[1])
            if name not in self.channels:
                await self.shards.of(name).unsubscribe(Keys.of(name).channel)

    async def history(
        self, name: str, *, since: int | None = None, most: int = 0, last: str = "+", reverse: bool = False
    ) -> History:
        """At most `most` publications and the stream's top. Raises RedisError.

        Those after offset `since` (None: none of them), the oldest first; with `reverse` those before it (None: from
        the top), the newest first.
        """
        found = await self._reads[self.shards.of(name)].get(_Part(name, since, most, last, reverse))
        assert found is not None
        return found

    async def publish(self, name: str, items: list[bytes], *, durable: bool) -> None:
        """From a socket; durable items get offsets where the channel keeps a history. Raises RedisError."""
        call = store.publish_call(name, items) if durable else store.push_call(name, items)
        await self.shards.of(name).run(call)

    def announce(self, name: str, item: bytes) -> None:
        """Push that somebody came or went: soon, and in the order in which it happened here."""
        self._announcements.append((name, item))
        if len(self._announcements) == 1:
            self.spawn(self._announce())

    async def _announce(self) -> None:
        while self._announcements:
            name, item = self._announcements[0]
            try:
                await self.publish(name, [item], durable=False)
            except (RedisError, OSError) as error:
                # Each of those that wait would wait as long: who is there is counted, and seen when Redis is back.
                log.warning("%d who came or went are not announced: %r", len(self._announcements), error)
                self._announcements.clear()
            else:
                self._announcements.popleft()

    async def read_since(self, name: str, since: int) -> Batch | None:
        """For a channel that missed something: all after `since`, or a Batch without `first` when some are gone."""
        size, _ = store.kept(name)
        found = await self.history(name, since=since, most=size)
        if found.offset == since:
            return Batch(since + 1, found.epoch, [])
        if not found.publications or found.publications[0][0] != since + 1:
            return Batch(None, found.epoch, [])
        return Batch(since + 1, found.epoch, [payload for _, payload in found.publications])

    # What comes from Redis

    def _received(self, name: bytes, data: bytes) -> None:
        channel = self._listening(store.channel_of(name))
        if channel:
            channel.receive(store.read_message(data))

    def _listening(self, name: str) -> Channel | None:
        return self._orders.channel if name == store.ORDERS else self.channels.get(name)

    def _reconnected(self, shard: Shard) -> None:
        """Messages may have been missed: streams are read again, presence is written anew, sessions are re-checked."""
        self.presence.rewrite(shard)
        self.spawn(self._positions.check(shard, patience_secs=0))
        if shard is self.shards.of(store.ORDERS):
            self._orders.heard += 1
            self.spawn(self._orders.recheck())

    # The rest

    async def _sweep_outbox(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECS)
            try:
                await database(outbox.sweep)
            except (DatabaseError, RedisError) as error:
                log.warning("the outbox is not swept: %r", error)
            except Exception:
                log.exception("the outbox is not swept")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that ends with the engine at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all connections (they come back elsewhere), leave Redis."""
        for connection in list(self.connections):
            connection.close(SHUTDOWN)
        await self.shards.deafen()
        await end(*self._tasks)
        await self.presence.close()
        await self.shards.close()
        Engine._of_loop.pop(asyncio.get_running_loop(), None)
