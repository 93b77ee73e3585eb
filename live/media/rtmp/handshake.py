"""The simple handshake (the spec, section 5.2), both sides. The peers' signed variants fall back to it."""

import os

from live.media.rtmp.errors import RtmpError

VERSION = 3
SIZE = 1536


class ServerHandshake:
    """Waits for C0 C1, answers S0 S1 S2, waits for C2."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answered = False
        self.done = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Returns what to send and what is left over for the chunk stream."""
        self._buffer += data
        reply = b""
        if self._buffer and not self._answered and self._buffer[0] != VERSION:
            raise RtmpError("not an RTMP handshake")
        if not self._answered and len(self._buffer) >= 1 + SIZE:
            reply = bytes([VERSION]) + _random_packet() + bytes(self._buffer[1 : 1 + SIZE])
            del self._buffer[: 1 + SIZE]
            self._answered = True
        if self._answered and len(self._buffer) >= SIZE:
            # C2 should echo S1; publishers in use send other things, and nothing hangs on it.
            rest = bytes(self._buffer[SIZE:])
            self._buffer.clear()
            self.done = True
            return reply, rest
        return reply, b""


class ClientHandshake:
    """Sends C0 C1, waits for S0 S1 S2, answers C2."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.done = False

    def begin(self) -> bytes:
        return bytes([VERSION]) + _random_packet()

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        self._buffer += data
        if self._buffer and self._buffer[0] != VERSION:
            raise RtmpError("not an RTMP handshake")
        whole = 1 + 2 * SIZE
        if len(self._buffer) < whole:
            return b"", b""
        reply, rest = bytes(self._buffer[1 : 1 + SIZE]), bytes(self._buffer[whole:])
        self._buffer.clear()
        self.done = True
        return reply, rest


def _random_packet() -> bytes:
    """Time 0, zero (so: no digest), random bytes."""
    return bytes(8) + os.urandom(SIZE - 8)
