"""The opening handshake of a WebSocket, without I/O: a request's head in, the answer out.

Source: RFC 6455, section 4.2. What is not plainly a WebSocket request is left to the HTTP server, mistakes and all.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha1
from typing import NamedTuple

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = b"13"
KEY_BYTES = 16
MOST_HEAD_BYTES = 16 * 1024
END_OF_HEAD = b"\r\n\r\n"


class RefusedUpgrade(Exception):
    """The request is answered by this status, and the connection ends."""

    def __init__(self, status: int, phrase: str, *, headers: bytes = b"") -> None:
        super().__init__(phrase)
        self.answer = (
            b"HTTP/1.1 %d %b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n"
            b"%b\r\n%b"
        ) % (status, phrase.encode(), len(phrase), headers, phrase.encode())


class Upgrade(NamedTuple):
    query: bytes
    # Names in lower case; what comes several times is joined by a comma.
    headers: dict[bytes, bytes]

    @property
    def subprotocols(self) -> list[str]:
        """What the client can speak, what it likes best first."""
        offered = self.headers.get(b"sec-websocket-protocol", b"").decode("latin-1")
        return [name.strip() for name in offered.split(",")]

    def accept(self, subprotocol: str | None) -> bytes:
        """The answer that opens the socket. Raises RefusedUpgrade for a handshake that is not of version 13."""
        if self.headers.get(b"sec-websocket-version") != VERSION:
            raise RefusedUpgrade(426, "Upgrade Required", headers=b"Sec-WebSocket-Version: 13\r\n")
        key = self.headers.get(b"sec-websocket-key", b"")
        try:
            is_key = len(b64decode(key, validate=True)) == KEY_BYTES
        except NotBase64:
            is_key = False
        if not is_key:
            raise RefusedUpgrade(400, "Bad Request")
        chosen = b"Sec-WebSocket-Protocol: %b\r\n" % subprotocol.encode() if subprotocol else b""
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n%b\r\n"
        ) % (b64encode(sha1(key + GUID, usedforsecurity=False).digest()), chosen)


def may_become(data: bytes, start: bytes) -> bool:
    """Whether what has come of a request so far may be one that begins with `start`."""
    return data.startswith(start) or start.startswith(data)


def upgrade_in(head: bytes, path: bytes) -> Upgrade | None:
    """The WebSocket request for `path` in a head that ends with an empty line, or None."""
    request, *lines = head[: -len(END_OF_HEAD)].split(b"\r\n")
    method, _, rest = request.partition(b" ")
    target, _, version = rest.partition(b" ")
    wanted, _, query = target.partition(b"?")
    if (method, wanted, version) != (b"GET", path, b"HTTP/1.1"):
        return None
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            return None
        name, value = name.lower(), value.strip()
        headers[name] = headers[name] + b", " + value if name in headers else value
    if b"content-length" in headers or b"transfer-encoding" in headers:
        return None
    if headers.get(b"upgrade", b"").lower() != b"websocket":
        return None
    options = headers.get(b"connection", b"").lower().split(b",")
    return Upgrade(query, headers) if b"upgrade" in [option.strip() for option in options] else None
