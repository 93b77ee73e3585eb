"""The hub: everything of one channel is received, encoded and framed once per process, then written to each socket.

Publications of a channel leave as one frame per flush window. The window is 0 for a quiet channel and grows with what
a flush costs, so that fan-out never takes more than its share of the loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from redis.exceptions import RedisError

from project.realtime import metrics
from project.realtime.protocol.codecs import Codec
from project.realtime.protocol.messages import Item
from project.realtime.protocol.websocket import server_frame
from project.realtime.recent import Recent
from project.realtime.store import Batch

log = logging.getLogger(__name__)

MOST_WINDOW_SECS = 0.05
# Of the loop's time, a channel's flushes may take about one part in this many.
WINDOW_PER_FLUSH_COST = 5
MOST_JOINING_ITEMS = 10_000
# Clients bound what they take: Python's `websockets` closes on a message of more than 1 MiB.
MOST_COALESCED_BYTES = 256 * 1024

Encoded = tuple[bytes, bytes]


class Viewer(Protocol):
    """A connection as the hub sees it."""

    def write(self, lines: Lines) -> None: ...
    def lose_position(self, channel: str) -> None: ...


class Encodings(dict[Codec, Encoded]):
    """(payload, WebSocket frame) of some items by codec; made when somebody asks first, found without a call later."""

    __slots__ = ("_items",)

    def __init__(self, items: list[Item]) -> None:
        self._items = items

    def __missing__(self, codec: Codec) -> Encoded:
        payload = codec.payload([item.line(codec) for item in self._items]) if self._items else b""
        found = self[codec] = payload, server_frame(payload, codec.opcode)
        return found


class Lines:
    """What leaves in one flush: payload and frame are made once per codec, and only when someone needs them."""

    __slots__ = ("_durable", "encoded", "items")

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.encoded = Encodings(items)
        self._durable: Encodings | None = None

    def everything(self, codec: Codec) -> Encoded:
        """(payload, WebSocket frame) of all items."""
        return self.encoded[codec]

    def durable(self, codec: Codec) -> Encoded | None:
        """The same without what is ephemeral, for a slow reader; None when nothing is left."""
        if self._durable is None:
            durable = [item for item in self.items if item.offset is not None]
            self._durable = self.encoded if len(durable) == len(self.items) else Encodings(durable)
        found = self._durable[codec]
        return found if found[0] else None

    @property
    def dropped(self) -> int:
        """How many items somebody does not get who gets the durable ones only."""
        return sum(item.offset is None for item in self.items)


class Channel:
    """One channel in this process: who is in it, and how far it has come."""

    def __init__(
        self, name: str, read_since: Callable[[str, int], Awaitable[Batch | None]], *, history_size: int
    ) -> None:
        self.name = name
        self.live: set[Viewer] = set()
        # Viewers that are being let in: what comes meanwhile waits here.
        self.joining: dict[Viewer, list[Item]] = {}
        # Viewers who know more than has arrived here: they were told the stream up to this offset.
        self._ahead: dict[Viewer, int] = {}
        self.epoch: str | None = None
        self.offset = 0
        self.recent = Recent(history_size)
        # One joiner reads the stream, and who waited finds it read.
        self.reading = asyncio.Lock()
        self._read_since = read_since
        self._pending: list[Item] = []
        self._pending_bytes = 0
        # When the oldest of what is pending was published; 0 where that is not known.
        self._published_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._window_secs = 0.0
        self._flushed_at = 0.0
        # While a gap is being filled, what arrives waits here.
        self._behind: list[Batch] | None = None
        self._unchecked = False
        self._task: asyncio.Task[None] | None = None

    @property
    def empty(self) -> bool:
        return not self.live and not self.joining and not self._ahead

    def begin(self, viewer: Viewer) -> None:
        """Keep for this viewer what comes from now on."""
        self.joining[viewer] = []

    def follows(self, viewer: Viewer, *, epoch: str, top: int) -> bool:
        """Whether what this viewer gets from here goes on, without a gap, where the stream was read: up to `top`.

        Not so when the first message that arrived here came after one that was lost, or the stream has begun anew.
        """
        if epoch != self.epoch:
            self.check()
            return False
        offsets = (item.offset for item in self.joining[viewer] if item.offset is not None)
        return next((offset for offset in offsets if offset > top), top + 1) == top + 1

    def settle(self, viewer: Viewer, *, top: int) -> list[Item]:
        """Let a viewer in whose reply states everything up to offset `top`; answers the items it needs after it."""
        waiting = self.joining.pop(viewer)
        # What the others still wait for is in `waiting` too: it must not reach this viewer twice.
        self._flush()
        if self.offset < top:
            self._ahead[viewer] = top
        else:
            self.live.add(viewer)
        return [item for item in waiting if item.offset is None or item.offset > top]

    def leave(self, viewer: Viewer) -> None:
        self.live.discard(viewer)
        self.joining.pop(viewer, None)
        self._ahead.pop(viewer, None)

    def at(self, *, offset: int, epoch: str) -> None:
        """Where the stream stands, as read by somebody who joins."""
        if self.epoch is None:
            self.epoch, self.offset = epoch, offset

    @property
    def is_up_to_date(self) -> bool:
        """Whether what has arrived here is known, and no gap is being filled."""
        return self.epoch is not None and self._behind is None

    def receive(self, batch: Batch) -> None:
        """Take what Redis sent: pass it on in order, without gap or repetition."""
        if not self._pending:
            self._published_at = batch.published_at
        if batch.first is None:
            for payload in batch.payloads:
                self._pass_on(Item(self.name, payload, None))
        elif self._behind is not None:
            self._behind.append(batch)
            return
        elif self.epoch is None:
            self.epoch, self.offset = batch.epoch, batch.first - 1
            self._take(batch)
        elif batch.epoch != self.epoch:
            self._lose_positions(batch.epoch, batch.first - 1)
            self._take(batch)
        elif batch.first > self.offset + 1:
            self._behind = [batch]
            self.check()
            return
        else:
            self._take(batch)
        self._schedule()

    def check(self) -> None:
        """Something may be missing: read the stream, and pass on what did not arrive."""
        if self._behind is None:
            self._behind = []
        self._unchecked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fill_all())

    async def _fill_all(self) -> None:
        # A read says what was there when Redis answered: a check that is asked for meanwhile needs one of its own.
        while self._unchecked:
            self._unchecked = False
            await self._fill()

    async def _fill(self) -> None:
        try:
            missing = await self._read_since(self.name, self.offset) if self.epoch is not None else None
        except (RedisError, OSError) as error:
            log.warning("the stream of %s could not be read: %r", self.name, error)
            missing = Batch(None, "", [])
        except Exception:
            log.exception("the stream of %s could not be read", self.name)
            missing = Batch(None, "", [])
        behind, self._behind = self._behind or [], None
        if missing is not None and (missing.epoch != self.epoch or missing.first is None):
            self._lose_positions(None, 0)
        elif missing is not None:
            self._take(missing)
        for batch in behind:
            self.receive(batch)
        self._schedule()

    def _take(self, batch: Batch) -> None:
        assert batch.first is not None
        for offset, payload in enumerate(batch.payloads, batch.first):
            if offset == self.offset + 1:
                self.offset = offset
                item = Item(self.name, payload, offset)
                self.recent.add(item)
                self._pass_on(item)
                if self._ahead:
                    self._catch_up()

    def _catch_up(self) -> None:
        """Let in those who know everything that has arrived by now, and nothing more."""
        self._flush()
        for viewer in [viewer for viewer, top in self._ahead.items() if top <= self.offset]:
            del self._ahead[viewer]
            self.live.add(viewer)

    def _pass_on(self, item: Item) -> None:
        if self.live:
            self._pending.append(item)
            self._pending_bytes += item.size
            if self._pending_bytes >= MOST_COALESCED_BYTES:
                self._flush()
        for viewer, waiting in list(self.joining.items()):
            waiting.append(item)
            if len(waiting) > MOST_JOINING_ITEMS:
                del self.joining[viewer]
                viewer.lose_position(self.name)

    def _lose_positions(self, epoch: str | None, offset: int) -> None:
        self._flush()
        self.epoch, self.offset = epoch, offset
        self.recent.clear()
        viewers = [*self.live, *self.joining, *self._ahead]
        # At once: one later publication, and they would take themselves for up to date.
        self.live.clear()
        self.joining.clear()
        self._ahead.clear()
        for viewer in viewers:
            viewer.lose_position(self.name)

    def _schedule(self) -> None:
        if not self._pending or self._timer is not None:
            return
        wait = self._flushed_at + self._window_secs - time.monotonic()
        if wait <= 0:
            self._flush()
        else:
            self._timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending:
            return
        started = time.monotonic()
        lines = Lines(self._pending)
        self._pending, self._pending_bytes = [], 0
        for viewer in list(self.live):
            try:
                viewer.write(lines)
            except Exception:
                log.exception("a viewer of %s cannot be written to", self.name)
        self._flushed_at = time.monotonic()
        metrics.flushed(
            len(lines.items),
            ephemeral=lines.dropped,
            receivers=len(self.live),
            published_at=self._published_at,
        )
        self._published_at = 0.0
        cost = self._flushed_at - started
        self._window_secs = min(MOST_WINDOW_SECS, cost * WINDOW_PER_FLUSH_COST)
