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

from project.realtime import protocol
from project.realtime.codes import INSUFFICIENT_STATE, POSITION_LOST, CloseCode
from project.realtime.store import Batch

log = logging.getLogger(__name__)

MOST_WINDOW_SECS = 0.05
# Of the loop's time, a channel's flushes may take about one part in this many.
WINDOW_PER_FLUSH_COST = 5
MOST_JOINING_LINES = 10_000
# Clients bound what they take: Python's `websockets` closes on a message of more than 1 MiB.
MOST_COALESCED_BYTES = 256 * 1024


class Viewer(Protocol):
    """A connection as the hub sees it."""

    def write(self, lines: Lines) -> None: ...
    def lose_position(self, channel: str) -> None: ...


class Lines:
    """What leaves in one flush: payload and frame are made once, and only when someone needs them."""

    __slots__ = ("_all", "_durable", "_has_ephemeral", "_lines")

    def __init__(self, lines: list[tuple[bytes, bool]]) -> None:
        self._lines = lines
        self._has_ephemeral = not all(durable for _, durable in lines)
        self._all: tuple[bytes, bytes] | None = None
        self._durable: tuple[bytes, bytes] | None = None

    def everything(self) -> tuple[bytes, bytes]:
        """(payload, WebSocket frame) of all lines."""
        if self._all is None:
            payload = b"\n".join([line for line, _ in self._lines])
            self._all = payload, protocol.server_frame(payload)
        return self._all

    def durable(self) -> tuple[bytes, bytes] | None:
        """The same without ephemeral lines, for a slow reader; None when nothing is left."""
        if not self._has_ephemeral:
            return self.everything()
        if self._durable is None:
            payload = b"\n".join([line for line, durable in self._lines if durable])
            self._durable = payload, protocol.server_frame(payload)
        return self._durable if self._durable[0] else None


class Channel:
    """One channel in this process: who is in it, and how far it has come."""

    def __init__(self, name: str, read_since: Callable[[str, int], Awaitable[Batch | None]]) -> None:
        self.name = name
        self.live: set[Viewer] = set()
        # Viewers that are being let in: what comes meanwhile waits here, (offset or None, line).
        self.joining: dict[Viewer, list[tuple[int | None, bytes]]] = {}
        # Viewers who know more than has arrived here: they were told the stream up to this offset.
        self._ahead: dict[Viewer, int] = {}
        self.epoch: str | None = None
        self.offset = 0
        self._read_since = read_since
        self._prefix = protocol.push_prefix(name)
        self._pending: list[tuple[bytes, bool]] = []
        self._pending_bytes = 0
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

    def settle(self, viewer: Viewer, *, top: int) -> list[bytes]:
        """Let a viewer in whose reply states everything up to offset `top`; answers the lines it needs after it."""
        waiting = self.joining.pop(viewer)
        # What the others still wait for is in `waiting` too: it must not reach this viewer twice.
        self._flush()
        if self.offset < top:
            self._ahead[viewer] = top
        else:
            self.live.add(viewer)
        return [line for offset, line in waiting if offset is None or offset > top]

    def leave(self, viewer: Viewer) -> None:
        self.live.discard(viewer)
        self.joining.pop(viewer, None)
        self._ahead.pop(viewer, None)

    def at(self, *, offset: int, epoch: str) -> None:
        """Where the stream stands, as read by somebody who joins."""
        if self.epoch is None:
            self.epoch, self.offset = epoch, offset

    def receive(self, batch: Batch) -> None:
        """Take what Redis sent: pass it on in order, without gap or repetition."""
        if batch.first is None:
            for payload in batch.payloads:
                self._line(payload, None)
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
                self._line(payload, offset)
                if self._ahead:
                    self._catch_up()

    def _catch_up(self) -> None:
        """Let in those who know everything that has arrived by now, and nothing more."""
        self._flush()
        for viewer in [viewer for viewer, top in self._ahead.items() if top <= self.offset]:
            del self._ahead[viewer]
            self.live.add(viewer)

    def _line(self, payload: bytes, offset: int | None) -> None:
        line = b"%b%b}}" % (self._prefix, protocol.publication(payload, offset))
        if self.live:
            self._pending.append((line, offset is not None))
            self._pending_bytes += len(line) + 1
            if self._pending_bytes >= MOST_COALESCED_BYTES:
                self._flush()
        for viewer, waiting in list(self.joining.items()):
            waiting.append((offset, line))
            if len(waiting) > MOST_JOINING_LINES:
                del self.joining[viewer]
                viewer.lose_position(self.name)

    def _lose_positions(self, epoch: str | None, offset: int) -> None:
        self._flush()
        self.epoch, self.offset = epoch, offset
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
        cost = self._flushed_at - started
        self._window_secs = min(MOST_WINDOW_SECS, cost * WINDOW_PER_FLUSH_COST)


LOST_CLIENT_SIDE: CloseCode = POSITION_LOST
LOST_SERVER_SIDE: CloseCode = INSUFFICIENT_STATE
