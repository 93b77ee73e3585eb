"""The way out of a connection, and the one through ASGI messages, for any server."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from project.realtime.codes import CloseCode
from project.realtime.protocol.codecs import Codec
from project.realtime.protocol.websocket import TEXT

# A reader that is this far behind gets no ephemeral lines; beyond the second limit it is closed, and recovers.
SLOW_BYTES = 64 * 1024
MOST_BYTES = 256 * 1024

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outbound(Protocol):
    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet."""

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        """Send a message; `frame` is the same, framed already."""

    async def drained(self) -> None:
        """Wait until the client has taken most of it, or is gone."""

    def close(self, code: CloseCode, goodbye: bytes) -> None:
        """End the connection; `goodbye` is the protocol's own message of it."""


class QueueOutbound:
    """Sends ASGI messages one after the other, for any ASGI server."""

    def __init__(self, send: Send, codec: Codec) -> None:
        self._send = send
        self._is_text = codec.opcode == TEXT
        self._waiting: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def backlog(self) -> int:
        return self._bytes

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        self._bytes += len(payload)
        body = {"text": payload.decode()} if self._is_text else {"bytes": payload}
        self._put({"type": "websocket.send", "size": len(payload), **body})

    async def drained(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})

    def close(self, code: CloseCode, goodbye: bytes) -> None:
        self.write(goodbye)
        self._put({"type": "websocket.close", "code": code.code, "reason": code.reason})

    def _put(self, message: dict[str, Any]) -> None:
        self._waiting.append(message)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            size = message.pop("size", 0)
            try:
                await self._send(message)
            except Exception:  # the client is gone: each server has an error of its own for that
                self._waiting.clear()
                self._bytes = 0
                return
            self._bytes -= size
