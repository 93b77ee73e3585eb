"""Reading pages: by the address that was looked at, in time, within limits."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from chat.links import fetching
from chat.links.fetching import LinkRefused, Page, fetch
from chat.links.pages import said_by

Answer = Callable[[socket.socket], None]


@contextlib.contextmanager
def page_that(answers: Answer) -> Iterator[tuple[int, list[bytes]]]:
    """A server that treats each caller so: its port, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listening.accept()
                    with caller, contextlib.suppress(OSError):
                        asked.append(caller.recv(65536))
                        answers(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], asked
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def html(body: str, *, head: str = "Content-Type: text/html; charset=utf-8", status: str = "200 OK") -> Answer:
    return lambda caller: caller.sendall(f"HTTP/1.1 {status}\r\n{head}\r\nConnection: close\r\n\r\n{body}".encode())


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def read(port: int, url: str = "http://tea.example/menu?a=1") -> Page:
    return fetch(url, resolve=here, allows=lambda address: True, port=port)


def test_a_page_is_read_from_the_address_that_was_found() -> None:
    with page_that(html("<title>Tea</title>")) as (port, asked):
        assert read(port) == Page(b"<title>Tea</title>", "utf-8")
    [request] = asked
    head = request.decode().split("\r\n")
    assert head[0] == "GET /menu?a=1 HTTP/1.1"
    assert "Host: tea.example" in head
    assert not [line for line in head if line.lower().startswith(("cookie", "authorization", "referer"))]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], []],
)
def test_a_name_with_any_address_that_is_not_public_is_not_called(addresses: list[str]) -> None:
    with page_that(html("secret")) as (port, asked), pytest.raises(LinkRefused):
        fetch("http://rebound.example/", resolve=lambda host, port: addresses, port=port)
    assert asked == []


def test_a_name_is_resolved_once() -> None:
    """Another answer at a second look-up (rebinding) finds nobody who asks."""
    answers = iter([["127.0.0.1"]])
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return next(answers)

    with page_that(html("ok")) as (port, _):
        fetch("http://rebound.example/", resolve=resolve, allows=lambda address: True, port=port)
    assert looked_up == ["rebound.example"]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "404 Gone", "500 Error", "204 None"])
def test_nothing_is_followed(status: str) -> None:
    head = "Content-Type: text/html\r\nLocation: http://127.0.0.1/secret"
    with page_that(html("moved", head=head, status=status)) as (port, asked), pytest.raises(LinkRefused):
        read(port)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: image/png",
        "Content-Type: application/json",
        "X-Nothing: said",
        "Content-Type: text/html\r\nContent-Encoding: gzip",
    ],
)
def test_what_is_no_plain_html_is_not_read(head: str) -> None:
    with page_that(html("{}", head=head)) as (port, _), pytest.raises(LinkRefused):
        read(port)


def test_a_large_page_is_read_so_far() -> None:
    with page_that(html("<title>Tea</title>" + "x" * (2 * fetching.MOST_BYTES))) as (port, _):
        page = read(port)
    assert len(page.content) == fetching.MOST_BYTES
    assert said_by(page).title == "Tea"


@pytest.mark.parametrize("trickle", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>"])
def test_whoever_is_slow_is_left_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch, trickle: bytes) -> None:
    monkeypatch.setattr(fetching, "WITHIN_SECS", 0.5)

    def slowly(caller: socket.socket) -> None:
        caller.sendall(trickle)
        for _ in range(100):
            caller.sendall(b"x")
            time.sleep(0.05)

    with page_that(slowly) as (port, _):
        began = time.monotonic()
        with pytest.raises((LinkRefused, OSError, fetching.http.client.HTTPException)):
            read(port)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<title> Green\n tea </title>", ("Green tea", "", "")),
        (
            '<title>t</title><meta property="og:title" content="Tea"><meta name=description content="Green &amp; red">'
            '<meta property="og:site_name" content="Tea &lt;shop&gt;">',
            ("Tea", "Green & red", "Tea <shop>"),
        ),
        ("<script>document.write('<title>x</title>')</script>", ("", "", "")),
        ("<title>\u202egnp\x00.exe</title>", ("gnp.exe", "", "")),
        ("<title>" + "茶" * 500, ("茶" * 119 + "…", "", "")),
        ("<meta property='og:title'><title>Tea", ("Tea", "", "")),
        ("<title>&#0;&#x110000;Tea", ("\ufffd\ufffdTea", "", "")),
        ("", ("", "", "")),
    ],
)
def test_what_a_page_says_of_itself_is_text(body: str, said: tuple[str, str, str]) -> None:
    assert said_by(Page(body.encode(), "utf-8")) == said


@pytest.mark.parametrize("charset", ["gb18030", "no-such", "utf-7", "rot13", "zip", "idna"])
def test_whatever_the_page_is_written_in(charset: str) -> None:
    content = "<title>茶</title>".encode("gb18030" if charset == "gb18030" else "utf-8")
    assert "<" not in said_by(Page(content, charset)).title
