"""HTTP requests in their thousands: `httpload.c`, and what came of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_SECS = 300
# Any text of this length is a good one: Django compares the cookie with the header.
CSRF_TOKEN = "c" * 32


class Refused(RuntimeError):
    """A request was not answered by a status of 2xx."""


@dataclass(frozen=True, kw_only=True)
class Came:
    """`bytes`: of all answers with their heads."""

    answers: int
    failed: int
    secs: float
    bytes: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    load_cpu_secs: float
    first_failure: str


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """What one asks of a shop: its list of products, as JSON and as a page where it makes one; changes of carts, one
    cart after the other; and checkouts, one of each shopper.
    """

    list: bytes
    page: bytes = b""
    changes: list[bytes]
    checkouts: list[bytes]


def request(
    method: str, path: str, *, port: int, session: str = "", body: Any = None, headers: dict[str, str] | None = None
) -> bytes:
    """As a browser with this session sends it."""
    sent = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    lines = {"Host": f"127.0.0.1:{port}", "Accept": "*/*", "Accept-Language": "en"}
    if session:
        lines |= {"Cookie": f"sessionid={session}; csrftoken={CSRF_TOKEN}", "X-CSRFToken": CSRF_TOKEN}
    if body is not None:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(sent))}
    lines |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + sent


def ask(program: Path, requests: Iterable[bytes], *, port: int, connections: int, secs: float = 0) -> Came:
    """Each once, or for so many seconds again and again; each connection one after the other. Raises Refused."""
    file = program.with_name(f"requests-{port}")
    file.write_bytes(b"".join(b"%d\n%b" % (len(one), one) for one in requests))
    argv = [str(part) for part in (program, port, connections, secs, file)]
    told = subprocess.run(argv, stdout=subprocess.PIPE, check=True, timeout=MOST_SECS)
    came = Came(**json.loads(told.stdout))
    if came.failed:
        raise Refused(f"{came.failed} of {came.answers}: {came.first_failure}")
    return came
