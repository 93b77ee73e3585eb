"""Django's HTTP side under the web server: few connections to the database, answers whole, a piece at a time."""

from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from project.http import HttpHandler
from tests.support.stack import Stack

closed: list[str] = []


def echo(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(request.body, headers={"X-Method": str(request.method)})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[bytes]:
        try:
            yield from (b"one", b"", b"two")
        finally:
            closed.append("pieces")

    return StreamingHttpResponse(pieces())


urlpatterns = [path("echo", echo), path("stream", stream)]


async def ask(method: str, where: str, *pieces: bytes) -> list[dict[str, Any]]:
    """What the handler sends for a request whose body comes in pieces."""
    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
    }
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    coming.append({"type": "http.request", "body": b""})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await HttpHandler()(scope, receive, send)
    return sent


@pytest.fixture(autouse=True)
def _own_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []


async def test_a_body_in_pieces_is_one_and_cookies_are_headers_of_their_own() -> None:
    start, body = await ask("POST", "/echo", b"first ", b"second")
    assert body == {"type": "http.response.body", "body": b"first second"}
    assert start["status"] == 200
    assert (b"X-Method", b"POST") in start["headers"]
    assert [value for name, value in start["headers"] if name == b"Set-Cookie"] == [b"a=1; Path=/", b"b=2; Path=/"]


async def test_a_stream_is_sent_piece_by_piece_and_closed() -> None:
    closed.clear()
    start, *pieces, end = await ask("GET", "/stream")
    assert start["status"] == 200
    assert [piece["body"] for piece in pieces] == [b"one", b"", b"two"]
    assert all(piece["more_body"] for piece in pieces)
    assert end == {"type": "http.response.body"}
    assert closed == ["pieces"]


async def test_who_leaves_within_the_body_gets_no_answer() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await HttpHandler()({"type": "http", "method": "POST", "path": "/echo", "headers": []}, receive, send)
    assert sent == []


@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="SQLite has no connections")
def test_many_requests_share_a_few_connections(live_stack: Stack) -> None:
    live_stack.start()
    with ThreadPoolExecutor(40) as shoppers:
        for answer in shoppers.map(lambda _: live_stack.get("/api/catalog/products/"), range(400)):
            assert answer["results"] == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'web-1'")
        (connections,) = cursor.fetchone()
    assert 1 < connections <= settings.HTTP_THREADS + settings.DATABASE_POOL_THREADS


def test_a_large_file_comes_whole(live_stack: Stack) -> None:
    folder = settings.MEDIA_ROOT / "products"
    folder.mkdir(parents=True, exist_ok=True)
    content = bytes(range(256)) * 2000
    (folder / "large.webp").write_bytes(content)
    live_stack.start()
    with urllib.request.urlopen(f"{live_stack.url}/media/products/large.webp", timeout=30) as answer:
        assert answer.read() == content


def test_only_bodies_go_on_for_long(live_stack: Stack) -> None:
    live_stack.start()
    [server] = live_stack.web

    def answer(*pieces: bytes) -> bytes:
        head = f"POST /readyz HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n"
        came = b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            # Who is refused is cut off, perhaps before all is sent.
            with suppress(ConnectionError):
                for piece in (head.encode(), *pieces):
                    client.sendall(piece)
            with suppress(ConnectionError):
                while piece := client.recv(65536):
                    came += piece
        return came

    chunked, endless = b"Transfer-Encoding: chunked\r\n\r\n", [b"x" * 20_000] * 10
    for beginning in (b"X-Long: ", chunked + b"5;name=", chunked + b"5\r\nhello\r\n0\r\nX-Long: "):
        assert b"too long" in answer(beginning, *endless), beginning
    # Django, which has read the whole, wants proof that it comes from a page of ours.
    pieces = [b"x" * 1000] * 200
    assert answer(b"Content-Length: 200000\r\n\r\n", *pieces).startswith(b"HTTP/1.1 403")
    in_chunks = [b"3e8\r\n" + piece + b"\r\n" for piece in pieces]
    assert answer(chunked, *in_chunks, b"0\r\n\r\n").startswith(b"HTTP/1.1 403")
