"""Reading a page that a stranger names, without calling what the stranger could not call.

The name is resolved once; every address that it has must be public, and the connection goes to one of these: there is
no second look-up that could answer otherwise. No redirects, two ports, and limits on time and size.
OWASP, "Server Side Request Forgery Prevention Cheat Sheet".
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from chat.links.addresses import is_public

WITHIN_SECS = 3.0
MOST_BYTES = 512 * 1024
PORTS = {"http": 80, "https": 443}
KINDS = ("text/html", "application/xhtml+xml")
HEADERS = {
    "User-Agent": "SoukLinkPreview/1",
    "Accept": "text/html",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
# All digits, or hexadecimal, in its last label: an address in some notation and no name.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")

_resolvers = ThreadPoolExecutor(4, thread_name_prefix="resolve")

Resolve = Callable[[str, int], list[str]]
Allows = Callable[[str], bool]


class LinkRefused(Exception):
    """It is not called, or its answer is not read. The text says why."""


class Target(NamedTuple):
    secure: bool
    host: str
    port: int
    path: str


class Page(NamedTuple):
    content: bytes
    charset: str


def target_of(url: str) -> Target:
    """Raises LinkRefused for what is no plain address of a page on a host with a name."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        raise LinkRefused("no address") from None
    if parts.scheme not in PORTS or parts.username is not None or parts.password is not None:
        raise LinkRefused("no page")
    if port not in (None, PORTS[parts.scheme]):
        raise LinkRefused("another port")
    if len(host) > 253 or not _HOST.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise LinkRefused("no name of a host")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Target(parts.scheme == "https", host, PORTS[parts.scheme], f"{path}?{query}" if query else path)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises OSError."""
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def fetch(url: str, *, resolve: Resolve = resolve, allows: Allows = is_public, port: int | None = None) -> Page:
    """The page at an address, HTML alone. Raises LinkRefused, OSError, http.client.HTTPException.

    `port` stands in for the one that is called, in tests.
    """
    deadline = time.monotonic() + WITHIN_SECS
    target = target_of(url)
    try:
        addresses = _resolvers.submit(resolve, target.host, target.port).result(timeout=WITHIN_SECS)
    except TookTooLong:
        raise LinkRefused("the name took too long") from None
    if not addresses or not all(allows(address) for address in addresses):
        raise LinkRefused("an address that is not public")
    with _connected(addresses[0], port or target.port, target, deadline) as connection:
        connection.request("GET", target.path, headers=HEADERS)
        answer = connection.getresponse()
        if answer.status != 200:
            raise LinkRefused(f"answered {answer.status}")
        kind = answer.headers.get_content_type()
        if kind not in KINDS or answer.headers.get("Content-Encoding", "identity") != "identity":
            raise LinkRefused("no plain HTML")
        # What is longer is read that far: what a page says of itself stands at its beginning.
        content = answer.read(MOST_BYTES)
        if time.monotonic() > deadline:
            raise LinkRefused("the page took too long")
        return Page(content, answer.headers.get_content_charset("utf-8"))


@contextmanager
def _connected(address: str, port: int, target: Target, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """A connection to just this address, which is cut when the time is over, whatever it is busy with."""
    connection = http.client.HTTPConnection(target.host, target.port)
    # Given to it, so that nothing looks the name up again.
    connection.sock = sock = socket.create_connection((address, port), timeout=max(0.1, deadline - time.monotonic()))
    try:
        if target.secure:
            context = ssl.create_default_context()
            connection.sock = sock = context.wrap_socket(
                sock, server_hostname=target.host, do_handshake_on_connect=False
            )
        cut = threading.Timer(max(0.1, deadline - time.monotonic()), _cut, [sock])
        cut.start()
        try:
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            yield connection
        finally:
            cut.cancel()
    finally:
        connection.close()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
