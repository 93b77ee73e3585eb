"""The server's side of a publisher's connection (the spec, section 7): bytes in, events and bytes out.

What OBS (librtmp) and ffmpeg need besides the spec's commands: releaseStream and FCPublish are answered before publish.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from live.media.rtmp import amf0
from live.media.rtmp.amf0 import AmfValue
from live.media.rtmp.chunks import ChunkReader, ChunkWriter, Message, MessageType, control, control_number
from live.media.rtmp.errors import RtmpError
from live.media.rtmp.flv import Tag, TagKind
from live.media.rtmp.handshake import ServerHandshake

MAX_COMMAND = 64 * 1024
MAX_MEDIA_MESSAGE = 8 * 1024 * 1024
CHUNK_SIZE = 16 * 1024
WINDOW = 2_500_000
STREAM_ID = 1


@dataclass(frozen=True, slots=True)
class PublishRequested:
    """Someone who knows `key` (or guesses) wants to publish: answer with accept() or refuse()."""

    app: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unpublished:
    """The publisher says that it is done."""


Event = PublishRequested | Tag | Unpublished


class _State(Enum):
    CONNECTING = auto()
    CONNECTED = auto()
    ASKED = auto()
    PUBLISHING = auto()
    CLOSED = auto()


class ServerSession:
    """Raises RtmpError from `receive` when the peer breaks the protocol or a limit; the connection must then close."""

    def __init__(self) -> None:
        self._handshake = ServerHandshake()
        # Before the key is known to be good nobody makes us keep more than a command's worth of bytes.
        self._reader = ChunkReader(max_message=MAX_COMMAND)
        self._writer = ChunkWriter()
        self._out = bytearray()
        self._state = _State.CONNECTING
        self._app = ""
        self._window = WINDOW
        self._received = 0
        self._acknowledged = 0

    @property
    def is_publishing(self) -> bool:
        return self._state is _State.PUBLISHING

    def receive(self, data: bytes) -> Iterator[Event]:
        """Handles commands as it goes; consume it wholly before the next call."""
        self._received += len(data)
        if not self._handshake.done:
            reply, data = self._handshake.receive(data)
            self._out += reply
        if self._handshake.done:
            for message in self._reader.receive(data):
                yield from self._handle(message)
        if self._received - self._acknowledged >= self._window:
            self._acknowledged = self._received
            self._send(control(MessageType.ACKNOWLEDGEMENT, self._received & 0xFFFFFFFF))

    def outgoing(self) -> bytes:
        """What is to be sent now; asking takes it."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def accept(self) -> None:
        self._state = _State.PUBLISHING
        self._reader.max_message = MAX_MEDIA_MESSAGE
        self._status(level="status", code="NetStream.Publish.Start", description="Publishing")

    def refuse(self, *, code: str, description: str) -> None:
        """`code` such as NetStream.Publish.BadName. The caller closes after sending what is outgoing."""
        self._state = _State.CLOSED
        self._status(level="error", code=code, description=description)

    def _handle(self, message: Message) -> Iterator[Event]:
        match message.type_id:
            case MessageType.WINDOW_ACKNOWLEDGEMENT_SIZE:
                self._window = min(max(control_number(message), 1024), WINDOW)
            case MessageType.USER_CONTROL:
                self._answer_ping(message.body)
            case MessageType.COMMAND_AMF0:
                yield from self._command(message.body)
            case MessageType.COMMAND_AMF3:
                yield from self._command(message.body[1:])
            case MessageType.AUDIO | MessageType.VIDEO if self.is_publishing:
                yield Tag(kind=TagKind(message.type_id), timestamp=message.timestamp, body=message.body)
            case MessageType.DATA_AMF0 if self.is_publishing:
                yield from _script_tag(message, message.body)
            case MessageType.DATA_AMF3 if self.is_publishing:
                yield from _script_tag(message, message.body[1:])

    def _command(self, body: bytes) -> Iterator[Event]:
        if len(body) > MAX_COMMAND:
            raise RtmpError("command too long")
        values = amf0.decode(body)
        name = values[0] if values else None
        number = values[1] if len(values) > 1 and isinstance(values[1], float) else 0.0
        if not isinstance(name, str):
            raise RtmpError("command without a name")
        match name:
            case "connect":
                self._connect(number, values)
            case "createStream":
                self._reply("_result", number, None, float(STREAM_ID))
            case "releaseStream" | "FCPublish" | "FCUnpublish" | "_checkbw" | "getStreamLength":
                if name == "FCPublish":
                    self._reply("onFCPublish", 0.0, None, {"code": "NetStream.Publish.Start", "description": ""})
                if number:
                    self._reply("_result", number, None, None)
                if name == "FCUnpublish" and self.is_publishing:
                    yield from self._unpublish()
            case "publish":
                yield self._publish(values)
            case "deleteStream" | "closeStream" if self.is_publishing:
                yield from self._unpublish()
            case "play" | "play2":
                raise RtmpError("this server does not play")

    def _connect(self, number: float, values: list[AmfValue]) -> None:
        if self._state is not _State.CONNECTING:
            raise RtmpError("connected twice")
        options = values[2] if len(values) > 2 else None
        app = options.get("app") if isinstance(options, dict) else None
        self._app = app.strip("/") if isinstance(app, str) else ""
        self._state = _State.CONNECTED
        self._send(control(MessageType.WINDOW_ACKNOWLEDGEMENT_SIZE, WINDOW))
        self._send(control(MessageType.SET_PEER_BANDWIDTH, WINDOW, b"\x02"))
        self._send(control(MessageType.SET_CHUNK_SIZE, CHUNK_SIZE))
        self._reply(
            "_result",
            number,
            {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0},
            {
                "level": "status",
                "code": "NetConnection.Connect.Success",
                "description": "Connected",
                "objectEncoding": 0.0,
            },
        )

    def _publish(self, values: list[AmfValue]) -> PublishRequested:
        if self._state is not _State.CONNECTED:
            raise RtmpError("publish out of turn")
        name = values[3] if len(values) > 3 else None
        if not isinstance(name, str):
            raise RtmpError("publish without a name")
        self._state = _State.ASKED
        return PublishRequested(app=self._app, key=name.partition("?")[0])

    def _unpublish(self) -> Iterator[Event]:
        self._state = _State.CLOSED
        self._status(level="status", code="NetStream.Unpublish.Success", description="Stopped")
        yield Unpublished()

    def _answer_ping(self, body: bytes) -> None:
        ping_request, ping_response = b"\0\6", b"\0\7"
        if body[:2] == ping_request and len(body) >= 6:
            self._send(Message(type_id=MessageType.USER_CONTROL, body=ping_response + body[2:6]))

    def _status(self, *, level: str, code: str, description: str) -> None:
        body = amf0.encode("onStatus", 0.0, None, {"level": level, "code": code, "description": description})
        self._send(Message(type_id=MessageType.COMMAND_AMF0, stream_id=STREAM_ID, body=body))

    def _reply(self, *values: AmfValue) -> None:
        self._send(Message(type_id=MessageType.COMMAND_AMF0, body=amf0.encode(*values)))

    def _send(self, message: Message) -> None:
        self._out += self._writer.write(message)


def _script_tag(message: Message, body: bytes) -> Iterator[Tag]:
    """Data messages of a publisher come as `@setDataFrame, name, value`; in a file only name and value stand."""
    prefix = amf0.encode("@setDataFrame")
    yield Tag(kind=TagKind.SCRIPT, timestamp=message.timestamp, body=body.removeprefix(prefix))
