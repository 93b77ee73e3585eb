"""From a request's head to the close: what our own protocol class does where uvicorn did it before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from project.realtime import engine
from project.realtime.deadlines import Deadlines
from project.realtime.server import uvicorn_ws
from project.realtime.server.upgrade import END_OF_HEAD, upgrade_in
from tests.project.realtime.conftest import Server

# The example of RFC 6455, section 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HEAD = {
    "Host": "souk.example",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def head(path: str = "/connection/websocket", **changes: str | None) -> bytes:
    headers = {**HEAD, **{name.replace("_", "-"): value for name, value in changes.items()}}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def masked(opcode: Opcode, payload: bytes = b"", *, final: bool = True) -> bytes:
    return Frame(opcode, payload, final).serialize(mask=True)


class Line:
    """A bare TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def status(self) -> bytes:
        self.answer = await asyncio.wait_for(self.reader.readuntil(END_OF_HEAD), 10)
        return self.answer.split(b" ")[1]

    async def frame(self) -> tuple[int, bytes]:
        first, size = await asyncio.wait_for(self.reader.readexactly(2), 10)
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        return first, await self.reader.readexactly(size)

    async def until_closed(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), 10)


@contextlib.asynccontextmanager
async def line(server: Server, *sent: bytes) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for piece in sent:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_the_handshake_of_the_standard(server: Server) -> None:
    async with line(server, head()) as one:
        assert await one.status() == b"101"
        assert b"Sec-WebSocket-Accept: " + ACCEPT in one.answer
        assert b"Sec-WebSocket-Protocol" not in one.answer


async def test_the_head_may_come_in_pieces_with_the_first_frame_behind_it(server: Server) -> None:
    sent = head() + masked(Opcode.TEXT, b'{"id":1,"connect":{}}')
    async with line(server, *(sent[at : at + 7] for at in range(0, len(sent), 7))) as one:
        assert await one.status() == b"101"
        assert b'"connect"' in (await one.frame())[1]


@pytest.mark.parametrize(
    ("offered", "chosen", "opcode"),
    [
        (["centrifuge-protobuf"], "centrifuge-protobuf", 0x82),
        (["other", "centrifuge-json"], "centrifuge-json", 0x81),
        (["other"], None, 0x81),
    ],
)
async def test_the_subprotocol_chooses_the_codec(
    server: Server, offered: list[str], chosen: str | None, opcode: int
) -> None:
    async with line(server, head(Sec_WebSocket_Protocol=", ".join(offered))) as one:
        assert await one.status() == b"101"
        assert (chosen is None) == (b"Sec-WebSocket-Protocol" not in one.answer)
        assert chosen is None or b"Sec-WebSocket-Protocol: " + chosen.encode() in one.answer
        one.writer.write(masked(Opcode.BINARY, b"garbage"))
        assert (await one.frame())[0] == opcode


async def test_the_query_chooses_it_where_no_subprotocol_can(server: Server) -> None:
    async with connect(f"{server.url}?a=b&format=protobuf") as raw:
        await raw.send(b"garbage")
        assert isinstance(await raw.recv(), bytes)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Sec_WebSocket_Version": "8"}, b"426"),
        ({"Sec_WebSocket_Version": None}, b"426"),
        ({"Sec_WebSocket_Key": "short"}, b"400"),
        ({"Sec_WebSocket_Key": None}, b"400"),
        ({"Origin": "https://evil.example"}, b"403"),
    ],
)
async def test_a_handshake_that_is_refused(server: Server, changes: dict[str, Any], status: bytes) -> None:
    async with line(server, head(**changes)) as one:
        assert await one.status() == status
        await one.until_closed()


@pytest.mark.parametrize(
    "request_head",
    [
        head(Upgrade=None),
        head(Upgrade="h2c"),
        head(Connection="keep-alive"),
        head(Content_Length="1"),
        head("/connection/websocketeer"),
        head().replace(b"GET", b"POST", 1),
        head().replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        head().replace(b"Host:", b"Host :", 1),
        head().replace(b"Host:", b" Host:", 1),
    ],
)
def test_what_is_left_to_the_http_server(request_head: bytes) -> None:
    assert upgrade_in(request_head, b"/connection/websocket") is None


async def test_other_paths_go_on_to_uvicorn(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(f"ws://127.0.0.1:{server.port}/elsewhere"):
            pass
    assert refusal.value.response.status_code == 403
    async with line(server, b"BREW /pot HTTP/1.1\r\nHost: souk.example:bad\r\n\x00\r\n\r\n") as one:
        assert await one.status() == b"400"


async def test_a_head_without_end_is_left_to_the_http_server(server: Server) -> None:
    async with line(server, head()[:-2] + b"X-Long: " + b"x" * 20_000) as one:
        one.writer.write(b"x" * 70_000)
        assert (await one.until_closed())[:12] == b"HTTP/1.1 400"


async def test_a_ping_is_answered_between_fragments_and_a_close_by_a_close(server: Server) -> None:
    async with line(server, head()) as one:
        assert await one.status() == b"101"
        one.writer.write(masked(Opcode.TEXT, b'{"id":1,', final=False) + masked(Opcode.PING, b"there?"))
        assert await one.frame() == (0x8A, b"there?")
        one.writer.write(masked(Opcode.CONT, b'"connect":{}}') + masked(Opcode.CLOSE, b"\x03\xe8bye"))
        assert b'"connect"' in (await one.frame())[1]
        assert await one.frame() == (0x88, b"\x03\xe8")
        assert await one.until_closed() == b""


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x02{}", 1002),
        (b"\xc1\x80\x00\x00\x00\x00", 1002),
        (masked(Opcode.TEXT, b"\xff"), 1007),
        (b"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01", 1009),
        (masked(Opcode.CLOSE, b"\x03\xed"), 1002),
    ],
    ids=["unmasked", "RSV", "not UTF-8", "64 KB and one byte", "code 1005"],
)
async def test_a_broken_frame_ends_the_connection(server: Server, sent: bytes, code: int) -> None:
    async with line(server, head()) as one:
        assert await one.status() == b"101"
        one.writer.write(sent)
        opcode, payload = await one.frame()
        assert (opcode, int.from_bytes(payload[:2], "big")) == (0x88, code)
        assert await one.until_closed() == b""


async def test_who_says_nothing_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_ws, "ASK_WITHIN_SECS", 0.1)
    async with line(server) as silent, line(server, b"GET /connection/webs") as halfway:
        for one in (silent, halfway):
            with contextlib.suppress(ConnectionResetError):
                assert await one.until_closed() == b""


async def test_who_does_not_say_who_they_are_is_stale(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CONNECT_WITHIN_SECS", 0.1)
    async with line(server, head()) as one:
        assert await one.status() == b"101"
        assert b'"code":3502' in (await one.frame())[1]
        opcode, payload = await one.frame()
        assert (opcode, int.from_bytes(payload[:2], "big")) == (0x88, 3502)


async def test_deadlines_share_a_timer_and_forget_what_is_taken_out() -> None:
    rung: list[str] = []

    def ring(thing: str) -> None:
        rung.append(thing)
        if thing == "bad":
            raise RuntimeError("on purpose")

    deadlines = Deadlines(0.05, ring)
    for thing in ("bad", "gone", "again", "last"):
        deadlines.add(thing)
    deadlines.discard("gone")
    deadlines.begin("last")
    deadlines.add("again")
    async with asyncio.timeout(10):
        while len(deadlines):
            await asyncio.sleep(0.01)
    assert rung == ["bad", "last", "again"]
