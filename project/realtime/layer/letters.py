"""How messages travel: packed with msgpack, and in Base64, because an item of a stream holds no newline."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import Any

import msgspec


class Name(str):
    """A channel's name as `new_channel` gives it: the channel ends when its name is forgotten."""

    __slots__ = ("__weakref__",)


class Letter(msgspec.Struct, array_like=True, frozen=True):
    """A packed message to one channel of a process. `group`: what it was sent to, when the channel was added to it by
    another process. `counted`: the sender counted it against the channel's capacity."""

    to: str
    message: bytes
    group: str = ""
    counted: bool = False


_decoder = msgspec.msgpack.Decoder()
_letter_decoder = msgspec.msgpack.Decoder(Letter)


def pack(message: dict[str, Any]) -> bytes:
    """Raises TypeError, OverflowError or ValueError for what no message may hold."""
    if not isinstance(message, dict):
        raise TypeError(f"a message is a dict, not {type(message).__name__}")
    return msgspec.msgpack.encode(message, enc_hook=_plain)


def unpack(message: bytes) -> dict[str, Any]:
    """A message of its own for each who receives it."""
    unpacked: dict[str, Any] = _decoder.decode(message)
    return unpacked


def item_of(message: bytes) -> bytes:
    return b2a_base64(message, newline=False)


def message_of(item: bytes) -> bytes:
    return a2b_base64(item)


def letter_item(letter: Letter) -> bytes:
    return item_of(msgspec.msgpack.encode(letter))


def letter_of(item: bytes) -> Letter:
    return _letter_decoder.decode(message_of(item))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"a message cannot hold {type(value).__name__}")
