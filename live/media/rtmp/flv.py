"""FLV tags. Source: "Adobe Flash Video File Format Specification", version 10.1, annex E; enhanced RTMP v1 for the
FourCC form of video tags."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from live.media.rtmp.errors import RtmpError


class TagKind(IntEnum):
    AUDIO = 8
    VIDEO = 9
    SCRIPT = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One FLV tag; `timestamp` in ms modulo 2³²."""

    kind: TagKind
    timestamp: int
    body: bytes = field(repr=False)

    def as_bytes(self) -> bytes:
        header = struct.pack(">BB", self.kind, len(self.body) >> 16) + struct.pack(
            ">HHBB", len(self.body) & 0xFFFF, self.timestamp >> 8 & 0xFFFF, self.timestamp & 0xFF, self.timestamp >> 24
        )
        return header + b"\0\0\0" + self.body + struct.pack(">I", 11 + len(self.body))

    @property
    def is_video_frame(self) -> bool:
        """A coded picture: neither a codec header nor an end-of-sequence mark."""
        if self.kind != TagKind.VIDEO or len(self.body) < 2:
            return False
        if self.body[0] & 0x80:
            return self.body[0] & 0x0F in (1, 3)
        return self.body[1] == 1 if self.body[0] & 0x0F == 7 else True

    @property
    def is_codec_header(self) -> bool:
        if len(self.body) < 2:
            return False
        if self.kind == TagKind.AUDIO:
            return self.body[0] >> 4 == 10 and self.body[1] == 0
        if self.kind == TagKind.VIDEO:
            return self.body[0] & 0x0F == 0 if self.body[0] & 0x80 else self.body[0] & 0x0F == 7 and self.body[1] == 0
        return False


def file_header(*, audio: bool, video: bool) -> bytes:
    return b"FLV\x01" + bytes([audio << 2 | video]) + struct.pack(">II", 9, 0)


class FlvReader:
    """Bytes of an FLV file in, tags out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_body = False

    def receive(self, data: bytes) -> Iterator[Tag]:
        self._buffer += data
        if not self._in_body:
            if len(self._buffer) < 13:
                return
            if self._buffer[:3] != b"FLV":
                raise RtmpError("not an FLV file")
            del self._buffer[:13]
            self._in_body = True
        while len(self._buffer) >= 11:
            size = int.from_bytes(self._buffer[1:4], "big")
            end = 11 + size + 4
            if len(self._buffer) < end:
                return
            kind = self._buffer[0] & 0x1F
            timestamp = self._buffer[7] << 24 | int.from_bytes(self._buffer[4:7], "big")
            body = bytes(self._buffer[11 : 11 + size])
            del self._buffer[:end]
            if kind in TagKind.__members__.values():
                yield Tag(kind=TagKind(kind), timestamp=timestamp, body=body)
