"""Centrifuge's client protocol v2, JSON form, without I/O: frames in, commands out; replies and pushes in, bytes out.

A frame holds 1..n JSON objects joined by newlines. Source: `client.proto` of centrifugal/protocol, and the SDKs.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from project.realtime.codes import CloseCode, ErrorCode

MOST_FRAME_BYTES = 65_536
PING = b"{}"

METHODS = (
    "connect",
    "subscribe",
    "unsubscribe",
    "publish",
    "presence",
    "presence_stats",
    "history",
    "ping",
    "send",
    "rpc",
    "refresh",
    "sub_refresh",
)


class BadFrame(Exception):
    """What arrived is not of the protocol; the connection cannot go on."""


class Command(msgspec.Struct, frozen=True):
    """One request of a client; `id` 0 means that it wants no reply. An empty object is the answer to a ping."""

    id: int = 0
    connect: dict[str, Any] | None = None
    subscribe: dict[str, Any] | None = None
    unsubscribe: dict[str, Any] | None = None
    publish: dict[str, Any] | None = None
    presence: dict[str, Any] | None = None
    presence_stats: dict[str, Any] | None = None
    history: dict[str, Any] | None = None
    ping: dict[str, Any] | None = None
    send: dict[str, Any] | None = None
    rpc: dict[str, Any] | None = None
    refresh: dict[str, Any] | None = None
    sub_refresh: dict[str, Any] | None = None

    @property
    def request(self) -> tuple[str, dict[str, Any]] | None:
        """The name of the request and its body; None for a pong."""
        for name in METHODS:
            if (body := getattr(self, name)) is not None:
                return name, body
        return None


Offset = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class SubscribeRequest(msgspec.Struct, frozen=True):
    channel: str
    recover: bool = False
    offset: Offset = 0
    epoch: str = ""


class ConnectRequest(msgspec.Struct, frozen=True):
    token: str = ""
    subs: dict[str, dict[str, Any]] = {}


class RpcRequest(msgspec.Struct, frozen=True):
    method: str = ""
    data: Any = None


class Position(msgspec.Struct, frozen=True):
    offset: Offset = 0
    epoch: str = ""


class HistoryRequest(msgspec.Struct, frozen=True):
    channel: str
    limit: int = 0
    since: Position | None = None
    reverse: bool = False


_decoder = msgspec.json.Decoder(Command)
encode = msgspec.json.encode


def decode_frame(frame: bytes) -> list[Command]:
    """Commands of a frame, in order. Raises BadFrame for what is no JSON, or JSON of another shape."""
    try:
        # Not splitlines(): a JSON text may hold other line separators.
        return [_decoder.decode(line) for line in frame.split(b"\n") if line and not line.isspace()]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(str(error)) from error


def reply(id: int, name: str, result: dict[str, Any]) -> bytes:
    """A reply; its result is there even when it is empty."""
    return encode({"id": id, name: result})


def error_reply(id: int, error: ErrorCode) -> bytes:
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.temporary:
        body["temporary"] = True
    return encode({"id": id, "error": body})


def publication(payload: bytes, offset: int | None) -> bytes:
    """A publication as it stands in a push or in `publications`; `payload` is JSON already."""
    return b'{"data":%b}' % payload if offset is None else b'{"data":%b,"offset":%d}' % (payload, offset)


def push_prefix(channel: str) -> bytes:
    """The constant part of all publications of a channel, up to the publication."""
    return b'{"push":{"channel":%b,"pub":' % encode(channel)


def unsubscribe_push(channel: str, code: CloseCode) -> bytes:
    return encode({"push": {"channel": channel, "unsubscribe": {"code": code.code, "reason": code.reason}}})


def disconnect_push(code: CloseCode) -> bytes:
    """Sent before every close: daphne drops the reason of a close frame, and the JS SDK heeds a code only with one."""
    body = {"code": code.code, "reason": code.reason, "reconnect": code.reconnect}
    return encode({"push": {"disconnect": body}})


def server_frame(payload: bytes, opcode: int = 0x81) -> bytes:
    """A whole unmasked WebSocket frame (RFC 6455, section 5.2); 0x81 is a final text frame."""
    size = len(payload)
    if size < 126:
        return bytes((opcode, size)) + payload
    if size < 65_536:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: CloseCode) -> bytes:
    return server_frame(code.code.to_bytes(2, "big") + code.reason.encode()[:120], opcode=0x88)
