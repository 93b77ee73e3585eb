"""Whatever a client sends: it is carried out, refused, or the end of the connection; never an accident."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import msgspec
import pytest
from centrifuge.protocol import client_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.realtime.codes import BAD_FRAME, INVALID_TOKEN, SERVER_ERROR
from project.realtime.connection import Connection
from project.realtime.engine import Engine
from project.realtime.protocol.codecs import JSON, PROTOBUF, Codec
from project.realtime.protocol.messages import MOST_COMMANDS, MOST_FRAME_BYTES, BadFrame, Command, Request
from tests.project.realtime.hall import Written, installed
from tests.project.realtime.hostile import Hostile, HostileJson, HostileProtobuf, varint

CODECS = [JSON, PROTOBUF]
both = pytest.mark.parametrize("codec", CODECS, ids=[codec.name for codec in CODECS])
some = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def hostile(codec: Codec, random: Random) -> Hostile:
    return HostileJson(random) if codec is JSON else HostileProtobuf(random)


def read(codec: Codec, frame: bytes) -> list[Command]:
    """The commands of a frame. Fails on anything but what the codec may raise."""
    try:
        commands = codec.decode_frame(frame)
    except BadFrame:
        return []
    assert len(commands) <= MOST_COMMANDS
    for command in commands:
        assert 0 <= command.id < 2**32
        if command.name:
            with contextlib.suppress(msgspec.ValidationError):
                assert isinstance(codec.request(command), Request)
    return commands


def replies(codec: Codec, payloads: list[bytes]) -> list[int]:
    """Ids of the replies, as read by somebody else's decoder; pushes and pings have none."""
    if codec is JSON:
        objects = [json.loads(line) for payload in payloads for line in payload.split(b"\n")]
        return [found["id"] for found in objects if found.get("id")]
    found, stream = [], b"".join(payloads)
    while stream:
        size = shift = place = 0
        while stream[place] > 127:
            size, shift, place = size | (stream[place] & 127) << shift, shift + 7, place + 1
        size |= stream[place] << shift
        reply = client_pb2.Reply.FromString(stream[place + 1 : place + 1 + size])
        stream = stream[place + 1 + size :]
        if reply.id:
            found.append(reply.id)
    return found


def opening(codec: Codec) -> bytes:
    if codec is JSON:
        return b'{"id":1,"connect":{"token":"5"}}\n{"id":2,"subscribe":{"channel":"hall:7"}}'
    commands = [
        client_pb2.Command(id=1, connect={"token": "5"}),
        client_pb2.Command(id=2, subscribe={"channel": "hall:7"}),
    ]
    return b"".join(varint(len(one)) + one for one in (command.SerializeToString() for command in commands))


async def carried_out(codec: Codec, frame: bytes) -> Written:
    """What somebody is told who sends this frame after a good beginning. Leaves nothing behind."""
    connection = Connection(out=(out := Written()), session_key="", codec=codec)
    await connection.on_frame(opening(codec))
    assert replies(codec, out.payloads) == [1, 2]
    out.payloads.clear()
    await connection.on_frame(frame)
    await connection.gone()
    assert Engine.current().connections == set()
    assert Engine.current().channels == {}
    return out


async def check(codec: Codec, frame: bytes) -> None:
    """Each command with an id is answered, in order, or the connection ends."""
    out = await carried_out(codec, frame)
    asked = [command.id for command in read(codec, frame) if command.id]
    answered = replies(codec, out.payloads)
    if out.closed is None:
        assert answered == asked
    else:
        assert out.closed in (BAD_FRAME, INVALID_TOKEN)
        assert answered == asked[: len(answered)]


@pytest.fixture
async def engine(valkey: Any, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Engine]:
    """An engine that has nothing to complain about."""
    with installed(), caplog.at_level(logging.INFO):
        yield Engine.current()
        await Engine.current().close()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("project")] == []


@both
@some
@given(random=st.randoms(use_true_random=False))
def test_a_codec_reads_a_frame_or_says_that_it_is_bad(codec: Codec, random: Random) -> None:
    read(codec, hostile(codec, random).frame())


@both
@some
@given(frame=st.binary(max_size=60))
def test_any_bytes(codec: Codec, frame: bytes) -> None:
    read(codec, frame)


@both
@some
@given(random=st.randoms(use_true_random=False))
async def test_a_connection_answers_or_ends(codec: Codec, engine: Engine, random: Random) -> None:
    await check(codec, hostile(codec, random).frame())


