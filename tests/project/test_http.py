"""Django's HTTP side under the web server: few connections to the database, answers whole, a piece at a time."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from project import http
from project.http import HttpHandler
from project.kernel.counting import FAMILIES
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


def slow(request: HttpRequest) -> HttpResponse:
    """Answers when it is let go, or stumbles."""
    order.append("slow begins")
    begun.set()
    assert let_go.wait(20)
    order.append("slow ends")
    if "badly" in request.GET:
        raise SystemExit
    return HttpResponse()


def quick(_request: HttpRequest) -> HttpResponse:
    order.append("quick")
    return HttpResponse()


order: list[str] = []
begun, let_go = Event(), Event()
urlpatterns = [path("echo", echo), path("stream", stream), path("slow", slow), path("quick", quick)]


async def ask(
    method: str, where: str, *pieces: bytes, query: bytes = b"", of: HttpHandler | None = None
) -> list[dict[str, Any]]:
    """What the handler sends for a request whose body comes in pieces."""
    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "query_string": query,
        "headers": [(b"host", b"testserver")],
    }
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    coming.append({"type": "http.request", "body": b""})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await (of or HttpHandler())(scope, receive, send)
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


async def test_more_than_anything_here_takes_is_refused_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 10)
    _, body = await ask("POST", "/echo", b"12345", b"67890")
    assert body["body"] == b"1234567890"
    start, body = await ask("POST", "/echo", b"12345", b"678901", b"never read")
    assert start["status"] == 413
    assert (b"Connection", b"close") in start["headers"]
    assert json.loads(body["body"])["error"]["code"] == "body_too_large"


async def test_who_leaves_within_the_body_gets_no_answer() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await HttpHandler()({"type": "http", "method": "POST", "path": "/echo", "headers": []}, receive, send)
    assert sent == []


@pytest.fixture
def one_place(settings: Any, monkeypatch: pytest.MonkeyPatch) -> HttpHandler:
    """Of which nobody is sent away."""
    settings.HTTP_AT_ONCE = 1
    monkeypatch.setattr(http, "SOON_SECS", 3600)
    order.clear()
    begun.clear()
    let_go.clear()
    return HttpHandler()


async def begin_slow(handler: HttpHandler, query: bytes = b"") -> asyncio.Task[Any]:
    task = asyncio.create_task(ask("GET", "/slow", query=query, of=handler))
    await asyncio.to_thread(begun.wait, 20)
    return task


async def test_requests_are_worked_on_one_after_the_other_where_there_is_one_place(one_place: HttpHandler) -> None:
    tasks = [await begin_slow(one_place), *(asyncio.create_task(ask("GET", "/quick", of=one_place)) for _ in range(3))]
    # Whatever was going to be begun has been: the loop has nothing left to do, and the threads are idle.
    for _ in range(20):
        await asyncio.to_thread(order.copy)
    assert order == ["slow begins"]
    assert FAMILIES["souk_http_queue"].read() == {(): [3]}
    let_go.set()
    await asyncio.gather(*tasks)
    assert order == ["slow begins", "slow ends", "quick", "quick", "quick"]
    assert FAMILIES["souk_http_queue"].read() == {(): [0]}


async def test_who_is_not_done_soon_is_in_nobodys_way(one_place: HttpHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SOON_SECS", 0.05)
    slow = await begin_slow(one_place)
    await ask("GET", "/quick", of=one_place)
    let_go.set()
    await slow
    assert order == ["slow begins", "quick", "slow ends"]
    # It had one place and gave back one: the next two follow one another.
    monkeypatch.setattr(http, "SOON_SECS", 3600)
    begun.clear()
    let_go.clear()
    order.clear()
    slow, quick = await begin_slow(one_place), asyncio.create_task(ask("GET", "/quick", of=one_place))
    await asyncio.to_thread(order.copy)
    let_go.set()
    await asyncio.gather(slow, quick)
    assert order == ["slow begins", "slow ends", "quick"]


async def test_a_place_comes_back_from_who_fails_or_is_gone(one_place: HttpHandler) -> None:
    let_go.set()
    with pytest.raises(SystemExit):
        await ask("GET", "/slow", query=b"badly", of=one_place)
    let_go.clear()
    begun.clear()
    slow, gone = await begin_slow(one_place), asyncio.create_task(ask("GET", "/quick", of=one_place))
    await asyncio.sleep(0)
    gone.cancel()
    slow.cancel()
    await asyncio.gather(slow, gone, return_exceptions=True)
    let_go.set()
    await ask("GET", "/quick", of=one_place)
    assert order.count("quick") == 1


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

    # No body is longer than all that is taken anywhere, in pieces of an unknown number least of all.
    long = [b"x" * 1_000_000] * 40
    for beginning, pieces in (
        (b"Content-Length: 40000000\r\n\r\n", long),
        (b"Transfer-Encoding: chunked\r\n\r\n", [b"f4240\r\n" + piece + b"\r\n" for piece in long]),
    ):
        # Django never saw it, which would have answered 403; who still sends may miss what the server answered.
        came = answer(beginning, *pieces)
        assert came == b"" or came.startswith(b"HTTP/1.1 413"), beginning
    chunked, endless = b"Transfer-Encoding: chunked\r\n\r\n", [b"x" * 20_000] * 10
    for beginning in (b"X-Long: ", chunked + b"5;name=", chunked + b"5\r\nhello\r\n0\r\nX-Long: "):
        assert b"too long" in answer(beginning, *endless), beginning
    # Django, which has read the whole, wants proof that it comes from a page of ours.
    pieces = [b"x" * 1000] * 200
    assert answer(b"Content-Length: 200000\r\n\r\n", *pieces).startswith(b"HTTP/1.1 403")
    in_chunks = [b"3e8\r\n" + piece + b"\r\n" for piece in pieces]
    assert answer(chunked, *in_chunks, b"0\r\n\r\n").startswith(b"HTTP/1.1 403")
