"""WebSocket frames as clients send them, without I/O: bytes in, messages and control frames out.

Source: RFC 6455, sections 5.2 (framing), 5.4 (fragments), 5.5 (control frames), 7.4.1 (codes) and 8.1 (UTF-8).
"""

from __future__ import annotations

from typing import NamedTuple

try:
    from websockets.speedups import apply_mask
except ImportError:  # no wheel for this machine: an XOR of two large integers
    from websockets.utils import apply_mask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009
MOST_CONTROL_BYTES = 125


class BrokenFrame(Exception):
    """The client does not keep to the protocol; the connection ends with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Message(NamedTuple):
    """A whole message (TEXT, BINARY) or a control frame (CLOSE, PING, PONG), unmasked."""

    opcode: int
    payload: bytes


class FrameReader:
    """Takes what arrives in pieces of any size, and keeps no more of it than a message may be long.

    What was fed waits as it came until `next` asks for it: tiny frames that nobody has time for cost their bytes.
    """

    __slots__ = ("_at", "_begun", "_data", "_most", "_opcode")

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._data = b""
        self._at = 0
        # Of a message that comes in fragments: CONTINUATION when there is none.
        self._opcode = CONTINUATION
        self._begun: bytearray | None = None

    @property
    def waiting(self) -> bytes:
        """What was fed and not taken yet."""
        return self._data[self._at :]

    @property
    def waiting_bytes(self) -> int:
        return len(self._data) - self._at

    def skip(self, size: int) -> None:
        """Leave out what is no frame."""
        self._at += size

    def feed(self, data: bytes) -> None:
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def next(self) -> Message | None:
        """The next message, or None until more was fed. Raises BrokenFrame, after which nothing may follow."""
        while (frame := self._frame()) is not None:
            is_final, opcode, payload = frame
            if opcode < CLOSE and not (is_final and opcode):
                if not is_final:
                    self._begin_or_go_on(opcode, payload)
                    continue
                opcode, payload = self._finish(payload)
            if opcode == TEXT and not payload.isascii():
                _check_utf8(payload)
            return Message(opcode, payload)
        return None

    def _frame(self) -> tuple[int, int, bytes] | None:
        """(is it final, opcode, unmasked payload) of the frame that is next, when all of it is there."""
        data, at = self._data, self._at
        there = len(data) - at
        if there < 2:
            return None
        first, second = data[at], data[at + 1]
        opcode, size, at = first & 15, second & 127, at + 2
        self._check_head(first, second)
        if size == 126:
            if there < 4:
                return None
            size, at = int.from_bytes(data[at : at + 2], "big"), at + 2
        elif size == 127:
            if there < 10:
                return None
            size, at = int.from_bytes(data[at : at + 8], "big"), at + 8
        before = len(self._begun) if self._begun and opcode < CLOSE else 0
        if before + size > self._most:
            raise BrokenFrame(TOO_BIG, "message too big")
        begins, ends = at + 4, at + 4 + size
        if ends > len(data):
            return None
        payload = apply_mask(data[begins:ends], data[at:begins])
        if ends == len(data):
            self._data, self._at = b"", 0
        else:
            self._at = ends
        return first & 128, opcode, payload

    def _check_head(self, first: int, second: int) -> None:
        opcode = first & 15
        if first & 0x70:
            raise BrokenFrame(PROTOCOL_ERROR, "reserved bits are set")
        if second < 128:
            raise BrokenFrame(PROTOCOL_ERROR, "a client has to mask")
        if opcode >= CLOSE:
            if opcode > PONG:
                raise BrokenFrame(PROTOCOL_ERROR, "unknown opcode")
            if first < 128 or second & 127 > MOST_CONTROL_BYTES:
                raise BrokenFrame(PROTOCOL_ERROR, "a control frame is short and whole")
        elif opcode > BINARY:
            raise BrokenFrame(PROTOCOL_ERROR, "unknown opcode")
        elif (opcode == CONTINUATION) == (self._opcode == CONTINUATION):
            raise BrokenFrame(PROTOCOL_ERROR, "fragments out of order")

    def _begin_or_go_on(self, opcode: int, payload: bytes) -> None:
        if self._begun is None:
            self._opcode, self._begun = opcode, bytearray()
        self._begun += payload

    def _finish(self, payload: bytes) -> tuple[int, bytes]:
        opcode, whole = self._opcode, bytes(self._begun or b"") + payload
        self._opcode, self._begun = CONTINUATION, None
        return opcode, whole


def _check_utf8(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        raise BrokenFrame(NOT_UTF8, "text is not UTF-8") from error


def close_code(payload: bytes) -> int | None:
    """The code in a close frame, None in one without. Raises BrokenFrame for one that nobody may send."""
    if not payload:
        return None
    code = int.from_bytes(payload[:2], "big")
    is_given_out = 1000 <= code <= 1014 and code not in (1004, 1005, 1006) or 3000 <= code <= 4999
    if len(payload) < 2 or not is_given_out:
        raise BrokenFrame(PROTOCOL_ERROR, "no such close code")
    _check_utf8(payload[2:])
    return code
