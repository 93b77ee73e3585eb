"""The two forms of the protocol: JSON, and Protobuf of the same schema. One codec a connection, chosen when it opens.

JSON: a frame holds 1..n objects joined by newlines. Protobuf: 1..n messages, each behind its length as a varint.
Source: https://centrifugal.dev/docs/transports/client_protocol, and the SDKs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Protocol

import msgspec
from google.protobuf.message import DecodeError

from project.realtime.codes import CloseCode, ErrorCode
from project.realtime.protocol import schema
from project.realtime.protocol.messages import (
    MOST_COMMANDS,
    NO_DATA,
    REQUESTS,
    BadFrame,
    ClientInfo,
    Command,
    Item,
    Request,
)
from project.realtime.protocol.websocket import BINARY, TEXT, server_frame


class Codec(Protocol):
    name: str
    opcode: int
    # A ping as a whole WebSocket frame, and as its payload.
    ping: tuple[bytes, bytes]

    def decode_frame(self, frame: bytes) -> list[Command]:
        """Commands of a frame, in order. Raises BadFrame for what is not of the protocol."""

    def request(self, command: Command) -> Request:
        """The command's body. Raises msgspec.ValidationError for one of another shape."""

    def reply(self, id: int, name: str, result: Mapping[str, Any]) -> bytes:
        """A reply; its result is there even when it is empty. Publications in it are Items."""

    def error(self, id: int, error: ErrorCode) -> bytes: ...
    def push(self, item: Item) -> bytes: ...
    def unsubscribe(self, channel: str, code: CloseCode) -> bytes: ...

    def disconnect(self, code: CloseCode) -> bytes:
        """Sent before every close: daphne drops a close frame's reason, and the JS SDK heeds a code only with one."""

    def payload(self, lines: Sequence[bytes]) -> bytes:
        """Replies and pushes as one payload of a WebSocket message."""


class _JsonCommand(msgspec.Struct, frozen=True):
    id: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0
    rpc: msgspec.Raw = NO_DATA
    subscribe: msgspec.Raw = NO_DATA
    connect: msgspec.Raw = NO_DATA
    publish: msgspec.Raw = NO_DATA
    unsubscribe: msgspec.Raw = NO_DATA
    presence: msgspec.Raw = NO_DATA
    presence_stats: msgspec.Raw = NO_DATA
    history: msgspec.Raw = NO_DATA
    ping: msgspec.Raw = NO_DATA
    send: msgspec.Raw = NO_DATA
    refresh: msgspec.Raw = NO_DATA
    sub_refresh: msgspec.Raw = NO_DATA


class JsonCodec:
    name = "json"
    opcode = TEXT
    ping = b"{}", server_frame(b"{}")

    def __init__(self) -> None:
        self._commands = msgspec.json.Decoder(_JsonCommand)
        self._requests = {name: msgspec.json.Decoder(shape) for name, shape in REQUESTS.items()}
        self._encode = msgspec.json.Encoder(enc_hook=self._raw_publication).encode

    def decode_frame(self, frame: bytes) -> list[Command]:
        try:
            # Not splitlines(): a JSON text may hold other line separators.
            lines = [line for line in frame.split(b"\n") if line and not line.isspace()]
            if len(lines) > MOST_COMMANDS:
                raise BadFrame("too many commands")
            return [self._command(line) for line in lines]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadFrame(str(error)) from error

    def _command(self, line: bytes) -> Command:
        command = self._commands.decode(line)
        for name in REQUESTS:
            body = getattr(command, name)
            if body is not NO_DATA and bytes(body) != b"null":
                return Command(command.id, name, body)
        return Command(command.id, "", None)

    def request(self, command: Command) -> Request:
        try:
            return self._requests[command.name].decode(command.body)  # type: ignore[arg-type]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise msgspec.ValidationError(str(error)) from error

    def reply(self, id: int, name: str, result: Mapping[str, Any]) -> bytes:
        return self._encode({"id": id, name: result})

    def error(self, id: int, error: ErrorCode) -> bytes:
        body: dict[str, Any] = {"code": error.code, "message": error.message}
        if error.temporary:
            body["temporary"] = True
        return self._encode({"id": id, "error": body})

    def push(self, item: Item) -> bytes:
        channel = self._encode(item.channel)
        if item.kind == "pub":
            return b'{"push":{"channel":%b,"pub":%b}}' % (channel, _publication(item))
        return b'{"push":{"channel":%b,"%b":{"info":%b}}}' % (channel, item.kind.encode(), item.info)

    def unsubscribe(self, channel: str, code: CloseCode) -> bytes:
        return self._encode({"push": {"channel": channel, "unsubscribe": {"code": code.code, "reason": code.reason}}})

    def disconnect(self, code: CloseCode) -> bytes:
        body = {"code": code.code, "reason": code.reason, "reconnect": code.reconnect}
        return self._encode({"push": {"disconnect": body}})

    def payload(self, lines: Sequence[bytes]) -> bytes:
        return lines[0] if len(lines) == 1 else b"\n".join(lines)

    @staticmethod
    def _raw_publication(item: Any) -> msgspec.Raw:
        if not isinstance(item, Item):
            raise TypeError(f"{type(item).__name__} is no part of a reply")
        return msgspec.Raw(_publication(item))


