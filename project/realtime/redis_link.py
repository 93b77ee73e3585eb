"""The engine's ear: one connection that listens to Redis's Pub/Sub, and comes back."""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from project.realtime import metrics

log = logging.getLogger(__name__)

FIRST_RETRY_SECS = 0.05
LAST_RETRY_SECS = 2.0
# A link over which nothing came for this long is asked for a sign of life.
SILENCE_SECS = 10.0


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended.

    Again and again: while it connects, redis-py may take a cancellation for a failed connect, and the task goes on.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.1)


class Listener:
    """One Pub/Sub connection for all channels of this process.

    `on_message(name, data)` is called for each message, in order; `on_reconnect()` after the link was lost and all
    channels are subscribed again: what was published in between did not arrive. `urls()` are the places where the same
    is heard, of which one is taken, and another one when that is lost.
    """

    def __init__(
        self,
        urls: Callable[[], Sequence[str]],
        on_message: Callable[[bytes, bytes], None],
        on_reconnect: Callable[[], None],
    ) -> None:
        self._urls = urls
        self._on_message = on_message
        self._on_reconnect = on_reconnect
        self._names: set[str] = set()
        self._acks: dict[str, asyncio.Future[None]] = {}
        # SUBSCRIBEs that Redis has not answered: only the answer to the last one counts.
        self._asked: Counter[str] = Counter()
        self._connection: Any = None
        self._up = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._listen())

    @property
    def up(self) -> bool:
        return self._up.is_set()

    async def subscribe(self, name: str) -> None:
        """Return once Redis has acknowledged: whatever is published from now on arrives."""
        self._names.add(name)
        ack = self._acks.get(name)
        if ack is None:
            ack = self._acks[name] = asyncio.get_running_loop().create_future()
            if self.up:
                self._asked[name] += 1
            await self._send("SUBSCRIBE", name)
        await asyncio.shield(ack)

    async def unsubscribe(self, name: str) -> None:
        self._names.discard(name)
        self._acks.pop(name, None)
        await self._send("UNSUBSCRIBE", name)

    async def close(self) -> None:
        await end(self._task)

    async def _send(self, *command: str) -> None:
        """What cannot be sent now is made up for by the subscribing after the next connect."""
        if self.up:
            try:
                await self._connection.send_command(*command)
            except (RedisError, OSError):
                self._up.clear()

    async def _listen(self) -> None:
        retry_secs, lost = FIRST_RETRY_SECS, False
        while True:
            self._connection = _connection(random.choice(self._urls()))
            try:
                await self._connection.connect()
                names = list(self._names)
                self._asked = Counter(names)
                # Before the first await: who subscribes from now on sends for himself.
                self._up.set()
                if names:
                    await self._connection.send_command("SUBSCRIBE", *names)
                missing = set(names)
                retry_secs = FIRST_RETRY_SECS
                metrics.REDIS_RECONNECTS.value += lost
                await self._read(missing if lost else set())
            except (TimeoutError, RedisError, OSError) as error:
                log.warning("the link to Redis is lost: %r", error)
            except Exception:
                log.exception("the link to Redis is begun anew")
            finally:
                self._up.clear()
                await self._connection.disconnect(nowait=True)
            lost = True
            await asyncio.sleep(retry_secs)
            retry_secs = min(LAST_RETRY_SECS, retry_secs * 2)

    async def _read(self, missing: set[str]) -> None:
        """Take what comes until the link is lost; `missing` are the names without which it is not what it was."""
        loop = asyncio.get_running_loop()
        asked = False
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECS) as silence:
                    while True:
                        kind, name, data = await self._message()
                        asked = False
                        if kind == b"message":
                            self._pass_on(name, data)
                        elif kind == b"subscribe":
                            self._acknowledge(name.decode(), missing)
                        ends_at = loop.time() + SILENCE_SECS
                        # Not for each message: it would cost more than to read one.
                        if ends_at - (silence.when() or 0) > SILENCE_SECS / 10:
                            silence.reschedule(ends_at)
            except TimeoutError:
                if asked:
                    raise
                asked = True
                await self._connection.send_command("PING")

    def _pass_on(self, name: bytes, data: bytes) -> None:
        try:
            self._on_message(name, data)
        except Exception:  # one bad message must not make the process deaf
            log.exception("a message on %r could not be taken", name)

    def _acknowledge(self, name: str, missing: set[str]) -> None:
        self._asked[name] -= 1
        if self._asked[name] > 0:
            return
        del self._asked[name]
        if (ack := self._acks.get(name)) and not ack.done():
            ack.set_result(None)
        if name in missing:
            missing.discard(name)
            if not missing:
                self._on_reconnect()

    async def _message(self) -> tuple[bytes, bytes, bytes]:
        kind, name, *rest = await self._connection.read_response(timeout=math.inf, disconnect_on_error=False)
        return kind, name or b"", rest[0] if rest else b""


def _connection(url: str) -> Any:
    # RESP2: messages come as plain arrays of bytes.
    pool = redis.asyncio.ConnectionPool.from_url(url, protocol=2, socket_connect_timeout=2)
    return pool.make_connection()  # type: ignore[no-untyped-call]
