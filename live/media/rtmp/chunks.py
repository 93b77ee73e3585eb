"""The chunk stream (the spec, section 5.3): messages cut into interleaved chunks, and back."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from live.media.rtmp.errors import RtmpError

DEFAULT_CHUNK_SIZE = 128
MAX_CHUNK_SIZE = 0xFFFFFF
MAX_CHUNK_STREAMS = 32
EXTENDED = 0xFFFFFF


class MessageType(IntEnum):
    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_ACKNOWLEDGEMENT_SIZE = 5
    SET_PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA_AMF3 = 15
    COMMAND_AMF3 = 17
    DATA_AMF0 = 18
    COMMAND_AMF0 = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`timestamp` is in ms modulo 2³²; `type_id` is a MessageType or a number we do not know."""

    type_id: int
    stream_id: int = 0
    timestamp: int = 0
    body: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class _ChunkStream:
    timestamp: int = 0
    step: int = 0
    length: int = 0
    type_id: int = 0
    stream_id: int = 0
    extended: bool = False
    body: bytearray = field(default_factory=bytearray)

    @property
    def in_message(self) -> bool:
        return bool(self.body)


class ChunkReader:
    """Bytes in, whole messages out. `max_message` (bytes) bounds a message, and twice that all unfinished ones."""

    def __init__(self, *, max_message: int) -> None:
        self.max_message = max_message
        self._chunk_size = DEFAULT_CHUNK_SIZE
        self._buffer = bytearray()
        self._streams: dict[int, _ChunkStream] = {}
        self._unfinished = 0

    def receive(self, data: bytes) -> Iterator[Message]:
        """Yields messages as they complete; chunk sizes and aborts are applied here and yielded all the same."""
        self._buffer += data
        at = 0
        try:
            while True:
                parsed = self._chunk(at)
                if parsed is None:
                    return
                at, message = parsed
                if message is not None:
                    self._apply(message)
                    yield message
        finally:
            del self._buffer[:at]

    def _chunk(self, at: int) -> tuple[int, Message | None] | None:
        """One chunk at `at`: where it ends, and the message that it completes. None: not all of it has come."""
        buffer = self._buffer
        head = self._basic_header(at)
        if head is None:
            return None
        at, form, number = head
        size = (11, 7, 3, 0)[form]
        if len(buffer) < at + size:
            return None
        stream = self._streams.get(number)
        if stream is None:
            if form == 3:
                raise RtmpError("a chunk continues nothing")
            if len(self._streams) >= MAX_CHUNK_STREAMS:
                raise RtmpError("too many chunk streams")
            stream = _ChunkStream()
        if stream.in_message and form != 3:
            raise RtmpError("a message begins inside another")

        stamp = int.from_bytes(buffer[at : at + 3], "big") if form < 3 else 0
        length = int.from_bytes(buffer[at + 3 : at + 6], "big") if form < 2 else stream.length
        type_id = buffer[at + 6] if form < 2 else stream.type_id
        stream_id = int.from_bytes(buffer[at + 7 : at + 11], "little") if form == 0 else stream.stream_id
        extended = stamp == EXTENDED if form < 3 else stream.extended
        at += size
        if extended:
            if len(buffer) < at + 4:
                return None
            stamp = int.from_bytes(buffer[at : at + 4], "big")
            at += 4
        # Checked before the payload is awaited: a header alone must not make us buffer more than we allow.
        if length > self.max_message:
            raise RtmpError("message too long")
        wanted = min(self._chunk_size, length - len(stream.body))
        if self._unfinished + wanted > 2 * self.max_message:
            raise RtmpError("too much in unfinished messages")
        if len(buffer) < at + wanted:
            return None

        self._streams[number] = stream
        if form < 3:
            stream.step = stamp
        if not stream.in_message:
            # A form 3 chunk that begins a message repeats the step before it; after a form 0 chunk that is its
            # timestamp (the spec, 5.3.1.2.4).
            stream.timestamp = stamp if form == 0 else (stream.timestamp + stream.step) & 0xFFFFFFFF
        stream.length, stream.type_id, stream.stream_id, stream.extended = length, type_id, stream_id, extended
        stream.body += buffer[at : at + wanted]
        self._unfinished += wanted
        at += wanted
        if len(stream.body) < length:
            return at, None
        message = Message(type_id=type_id, stream_id=stream_id, timestamp=stream.timestamp, body=bytes(stream.body))
        self._drop(stream)
        return at, message

    def _basic_header(self, at: int) -> tuple[int, int, int] | None:
        buffer = self._buffer
        if len(buffer) <= at:
            return None
        form, number = buffer[at] >> 6, buffer[at] & 0x3F
        size = {0: 2, 1: 3}.get(number, 1)
        if len(buffer) < at + size:
            return None
        if size > 1:
            number = 64 + int.from_bytes(buffer[at + 1 : at + size], "little")
        return at + size, form, number

    def _apply(self, message: Message) -> None:
        if message.type_id == MessageType.SET_CHUNK_SIZE:
            size = control_number(message)
            if not 1 <= size <= 0x7FFFFFFF:
                raise RtmpError("chunk size out of range")
            self._chunk_size = min(size, MAX_CHUNK_SIZE)
        elif message.type_id == MessageType.ABORT:
            stream = self._streams.get(control_number(message))
            if stream is not None:
                self._drop(stream)

    def _drop(self, stream: _ChunkStream) -> None:
        self._unfinished -= len(stream.body)
        stream.body.clear()


class ChunkWriter:
    """Messages in, bytes out. One chunk stream for each kind of message, full headers: simple, and a few bytes more."""

    def __init__(self) -> None:
        self._chunk_size = DEFAULT_CHUNK_SIZE

    def write(self, message: Message) -> bytes:
        number = _chunk_stream_of(message.type_id)
        extended = struct.pack(">I", message.timestamp) if message.timestamp >= EXTENDED else b""
        header = (
            bytes([number])
            + min(message.timestamp, EXTENDED).to_bytes(3, "big")
            + len(message.body).to_bytes(3, "big")
            + bytes([message.type_id])
            + message.stream_id.to_bytes(4, "little")
            + extended
        )
        parts = [header, message.body[: self._chunk_size]]
        for start in range(self._chunk_size, len(message.body), self._chunk_size):
            parts += [bytes([0xC0 | number]), extended, message.body[start : start + self._chunk_size]]
        if message.type_id == MessageType.SET_CHUNK_SIZE:
            self._chunk_size = control_number(message)
        return b"".join(parts)


def control(type_id: MessageType, number: int, tail: bytes = b"") -> Message:
    return Message(type_id=type_id, body=struct.pack(">I", number) + tail)


def control_number(message: Message) -> int:
    if len(message.body) < 4:
        raise RtmpError("control message too short")
    return int.from_bytes(message.body[:4], "big")


def _chunk_stream_of(type_id: int) -> int:
    match type_id:
        case MessageType.COMMAND_AMF0 | MessageType.COMMAND_AMF3:
            return 3
        case MessageType.AUDIO:
            return 4
        case MessageType.VIDEO:
            return 6
        case MessageType.DATA_AMF0 | MessageType.DATA_AMF3:
            return 5
    return 2
