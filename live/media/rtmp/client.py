"""The publisher's side: what the demo uses, so that its key stands on no command line."""

from live.media.rtmp import amf0
from live.media.rtmp.chunks import ChunkReader, ChunkWriter, Message, MessageType, control
from live.media.rtmp.flv import Tag, TagKind
from live.media.rtmp.handshake import ClientHandshake
from live.media.rtmp.server import CHUNK_SIZE, MAX_COMMAND, STREAM_ID


class ClientSession:
    """Connects and publishes: feed it with `receive`, send what is `outgoing`, and `send` tags once `is_publishing`."""

    def __init__(self, *, app: str, url: str, key: str) -> None:
        self._app, self._url, self._key = app, url, key
        self._handshake = ClientHandshake()
        self._reader = ChunkReader(max_message=MAX_COMMAND)
        self._writer = ChunkWriter()
        self._out = bytearray(self._handshake.begin())
        self.is_publishing = False
        self.refusal: str | None = None

    def receive(self, data: bytes) -> None:
        if not self._handshake.done:
            reply, data = self._handshake.receive(data)
            self._out += reply
            if not self._handshake.done:
                return
            self._send(control(MessageType.SET_CHUNK_SIZE, CHUNK_SIZE))
            self._command("connect", 1.0, {"app": self._app, "type": "nonprivate", "tcUrl": self._url})
        for message in self._reader.receive(data):
            if message.type_id == MessageType.COMMAND_AMF0:
                self._handle(amf0.decode(message.body))

    def send(self, tag: Tag) -> None:
        body = tag.body
        if tag.kind is TagKind.SCRIPT:
            body = amf0.encode("@setDataFrame") + body
        self._send(Message(type_id=tag.kind, stream_id=STREAM_ID, timestamp=tag.timestamp, body=body))

    def close(self) -> None:
        self._command("FCUnpublish", 0.0, None, self._key)
        self._command("deleteStream", 0.0, None, float(STREAM_ID))
        self.is_publishing = False

    def outgoing(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def _handle(self, values: list[amf0.AmfValue]) -> None:
        match values:
            case ["_result", 1.0, *_]:
                self._command("createStream", 2.0, None)
            case ["_result", 2.0, *_]:
                self._command("publish", 3.0, None, self._key, "live", stream_id=STREAM_ID)
            case ["onStatus", _, _, {"level": "error", "code": str(code)}]:
                self.refusal = code
            case ["onStatus", _, _, {"code": "NetStream.Publish.Start"}]:
                self.is_publishing = True
            case ["_error", *_]:
                self.refusal = "NetConnection.Connect.Rejected"

    def _command(self, *values: amf0.AmfValue, stream_id: int = 0) -> None:
        self._send(Message(type_id=MessageType.COMMAND_AMF0, stream_id=stream_id, body=amf0.encode(*values)))

    def _send(self, message: Message) -> None:
        self._out += self._writer.write(message)