def _publication(item: Item) -> bytes:
    """A publication as it stands in a push or in `publications`."""
    info = b',"info":%b' % item.info if item.info else b""
    offset = b"" if item.offset is None else b',"offset":%d' % item.offset
    return b'{"data":%b%b%b}' % (item.payload, info, offset)


class ProtobufCodec:
    name = "protobuf"
    opcode = BINARY
    ping = b"\x00", server_frame(b"\x00", BINARY)

    def decode_frame(self, frame: bytes) -> list[Command]:
        try:
            messages = list(itertools.islice(_delimited(frame), MOST_COMMANDS + 1))
            if len(messages) > MOST_COMMANDS:
                raise BadFrame("too many commands")
            return [self._command(message) for message in messages]
        except (DecodeError, UnicodeDecodeError) as error:
            raise BadFrame(str(error)) from error

    def _command(self, encoded: bytes) -> Command:
        message = schema.Command.FromString(encoded)
        for name in REQUESTS:
            if message.HasField(name):
                return Command(message.id, name, getattr(message, name))
        return Command(message.id, "", None)

    def request(self, command: Command) -> Request:
        return msgspec.convert(_read(command.body), REQUESTS[command.name])

    def reply(self, id: int, name: str, result: Mapping[str, Any]) -> bytes:
        reply = schema.Reply(id=id)
        body = getattr(reply, name)
        body.SetInParent()
        _fill(body, result)
        return _behind_length(reply.SerializeToString())

    def error(self, id: int, error: ErrorCode) -> bytes:
        return _behind_length(schema.Reply(id=id, error=error._asdict()).SerializeToString())

    def push(self, item: Item) -> bytes:
        reply = schema.Reply()
        reply.push.channel = item.channel
        if item.kind == "pub":
            _fill_publication(reply.push.pub, item)
        else:
            _fill(getattr(reply.push, item.kind).info, _info(item))
        return _behind_length(reply.SerializeToString())

    def unsubscribe(self, channel: str, code: CloseCode) -> bytes:
        push = {"channel": channel, "unsubscribe": {"code": code.code, "reason": code.reason}}
        return _behind_length(schema.Reply(push=push).SerializeToString())

    def disconnect(self, code: CloseCode) -> bytes:
        body = {"code": code.code, "reason": code.reason, "reconnect": code.reconnect}
        return _behind_length(schema.Reply(push={"disconnect": body}).SerializeToString())

    def payload(self, lines: Sequence[bytes]) -> bytes:
        return b"".join(lines)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _behind_length(message: bytes) -> bytes:
    return _varint(len(message)) + message


def _delimited(frame: bytes) -> Iterable[bytes]:
    place = 0
    while place < len(frame):
        size = shift = 0
        while True:
            if place == len(frame) or shift > 28:
                raise BadFrame("a length is cut off")
            byte = frame[place]
            place += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if place + size > len(frame):
            raise BadFrame("a message is cut off")
        yield frame[place : place + size]
        place += size


def _read(message: Any) -> dict[str, Any]:
    """The fields that are set, as `msgspec.convert` takes them; `bytes` are JSON."""
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.name == "subs":
            found["subs"] = {key: _read(item) for key, item in value.items()}
        elif field.message_type is not None:
            found[field.name] = _read(value)
        else:
            found[field.name] = msgspec.Raw(value) if field.type == field.TYPE_BYTES else value
    return found


def _fill(message: Any, values: Mapping[str, Any]) -> None:
    """Set a message's fields; what its schema calls bytes is sent as JSON."""
    fields = message.DESCRIPTOR.fields_by_name
    for name, value in values.items():
        field = fields[name]
        if name == "publications":
            for item in value:
                _fill_publication(message.publications.add(), item)
        elif name in ("subs", "presence"):
            for key, item in value.items():
                entry = getattr(message, name)[key]
                _fill(entry, item if isinstance(item, Mapping) else msgspec.to_builtins(item))
        elif field.type == field.TYPE_BYTES:
            setattr(message, name, msgspec.json.encode(value))
        else:
            setattr(message, name, value)


def _fill_publication(message: Any, item: Item) -> None:
    message.data = item.payload
    if item.offset is not None:
        message.offset = item.offset
    if item.info:
        _fill(message.info, _info(item))


def _info(item: Item) -> dict[str, str]:
    info = msgspec.json.decode(item.info, type=ClientInfo)
    return {"user": info.user, "client": info.client}


JSON: Codec = JsonCodec()
PROTOBUF: Codec = ProtobufCodec()
# WebSocket subprotocols; a client that names none speaks JSON.
BY_SUBPROTOCOL: dict[str, Codec] = {"centrifuge-json": JSON, "centrifuge-protobuf": PROTOBUF}
