"""What has arrived in this process and waits to be received. Used by any thread and any event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from channels.exceptions import ChannelFull

from project.kernel.counting import Total
from project.realtime.layer.errors import ChannelOverflow, Undelivered

log = logging.getLogger(__name__)

OVERFLOWS = Total("souk_layer_overflows_total", "Channels of Channels consumers that overflowed: their receivers end.")
EXPIRED = Total("souk_layer_expired_total", "Messages to Channels consumers that expired unread in this process.")

Waiter = asyncio.Future[None]


class Mailbox:
    """One channel. The messages are packed; none is appended after `failure`, which the receiver gets behind them."""

    __slots__ = ("capacity", "coming", "failure", "held", "messages", "waiters")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        # (when it arrived, message)
        self.messages: deque[tuple[float, bytes]] | None = None
        self.waiters: list[Waiter] = []
        # Sent from here, and on their way through Redis.
        self.coming = 0
        self.failure: Undelivered | None = None
        # While the channel's name is known to somebody.
        self.held: weakref.ref[Any] | None = None

    @property
    def waiting(self) -> int:
        return len(self.messages) if self.messages else 0

    @property
    def idle(self) -> bool:
        return not (self.messages or self.waiters or self.coming or self.failure or self.held)


class Mailboxes:
    def __init__(self, *, expiry: float, capacity_of: Callable[[str], int]) -> None:
        self._expiry = expiry
        self._capacity_of = capacity_of
        self._boxes: dict[str, Mailbox] = {}
        self._lock = threading.Lock()

    def hold(self, name: str, held: weakref.ref[Any]) -> None:
        """Keep a mailbox for a channel, until it is dropped."""
        with self._lock:
            self._box(name).held = held

    def drop(self, name: str) -> None:
        with self._lock:
            self._boxes.pop(name, None)

    def clear(self) -> None:
        """As if nothing had been sent; who waits goes on waiting."""
        with self._lock:
            for name, box in list(self._boxes.items()):
                box.messages, box.failure, box.coming = None, None, 0
                self._forget_idle(name, box)

    def sweep(self) -> None:
        """Drop what expired where nobody looks."""
        now = time.monotonic()
        with self._lock:
            for name, box in list(self._boxes.items()):
                self._expire(name, box, now)
                self._forget_idle(name, box)

    def reserve(self, name: str) -> None:
        """Count a message that is about to be sent from this process. Raises ChannelFull."""
        with self._lock:
            box = self._box(name)
            self._expire(name, box, time.monotonic())
            if box.failure or box.waiting + box.coming >= box.capacity:
                raise ChannelFull(name)
            box.coming += 1

    def release(self, name: str) -> None:
        """The message does not come."""
        with self._lock:
            if box := self._boxes.get(name):
                box.coming = max(0, box.coming - 1)

    def deliver(self, names: Iterable[str], message: bytes, *, counted: bool = False) -> list[str]:
        """Put a message into mailboxes; answers whose were full: those hold nothing more, and fail behind it."""
        now = time.monotonic()
        full: list[str] = []
        woken: list[Waiter] = []
        with self._lock:
            for name in names:
                box = self._box(name)
                if counted:
                    box.coming = max(0, box.coming - 1)
                if box.failure:
                    continue
                self._expire(name, box, now)
                if box.waiting < box.capacity:
                    self._put(box, now, message)
                else:
                    box.failure = ChannelOverflow(name)
                    full.append(name)
                if box.waiters:
                    woken.append(box.waiters.pop(0))
        OVERFLOWS.value += len(full)
        _wake(woken)
        return full

    def hand_over(self, name: str, message: bytes) -> bool:
        """Give a message to somebody who waits for one; False when nobody does."""
        with self._lock:
            box = self._box(name)
            if len(box.waiters) <= box.waiting:
                self._forget_idle(name, box)
                return False
            self._put(box, time.monotonic(), message)
            woken = [box.waiters.pop(0)]
        _wake(woken)
        return True

    def wants(self, name: str) -> bool:
        """Whether somebody waits for whom there is no message."""
        with self._lock:
            box = self._boxes.get(name)
            return box is not None and len(box.waiters) > box.waiting

    def surplus(self, name: str) -> list[bytes]:
        """Take out what nobody waits for, the newest first."""
        with self._lock:
            box = self._boxes.get(name)
            if box is None or not box.messages:
                return []
            found = [box.messages.pop()[1] for _ in range(box.waiting - len(box.waiters))]
            self._forget_idle(name, box)
            return found

    def fail(self, names: Iterable[str] | None, why: type[Undelivered]) -> list[str]:
        """Let receivers know that they missed something (None: all of process-specific channels); answers who."""
        failed: list[str] = []
        woken: list[Waiter] = []
        with self._lock:
            for name in [name for name in self._boxes if "!" in name] if names is None else names:
                box = self._box(name)
                box.coming = 0
                failed.append(name)
                if box.failure is None:
                    box.failure = why(name)
                woken += box.waiters
                box.waiters.clear()
        _wake(woken)
        return failed

    async def receive(self, name: str, on_waiting: Callable[[], None]) -> bytes:
        """The next message. Raises Undelivered.

        `on_waiting` is called each time before somebody waits for whom there is no message.
        """
        while True:
            with self._lock:
                box = self._box(name)
                self._expire(name, box, time.monotonic())
                if box.messages:
                    message = box.messages.popleft()[1]
                    others_wait = bool(box.waiters)
                    self._forget_idle(name, box)
                    break
                if box.failure:
                    failure, box.failure = box.failure, None
                    self._forget_idle(name, box)
                    raise failure
                waiter: Waiter = asyncio.get_running_loop().create_future()
                box.waiters.append(waiter)
            try:
                on_waiting()
                await waiter
            except BaseException:
                self._stop_waiting(name, box, waiter)
                raise
        if others_wait:
            on_waiting()
        return message

    def _stop_waiting(self, name: str, box: Mailbox, waiter: Waiter) -> None:
        woken: list[Waiter] = []
        with self._lock:
            if waiter in box.waiters:
                box.waiters.remove(waiter)
            elif box.waiters:
                # It had been woken: another one takes what it was woken for.
                woken.append(box.waiters.pop(0))
            if self._boxes.get(name) is box:
                self._forget_idle(name, box)
        _wake(woken)

    def _box(self, name: str) -> Mailbox:
        box = self._boxes.get(name)
        if box is None:
            box = self._boxes[name] = Mailbox(self._capacity_of(name))
        return box

    def _put(self, box: Mailbox, now: float, message: bytes) -> None:
        if box.messages is None:
            box.messages = deque()
        box.messages.append((now, message))

    def _expire(self, name: str, box: Mailbox, now: float) -> None:
        messages = box.messages
        if not messages or now - messages[0][0] <= self._expiry:
            return
        before = len(messages)
        while messages and now - messages[0][0] > self._expiry:
            messages.popleft()
        EXPIRED.value += before - len(messages)
        log.warning("%d messages on %s expired unread", before - len(messages), name)

    def _forget_idle(self, name: str, box: Mailbox) -> None:
        if not box.messages:
            # An empty deque takes 600 bytes, and most consumers get nothing most of the time.
            box.messages = None
        if box.idle:
            self._boxes.pop(name, None)


def _wake(waiters: Sequence[Waiter]) -> None:
    """One call a loop, however many wait there."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiter]] = {}
    for waiter in waiters:
        by_loop.setdefault(waiter.get_loop(), []).append(waiter)
    for loop, those in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, those)
        except RuntimeError:
            log.debug("a loop has ended with receivers in it")


def _resolve(waiters: Sequence[Waiter]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