ODD_FRAMES = [
    (b'{"id":5,"history":{"channel":"hall:7","limit":' + b"9" * 5000 + b"}}", {"code": 107, "message": "bad request"}),
    (b'{"id":5,"subscribe":{"channel":"hall:8","offset":-1}}', {"code": 107, "message": "bad request"}),
    (b'{"id":5,"rpc":{"method":"sum.add","data":1e999}}', {"code": 107, "message": "bad request"}),
    (b'{"id":5,"rpc":{"method":"sum.add","data":{"left":1,"right":2' + b"0" * 5000 + b"}}}", {"code": 107}),
    (b'{"id":5,"rpc":{"method":"sum.add","data":' + b"[" * 900 + b"]" * 900 + b"}}", {"code": 107}),
    (b'{"id":5,"rpc":{"method":"sum.add","data":"\xff"}}', {"code": 107}),
    (b'{"id":5,"rpc":{"method":"' + b"n" * 60_000 + b'"}}', {"code": 104, "message": "method not found"}),
    (b'{"id":5,"subscribe":{"channel":"hall:' + b"9" * 60_000 + b'"}}', {"code": 102, "message": "unknown channel"}),
    (b'{"id":5,"publish":{"channel":"hall:7"}}', {"code": 107}),
    (b'{"id":5,"publish":{"channel":"hall:7","data":"\xed\xa0\x80"}}', {"code": 107}),
    (b'{"id":5,"publish":{"channel":"hall:7","data":1e999}}', {"code": 107}),
    (b'{"id":5,"send":{}}', {"code": 107}),
    (b'{"id":5,"send":{"data":"\xff"}}', {"code": 107}),
    (b'{"id":5,"send":{"data":{"method":"sum.add","data":' + b"[" * 900 + b"]" * 900 + b"}}}", {"code": 107}),
    (b'{"id":5,"id":6,"rpc":{},"rpc":{"method":"sum.add","data":{"left":9,"left":1,"right":1}}}', {"sum": 2}),
    (b'{"id":1,"ping":{}}{"id":2,"ping":{}}', BAD_FRAME),
    (b'{"id":5,"rpc":{"data":"\\ud800"}}', BAD_FRAME),
    (b'{"id":5,"rpc":{"data":NaN}}', BAD_FRAME),
    (b'{"id":1e999,"ping":{}}', BAD_FRAME),
    (b'{"id":-1,"ping":{}}', BAD_FRAME),
    (b'{"id":5,"rpc":{"data":' + b"[" * 60_000, BAD_FRAME),
    (b'\xef\xbb\xbf{"id":5,"ping":{}}', BAD_FRAME),
    (b"\x00\x01\x02", BAD_FRAME),
    (b'{"id":5,"ping":{}}\n' * (MOST_COMMANDS + 1), BAD_FRAME),
    (b"{}\n" * (MOST_FRAME_BYTES // 3), BAD_FRAME),
]


@pytest.mark.parametrize(("frame", "expected"), ODD_FRAMES, ids=range(len(ODD_FRAMES)))
async def test_odd_json(engine: Engine, frame: bytes, expected: Any) -> None:
    out = await carried_out(JSON, frame)
    if expected is BAD_FRAME:
        assert out.closed is BAD_FRAME
        assert json.loads(out.payloads[-1])["push"]["disconnect"]["code"] == 3501
        return
    assert out.closed is None
    answer = next(found for payload in out.payloads if "id" in (found := json.loads(payload)))
    assert expected.items() <= (answer.get("error") or answer["rpc"]["data"]).items()


@pytest.mark.parametrize(
    "frame",
    [
        b"\x80",
        b"\xff" * 5,
        b"\x05\x08\x01",
        b"\x02\x0d\x01",
        b"\x03\x2a\x05\x0a",
        b"\x04\x2a\x02\x0a\xff",
        b"\x01\x0b",
        b"\x02\x08\x01" * (MOST_COMMANDS + 1),
        b"\x00" * MOST_FRAME_BYTES,
        b"\x04\x08\x05\x5a\x00" * (MOST_COMMANDS + 1),
    ],
)
async def test_odd_protobuf(engine: Engine, frame: bytes) -> None:
    out = await carried_out(PROTOBUF, frame)
    assert out.closed is BAD_FRAME
    assert client_pb2.Reply.FromString(out.payloads[-1][1:]).push.disconnect.code == 3501


@both
async def test_nothing_is_done_of_a_frame_that_is_bad_at_its_end(codec: Codec, engine: Engine) -> None:
    good = opening(codec)
    out = await carried_out(codec, good + (b"\n{" if codec is JSON else b"\x80"))
    assert out.closed is BAD_FRAME
    assert replies(codec, out.payloads) == []


@both
async def test_an_answer_that_cannot_be_encoded_ends_the_connection(
    codec: Codec, valkey: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of ours, not of the client's: it comes back."""
    frame = b'{"id":5,"rpc":{"method":"sum.odd"}}'
    if codec is PROTOBUF:
        command = client_pb2.Command(id=5, rpc={"method": "sum.odd"}).SerializeToString()
        frame = varint(len(command)) + command
    with installed():
        out = await carried_out(codec, frame)
        await Engine.current().close()
    assert out.closed is SERVER_ERROR
    assert replies(codec, out.payloads) == []
    assert "cannot be carried out" in caplog.text
