"""What arrives on a WebSocket is cut into messages the same way, however it comes in, and costs no more than it may."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode, apply_mask

from project.realtime.server import frames
from project.realtime.server.frames import BrokenFrame, FrameReader, Message, close_code

pytestmark = pytest.mark.once

MOST = 1000
CASES = 100_000


def masked(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A frame as the `websockets` package writes it for a client."""
    return Frame(Opcode(opcode), payload, final).serialize(mask=True)


def read(*pieces: bytes, most: int = MOST) -> list[Message]:
    reader = FrameReader(most)
    found = []
    for piece in pieces:
        reader.feed(piece)
        while (message := reader.next()) is not None:
            found.append(message)
    return found


def code_of(*pieces: bytes) -> int:
    with pytest.raises(BrokenFrame) as broken:
        read(*pieces)
    return broken.value.code


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 999, 1000])
def test_a_message_of_any_size(size: int) -> None:
    assert read(masked(2, b"x" * size)) == [(frames.BINARY, b"x" * size)]


def test_a_size_of_eight_bytes() -> None:
    assert read(masked(2, b"x" * 65_536), most=65_536) == [(frames.BINARY, b"x" * 65_536)]


def test_fragments_become_one_message_and_control_frames_come_between() -> None:
    sent = [masked(1, b"a", final=False), masked(9, b"?"), masked(0, final=False), masked(0, b"b"), masked(8)]
    assert read(*sent) == [(frames.PING, b"?"), (frames.TEXT, b"ab"), (frames.CLOSE, b"")]


def test_a_character_may_be_cut_in_two() -> None:
    text = "你好".encode()
    assert read(masked(1, text[:2], final=False), masked(0, text[2:])) == [(frames.TEXT, text)]


@pytest.mark.parametrize(
    "sent",
    [
        Frame(Opcode.TEXT, b"x").serialize(mask=False),
        b"\xc1\x80\x00\x00\x00\x00",
        b"\x83\x80\x00\x00\x00\x00",
        b"\x8b\x80\x00\x00\x00\x00",
        masked(0, b"x"),
        b"\x09\x80\x00\x00\x00\x00",
        b"\x89\xfe\x00\x7e",
        masked(1, b"x", final=False) + masked(1, b"y"),
    ],
    ids=["unmasked", "RSV", "data 3", "control 11", "goes on with nothing", "half a ping", "long ping", "two begun"],
)
def test_what_no_client_may_send(sent: bytes) -> None:
    assert code_of(sent) == frames.PROTOCOL_ERROR


def test_text_has_to_be_utf8() -> None:
    assert code_of(masked(1, b"\xed\xa0\x80")) == frames.NOT_UTF8
    assert read(masked(2, b"\xed\xa0\x80")) == [(frames.BINARY, b"\xed\xa0\x80")]


def test_too_long_is_seen_before_it_has_come() -> None:
    assert code_of(masked(1, b"x" * 1001)[:4]) == frames.TOO_BIG
    assert code_of(masked(1, b"x" * 600, final=False), masked(0, b"x" * 401)[:4]) == frames.TOO_BIG


@pytest.mark.parametrize(("payload", "code"), [(b"", None), (b"\x03\xe8", 1000), (b"\x0b\xb8bye", 3000)])
def test_a_close_says_why_or_nothing(payload: bytes, code: int | None) -> None:
    assert close_code(payload) == code


@pytest.mark.parametrize("payload", [b"\x03", b"\x03\xe7", b"\x03\xed", b"\x03\xee", b"\x07\xd0", b"\x03\xe8\xff"])
def test_a_close_that_nobody_may_send(payload: bytes) -> None:
    with pytest.raises(BrokenFrame):
        close_code(payload)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[tuple[int, bytes]], bytes]:
    """Messages, and the bytes that a client might send them in."""
    messages: list[tuple[int, bytes]] = []
    sent = b""
    for _ in range(draw(st.integers(0, 6))):
        opcode = draw(st.sampled_from([1, 2]))
        payload = draw(st.text(max_size=200)).encode() if opcode == 1 else draw(st.binary(max_size=300))
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
        edges = [0, *cuts, len(payload)]
        for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
            final = number == len(edges) - 2
            sent += masked(opcode if number == 0 else 0, payload[start:end], final=final)
            if not final and draw(st.booleans()):
                ping = draw(st.binary(max_size=125))
                messages.append((9, ping))
                sent += masked(9, ping)
        messages.append((opcode, payload))
    return messages, sent


