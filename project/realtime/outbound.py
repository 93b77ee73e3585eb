"""The way out of a connection: ready frames where the server can write them, ASGI messages where it cannot."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from project.realtime import protocol
from project.realtime.codes import CloseCode

# A reader that is this far behind gets no ephemeral lines; beyond the second limit it is closed, and recovers.
SLOW_BYTES = 64 * 1024
MOST_BYTES = 256 * 1024

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outbound(Protocol):
    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet."""

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        """Send a text message; `frame` is the same, framed already."""

    async def drained(self) -> None:
        """Wait until the client has taken most of it, or is gone."""

    def close(self, code: CloseCode) -> None: ...


class FrameWriter(Protocol):
    """What a server offers under `scope["extensions"]["souk.frames"]`."""

    def write_frame(self, frame: bytes) -> None: ...
    def backlog(self) -> int: ...
    async def drained(self) -> None: ...
    def finish(self, close_frame: bytes) -> None: ...


class FrameOutbound:
    """Writes straight to the server's transport."""

    __slots__ = ("_writer",)

    def __init__(self, writer: FrameWriter) -> None:
        self._writer = writer

    @property
    def backlog(self) -> int:
        return self._writer.backlog()

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        self._writer.write_frame(frame or protocol.server_frame(payload))

    async def drained(self) -> None:
        await self._writer.drained()

    def close(self, code: CloseCode) -> None:
        self._writer.write_frame(protocol.server_frame(protocol.disconnect_push(code)))
        self._writer.finish(protocol.close_frame(code))


class QueueOutbound:
    """Sends ASGI messages one after the other, for any ASGI server."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def backlog(self) -> int:
        return self._bytes

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        self._bytes += len(payload)
        self._put({"type": "websocket.send", "text": payload.decode()})

    async def drained(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})

    def close(self, code: CloseCode) -> None:
        self.write(protocol.disconnect_push(code))
        self._put({"type": "websocket.close", "code": code.code, "reason": code.reason})

    def _put(self, message: dict[str, Any]) -> None:
        self._waiting.append(message)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            try:
                await self._send(message)
            except Exception:  # the client is gone: each server has an error of its own for that
                self._waiting.clear()
                self._bytes = 0
                return
            self._bytes -= len(message.get("text", "").encode())
