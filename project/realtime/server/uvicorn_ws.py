"""A WebSocket protocol class for uvicorn that can write a ready frame to its transport.

It offers itself to the application as `scope["extensions"]["souk.frames"]`; everything else is uvicorn's own.
"""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

# A peer that does not take the close frame within this time is cut off.
CLOSE_WITHIN_SECS = 5.0


class FrameProtocol(WebSocketsSansIOProtocol):
    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"]["souk.frames"] = self  # type: ignore[assignment]

    def start_keepalive(self) -> None:
        """Not here: the engine pings, and cuts off who does not answer. uvicorn would wait until all is read."""

    def write_frame(self, frame: bytes) -> None:
        """Send a whole frame; nothing happens on a connection that is closing."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(frame)

    def backlog(self) -> int:
        """Bytes that the transport has not handed to the kernel yet."""
        return self.transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Wait until the transport's buffer is nearly empty, or the connection lost."""
        await self.writable.wait()

    def finish(self, close_frame: bytes) -> None:
        """Send the close frame behind what is waiting, and end."""
        if self.close_sent or self.transport.is_closing():
            return
        self.transport.write(close_frame)
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1000})
        self.close_timer = self.loop.call_later(CLOSE_WITHIN_SECS, self.transport.abort)
