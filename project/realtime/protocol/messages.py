"""What clients ask, and what travels in a channel; the same for every codec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import msgspec

if TYPE_CHECKING:
    from project.realtime.protocol.codecs import Codec

MOST_FRAME_BYTES = 65_536
# In one frame. To read a command costs far more than its bytes: 64 KB of empty ones would hold up everybody else.
MOST_COMMANDS = 1000
# `flag` of a subscribe request: better no subscription than one with a gap.
REJECT_UNRECOVERED = 2


class BadFrame(Exception):
    """What arrived is not of the protocol; the connection cannot go on."""


Offset = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
NO_DATA = msgspec.Raw()
Shape = TypeVar("Shape")


class Request(msgspec.Struct, frozen=True):
    """The body of a command. `data` is JSON as it came, not looked at yet."""


class SubscribeRequest(Request, frozen=True):
    channel: str = ""
    token: str = ""
    recover: bool = False
    offset: Offset = 0
    epoch: str = ""
    flag: int = 0


class ConnectRequest(Request, frozen=True):
    token: str = ""
    subs: dict[str, SubscribeRequest] = {}


class RefreshRequest(Request, frozen=True):
    token: str = ""


class SubRefreshRequest(Request, frozen=True):
    channel: str
    token: str = ""


class ChannelRequest(Request, frozen=True):
    channel: str


class PublishRequest(Request, frozen=True):
    channel: str
    data: msgspec.Raw = NO_DATA


class RpcRequest(Request, frozen=True):
    method: str = ""
    data: msgspec.Raw = NO_DATA


class SendRequest(Request, frozen=True):
    data: msgspec.Raw = NO_DATA


class Position(msgspec.Struct, frozen=True):
    offset: Offset = 0
    epoch: str = ""


class HistoryRequest(Request, frozen=True):
    channel: str
    limit: int = 0
    since: Position | None = None
    reverse: bool = False


class PingRequest(Request, frozen=True):
    pass


# In the order in which they are looked for: a command carries one request.
REQUESTS: dict[str, type[Request]] = {
    "rpc": RpcRequest,
    "subscribe": SubscribeRequest,
    "connect": ConnectRequest,
    "publish": PublishRequest,
    "unsubscribe": ChannelRequest,
    "presence": ChannelRequest,
    "presence_stats": ChannelRequest,
    "history": HistoryRequest,
    "ping": PingRequest,
    "send": SendRequest,
    "refresh": RefreshRequest,
    "sub_refresh": SubRefreshRequest,
}


class Command(NamedTuple):
    """One request of a client; `id` 0 means that it wants no reply, an empty `name` that it answers a ping.

    `body` is of the codec: `codec.request(command)` reads it.
    """

    id: int
    name: str
    body: object


class ClientInfo(msgspec.Struct, frozen=True):
    """Who published, came or went."""

    user: str = ""
    client: str = ""


# The first byte of an item that is more than a payload: no JSON text begins with it.
_WITH_INFO, _JOIN, _LEAVE = b"\x01", b"\x02", b"\x03"


class Item:
    """What travels in a channel: a publication, or somebody's join or leave. Encoded once per codec.

    Through Redis it goes as bytes without a newline: `payload`, `\\x01 info \\x01 payload`, `\\x02 info` (join) or
    `\\x03 info` (leave), where payload and info are JSON.
    """

    __slots__ = ("_lines", "_raw", "channel", "offset")

    def __init__(self, channel: str, raw: bytes, offset: int | None) -> None:
        self.channel = channel
        # Place in the channel's stream; None for what is ephemeral.
        self.offset = offset
        self._raw = raw
        self._lines: dict[str, bytes] = {}

    @property
    def kind(self) -> str:
        """The field of a push: `pub`, `join` or `leave`."""
        return {_JOIN: "join", _LEAVE: "leave"}.get(self._raw[:1], "pub")

    @property
    def payload(self) -> bytes:
        """JSON; empty for a join or leave."""
        first = self._raw[:1]
        if first == _WITH_INFO:
            return self._raw.split(_WITH_INFO, 2)[2]
        return b"" if first in (_JOIN, _LEAVE) else self._raw

    @property
    def info(self) -> bytes:
        """JSON of a ClientInfo; empty when nobody is named."""
        first = self._raw[:1]
        if first == _WITH_INFO:
            return self._raw.split(_WITH_INFO, 2)[1]
        return self._raw[1:] if first in (_JOIN, _LEAVE) else b""

    @property
    def size(self) -> int:
        return len(self._raw)

    def line(self, codec: Codec) -> bytes:
        """The push as it stands in a frame."""
        found = self._lines.get(codec.name)
        if found is None:
            found = self._lines[codec.name] = codec.push(self)
        return found


def published(payload: bytes, info: ClientInfo) -> bytes:
    """A client's publication, ready for Redis. `payload` is one line of JSON."""
    return b"\x01%b\x01%b" % (msgspec.json.encode(info), payload)


def joined(info: ClientInfo) -> bytes:
    return _JOIN + msgspec.json.encode(info)


def left(info: ClientInfo) -> bytes:
    return _LEAVE + msgspec.json.encode(info)


def read_json(data: bytes | msgspec.Raw, type: type[Shape]) -> Shape:
    """Raises msgspec.ValidationError for what is no JSON, or of another shape."""
    try:
        return msgspec.json.decode(data, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise msgspec.ValidationError(str(error)) from error


def one_line_of_json(data: msgspec.Raw) -> bytes:
    """What a client wants published, checked. Raises msgspec.ValidationError for what is no JSON."""
    raw = bytes(data)
    value = read_json(raw, Any)
    # Newlines part the objects of a frame; between the tokens of a JSON text they mean nothing.
    return raw if b"\n" not in raw and b"\r" not in raw else msgspec.json.encode(value)