def pieces_of(sent: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(sent) + 1) for cut in cuts), len(sent)]
    return [sent[start:end] for start, end in zip(edges, edges[1:], strict=False)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conversations(), st.lists(st.integers(0, 10_000), max_size=8))
def test_any_split_gives_the_same_messages(said: tuple[list[tuple[int, bytes]], bytes], cuts: list[int]) -> None:
    messages, sent = said
    assert read(*pieces_of(sent, cuts), most=1500) == messages
    assert read(*(sent[at : at + 1] for at in range(len(sent))), most=1500) == messages


def outcome(pieces: Sequence[bytes]) -> tuple[list[Message], int | None, str]:
    reader, found = FrameReader(MOST), []
    try:
        for piece in pieces:
            reader.feed(piece)
            while (message := reader.next()) is not None:
                found.append(message)
    except BrokenFrame as broken:
        return found, broken.code, broken.reason
    return found, None, ""


@settings(deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_any_split_of_garbage_ends_the_same(garbage: bytes, cuts: list[int]) -> None:
    assert outcome(pieces_of(garbage, cuts)) == outcome([garbage])


def _mangled(chance: random.Random) -> bytes:
    """Bytes that look like frames more or less."""
    if chance.random() < 0.3:
        return chance.randbytes(chance.randrange(40))
    sent = b""
    for _ in range(chance.randrange(1, 5)):
        payload = chance.randbytes(chance.choice([0, 1, 5, 125, 126, 200]))
        size = len(payload)
        head = bytes([chance.choice([0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A])])
        head += bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        mask = chance.randbytes(4)
        sent += head + mask + apply_mask(payload, mask)
    if chance.random() < 0.5:
        at = chance.randrange(len(sent))
        sent = sent[:at] + chance.randbytes(1) + sent[at + 1 :]
    return sent


def test_a_hundred_thousand_bad_clients_cause_nothing_but_its_own_error() -> None:
    chance = random.Random(6455)
    outcomes: set[int | None] = set()
    tracemalloc.start()
    try:
        for number in range(CASES):
            outcomes.add(outcome([_mangled(chance)])[1])
            if number == 1000:
                before, _ = tracemalloc.get_traced_memory()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcomes == {None, frames.PROTOCOL_ERROR, frames.NOT_UTF8, frames.TOO_BIG}
    assert after - before < 10_000
    assert most - before < 200_000


def test_a_million_tiny_frames_wait_as_the_bytes_they_are() -> None:
    reader = FrameReader(MOST)
    tiny = b"\x82\x80\x00\x00\x00\x00" * 10_000

    def take() -> None:
        reader.feed(tiny)
        for _ in range(10_000):
            assert reader.next() == (frames.BINARY, b"")

    for _ in range(99):
        take()
    tracemalloc.start()
    try:
        take()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reader.next() is None
    assert most < 2 * len(tiny)


def test_a_message_of_many_fragments_costs_its_bytes() -> None:
    reader = FrameReader(65_536)
    tracemalloc.start()
    try:
        reader.feed(masked(2, b"x", final=False))
        assert reader.next() is None
        for _ in range(65_535):
            reader.feed(b"\x00\x81\x00\x00\x00\x00x")
            assert reader.next() is None
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 200_000
    reader.feed(b"\x80\x80\x00\x00\x00\x00")
    assert reader.next() == (frames.BINARY, b"x" * 65_536)
