"""The engine of one process: its channels, its link to Redis, its connections, and the one timer that pings them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import msgspec
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from project.kernel.database import database
from project.realtime import identity, outbox, router, store
from project.realtime.codes import BANNED, SESSION_ENDED, SHUTDOWN, CloseCode
from project.realtime.hub import Channel
from project.realtime.presence import Presence
from project.realtime.redis_link import Listener, Scripts, end
from project.realtime.store import Batch, History, Keys

if TYPE_CHECKING:
    from project.realtime.connection import Connection

log = logging.getLogger(__name__)

PING_SECS = 25
SWEEP_SECS = 1.0
# Who cannot be let in within this time is told so, before the SDKs lose patience (5 s) and connect anew.
ENTER_WITHIN_SECS = 4.0
CODES = {code.reason: code for code in (SESSION_ENDED, BANNED)}


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
        self.scripts = Scripts(settings.REDIS_URL)
        self.presence = Presence(self.scripts, self.process)
        self.channels: dict[str, Channel] = {}
        self.connections: set[Connection] = set()
        # Counts what may have ended sessions: who was identified meanwhile is to be checked once more.
        self.orders_heard = 0
        self._entered: set[str] = set()
        self._listener = Listener(settings.REDIS_URL, self._received, self._reconnected)
        # A wheel of one slot a second: each connection is pinged when its slot comes round.
        self._wheel: list[set[Connection]] = [set() for _ in range(PING_SECS)]
        self._slot = 0
        loop = asyncio.get_running_loop()
        self._tasks = {loop.create_task(job) for job in (self._turn_wheel(), self._sweep_outbox(), self._hear_orders())}

    # Connections

    def add(self, connection: Connection) -> None:
        self.connections.add(connection)
        self._wheel[hash(connection) // 16 % PING_SECS].add(connection)

    def remove(self, connection: Connection) -> None:
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
            channel = self.channels[name] = Channel(name, self._read_since)
        channel.begin(connection)
        try:
            async with asyncio.timeout(ENTER_WITHIN_SECS):
                await self._listener.subscribe(Keys.of(name).channel)
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
            if name in self._entered and (found := router.topic_of(name)):
                self._entered.discard(name)
                await found[0].left(id=found[1])
            if name not in self.channels:
                await self._listener.unsubscribe(Keys.of(name).channel)

    async def history(
        self, name: str, *, since: int | None = None, most: int = 0, last: str = "+", reverse: bool = False
    ) -> History:
        """At most `most` publications and the stream's top. Raises RedisError.

        Those after offset `since` (None: none of them), the oldest first; with `reverse` those before it (None: from
        the top), the newest first.
        """
        return History.of(
            await self.scripts.run(store.read_call(name, since=since, most=most, last=last, reverse=reverse))
        )

    async def publish(self, name: str, items: list[bytes], *, durable: bool) -> None:
        """From a socket; durable items get offsets where the channel keeps a history. Raises RedisError."""
        await self.scripts.run(store.publish_call(name, items) if durable else store.push_call(name, items))

    async def _read_since(self, name: str, since: int) -> Batch | None:
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
        if name == store.CONTROL.encode():
            self._obey(msgspec.json.decode(data))
        elif channel := self.channels.get(store.channel_of(name)):
            channel.receive(store.read_message(data))

    async def _reconnected(self) -> None:
        """Messages may have been missed: streams are read again, presence is written anew, sessions are re-checked."""
        self.presence.rewrite()
        for channel in self.channels.values():
            channel.check()
        self.orders_heard += 1
        self._spawn(self._recheck())

    async def _recheck(self) -> None:
        callers = {connection.caller for connection in self.connections if not connection.caller.is_guest}
        for caller in callers:
            try:
                valid = await database(identity.current().still_valid, caller)
            except Exception as error:
                log.warning("a session is not checked before its next refresh: %r", error)
                continue
            if not valid:
                self._end(caller.user_id, caller.session_id, SESSION_ENDED)

    # Orders to all processes: see `project.realtime.control`

    async def _hear_orders(self) -> None:
        await self._listener.subscribe(store.CONTROL)
        # What was ordered before did not arrive.
        self.orders_heard += 1
        await self._recheck()

    def _obey(self, order: dict[str, Any]) -> None:
        self.orders_heard += 1
        code = CODES.get(order.get("reason", ""), SESSION_ENDED)
        if "channel" in order:
            for connection in self._connections_of(order["user_id"], ""):
                self._spawn(connection.push_out(order["channel"]))
        else:
            self._end(order["user_id"], order.get("session_id", ""), code)

    def _end(self, user_id: int | None, session_id: str, code: CloseCode) -> None:
        for connection in list(self._connections_of(user_id, session_id)):
            connection.close(code)

    def _connections_of(self, user_id: int | None, session_id: str) -> Iterable[Connection]:
        for connection in self.connections:
            caller = connection.caller
            if caller.user_id == user_id and user_id is not None and session_id in ("", caller.session_id):
                yield connection

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

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all connections (they come back elsewhere), leave Redis."""
        for connection in list(self.connections):
            connection.close(SHUTDOWN)
        await end(*self._tasks)
        await self._listener.close()
        await self.presence.close()
        await self.scripts.close()
        Engine._of_loop.pop(asyncio.get_running_loop(), None)
