"""AMF 0, the encoding of RTMP commands. Source: "Action Message Format – AMF 0" (Adobe, 2007), section 2."""

import struct
from collections.abc import Iterable
from typing import TypeAlias

from live.media.rtmp.errors import RtmpError

MAX_DEPTH = 8
MAX_VALUES = 2048

NUMBER, BOOLEAN, STRING, OBJECT = 0x00, 0x01, 0x02, 0x03
NULL, UNDEFINED, ECMA_ARRAY, OBJECT_END = 0x05, 0x06, 0x08, 0x09
STRICT_ARRAY, DATE, LONG_STRING, UNSUPPORTED, XML, TYPED_OBJECT = 0x0A, 0x0B, 0x0C, 0x0D, 0x0F, 0x10

AmfValue: TypeAlias = float | bool | str | dict[str, "AmfValue"] | list["AmfValue"] | None


def encode(*values: AmfValue) -> bytes:
    return b"".join(_encode(value) for value in values)


def decode(data: bytes) -> list[AmfValue]:
    """All values of a message body, in order. Raises RtmpError for anything that is not AMF 0 within our limits."""
    reader = _Reader(data)
    values = []
    while not reader.at_end:
        values.append(reader.value())
    return values


def _encode(value: AmfValue) -> bytes:
    if value is None:
        return bytes([NULL])
    if isinstance(value, bool):
        return bytes([BOOLEAN, value])
    if isinstance(value, (int, float)):
        return struct.pack(">Bd", NUMBER, value)
    if isinstance(value, str):
        raw = value.encode()
        if len(raw) > 0xFFFF:
            return struct.pack(">BI", LONG_STRING, len(raw)) + raw
        return struct.pack(">BH", STRING, len(raw)) + raw
    if isinstance(value, list):
        return struct.pack(">BI", STRICT_ARRAY, len(value)) + b"".join(_encode(item) for item in value)
    return bytes([OBJECT]) + _encode_members(value.items())


def _encode_members(members: Iterable[tuple[str, AmfValue]]) -> bytes:
    parts = []
    for name, value in members:
        raw = name.encode()
        parts.append(struct.pack(">H", len(raw)) + raw + _encode(value))
    return b"".join(parts) + struct.pack(">HB", 0, OBJECT_END)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._values_left = MAX_VALUES

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def value(self, depth: int = 0) -> AmfValue:
        self._values_left -= 1
        if depth > MAX_DEPTH or self._values_left < 0:
            raise RtmpError("AMF value too deep or too long")
        marker = self._take(1)[0]
        match marker:
            case 0x00:
                return float(struct.unpack(">d", self._take(8))[0])
            case 0x01:
                return self._take(1) != b"\0"
            case 0x02:
                return self._text(2)
            case 0x0C | 0x0F:
                return self._text(4)
            case 0x03:
                return self._members(depth)
            case 0x08:
                self._take(4)  # a count that writers get wrong: the end marker decides
                return self._members(depth)
            case 0x10:
                self._text(2)
                return self._members(depth)
            case 0x0A:
                return [self.value(depth + 1) for _ in range(self._number(4))]
            case 0x0B:
                return float(struct.unpack(">dh", self._take(10))[0])
            case 0x05 | 0x06 | 0x0D:
                return None
        raise RtmpError("AMF marker not known")

    def _members(self, depth: int) -> dict[str, AmfValue]:
        members: dict[str, AmfValue] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._at : self._at + 1] == bytes([OBJECT_END]):
                self._at += 1
                return members
            members[name] = self.value(depth + 1)

    def _text(self, length_bytes: int) -> str:
        return self._take(self._number(length_bytes)).decode(errors="replace")

    def _number(self, length_bytes: int) -> int:
        return int.from_bytes(self._take(length_bytes), "big")

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise RtmpError("AMF value ends early")
        piece = self._data[self._at : end]
        self._at = end
        return piece
