"""Frames as nobody's SDK sends them: nearly right, or not at all. All chance comes from one `Random`."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from centrifuge.protocol import client_pb2
from google.protobuf.descriptor import FieldDescriptor

from project.realtime.protocol.messages import MOST_FRAME_BYTES

NAMES = [
    *("rpc", "subscribe", "connect", "publish", "unsubscribe", "presence"),
    *("presence_stats", "history", "ping", "send", "refresh", "sub_refresh"),
]
FIELDS = [
    *("channel", "token", "recover", "offset", "epoch", "flag", "limit", "since", "reverse", "method", "data", "subs"),
    *("delta", "\\ud800", "", "x" * 500),
]
TEXTS = ["", "e", "hall:7", "hall:403", "hall:0007", "hall:" + "9" * 300, "attic:1", "sum.add", "sum.crash", "good"]
TEXTS += ["forged", "n" * 5000, "a\x00b", "‮你好", "\u2028"]
# As they stand in a JSON text.
ODD_VALUES = [
    *(b"null", b"true", b"0", b"-1", b"1", b"2", b"1.0", b"-0", b"1e999", b"-1e999", b"NaN", b"Infinity", b"0x1"),
    *(b"4294967296", b"9223372036854775807", b"18446744073709551616", b"9" * 5000, b"[" * 4000, b'{"a":' * 4000),
    *(b"[" * 900 + b"]" * 900, b'"\\ud800"', b'"\\udc00x"', b'"\xed\xa0\x80"', b'"\xff\xfe"', b'"\\u0000"', b'"\x00"'),
    *(b'"', b"", b"[]", b"{}", b'{"left":1,"right":2}', b'{"left":1,"left":2}', b'{"method":"sum.add","data":{}}'),
]


class Hostile(Protocol):
    def frame(self) -> bytes: ...


class _Frames:
    def __init__(self, random: Random) -> None:
        self.random = random

    def frame(self) -> bytes:
        make = self.random.choice([self.garbage, self.commands, self.commands, self.mutated, self.mutated, self.many])
        return make()[:MOST_FRAME_BYTES]

    def garbage(self) -> bytes:
        return self.random.randbytes(self.random.choice([0, 1, 2, 3, 7, 40, 300]))

    def commands(self) -> bytes:
        return self.join([self.command() for _ in range(self.random.choice([1, 1, 2, 3]))])

    def many(self) -> bytes:
        """As many small commands as a frame may hold."""
        command = self.random.choice([self.tiny(), self.command()])
        most = self.random.choice([5, 50, MOST_FRAME_BYTES]) if self.random.random() < 0.02 else 5
        return self.join([command] * min(most, MOST_FRAME_BYTES // (len(command) + 2)))

    def mutated(self) -> bytes:
        frame = bytearray(self.commands())
        for _ in range(self.random.choice([1, 1, 2, 5])):
            at = self.random.randrange(len(frame) + 1)
            change = self.random.randrange(5)
            if change == 0:
                frame[at : at + 1] = self.random.randbytes(1)
            elif change == 1:
                del frame[at : at + self.random.choice([1, 2, 10])]
            elif change == 2:
                del frame[at:]
            elif change == 3:
                frame[at:at] = frame[: self.random.choice([1, 5, 30])]
            else:
                frame[at:at] = self.random.choice([b"\n", b"\x00", b"\xff", b"\x80", b'"', b"{", b"\\"])
        return bytes(frame)

    def command(self) -> bytes:
        raise NotImplementedError

    def tiny(self) -> bytes:
        raise NotImplementedError

    def join(self, commands: list[bytes]) -> bytes:
        raise NotImplementedError


class HostileJson(_Frames):
    def join(self, commands: list[bytes]) -> bytes:
        return b"\n".join(commands)

    def tiny(self) -> bytes:
        return self.random.choice([b"{}", b"", b" ", b"{ }", b"0", b'{"id":1,"ping":{}}', b'{"id":1}'])

    def command(self) -> bytes:
        members = [b'"id":' + self.usually(b"%d" % self.random.randrange(1, 100))]
        for name in self.random.choices(NAMES, k=self.random.choice([1, 1, 1, 1, 2, 0])):
            members.append(b'"%b":%b' % (name.encode(), self.usually(self.body(name))))
        self.random.shuffle(members)
        return b"{" + b",".join(members) + b"}"

    def usually(self, value: bytes) -> bytes:
        return value if self.random.random() < 0.95 else self.random.choice(ODD_VALUES)

    def body(self, name: str) -> bytes:
        fields: dict[str, bytes] = {"channel": self.text(), "data": b'{"left":1,"right":2}', "method": self.text()}
        fields |= {"token": self.text(), "offset": b"0", "epoch": self.text(), "recover": b"true", "limit": b"10"}
        fields |= {"since": b'{"offset":1,"epoch":%b}' % self.text(), "reverse": b"true", "flag": b"2"}
        members = [
            b'"%b":%b' % (field.encode(), self.usually(fields.get(field, b"{}")))
            for field in self.random.choices(FIELDS, k=self.random.randrange(6))
        ]
        if self.random.random() < 0.5:
            members.append(b'"channel":"hall:7"')
        return b"{" + b",".join(members) + b"}"

    def text(self) -> bytes:
        return b'"' + self.random.choice(TEXTS).replace("\x00", "\\u0000").encode() + b'"'


def varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


class HostileProtobuf(_Frames):
    def join(self, commands: list[bytes]) -> bytes:
        return b"".join(self.length(command) + command for command in commands)

    def length(self, command: bytes) -> bytes:
        if self.random.random() < 0.98:
            return varint(len(command))
        return self.random.choice([b"", b"\x80", b"\xff" * 5, b"\xff" * 11, b"\x80\x00", varint(2**40)])

    def tiny(self) -> bytes:
        return self.random.choice([b"", b"\x08\x01", b"\x08\x01\x5a\x00", b"\x08\x00", b"\x0b"])

    def command(self) -> bytes:
        if self.random.random() < 0.15:
            return b"".join(self.field() for _ in range(self.random.randrange(5)))
        command = client_pb2.Command(id=self.random.randrange(1, 100))
        for name in self.random.choices(NAMES, k=self.random.choice([1, 1, 1, 1, 2, 0])):
            body = getattr(command, name)
            body.SetInParent()
            self.fill(body)
            if hasattr(body, "channel") and self.random.random() < 0.5:
                body.channel = "hall:7"
        return bytes(command.SerializeToString())

    def fill(self, message: Any) -> None:
        for field in message.DESCRIPTOR.fields:
            if self.random.random() < 0.5 or field.is_repeated:
                continue
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                self.fill(getattr(message, field.name))
            elif make := self.scalars.get(field.type):
                setattr(message, field.name, make(self))

    scalars: dict[int, Callable[[HostileProtobuf], Any]] = {  # noqa: RUF012
        FieldDescriptor.TYPE_STRING: lambda self: self.random.choice(TEXTS),
        FieldDescriptor.TYPE_BYTES: lambda self: self.random.choice(ODD_VALUES),
        FieldDescriptor.TYPE_BOOL: lambda self: self.random.random() < 0.5,
        FieldDescriptor.TYPE_UINT32: lambda self: self.random.choice([0, 1, 2**32 - 1]),
        FieldDescriptor.TYPE_INT32: lambda self: self.random.choice([-(2**31), -1, 0, 10, 2**31 - 1]),
        FieldDescriptor.TYPE_INT64: lambda self: self.random.choice([-(2**63), -1, 0, 2, 2**63 - 1]),
        FieldDescriptor.TYPE_UINT64: lambda self: self.random.choice([0, 1, 5, 2**63, 2**64 - 1]),
    }

    def field(self) -> bytes:
        """A field with any number and wire type, and whatever comes behind it."""
        tag = varint(self.random.randrange(20) << 3 | self.random.randrange(8))
        value = self.random.choice([b"", b"\x01", varint(2**64), self.random.randbytes(8), self.random.randbytes(3)])
        return tag + self.random.choice([value, varint(len(value)) + value])
