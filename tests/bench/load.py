"""The load: `wsload.c`, compiled where there is a compiler, and spoken to over its standard input and output."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from project.server.parent import die_with_parent

SOURCE = Path(__file__).with_name("wsload.c")
MOST_SECS = 150


class NoCompiler(RuntimeError):
    """There is no C compiler, and a load written in Python would measure itself."""


def compiled(folder: Path) -> Path:
    """Raises NoCompiler."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler("the load is a C program: install a C compiler, or name one in CC")
    program = folder / "wsload"
    subprocess.run([compiler, "-O2", "-std=gnu17", "-o", str(program), str(SOURCE)], check=True)
    return program


@dataclass(frozen=True, kw_only=True)
class Latency:
    """`secs` until the last answer or delivery; `closed` connections have ended since the load began."""

    secs: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    load_cpu_secs: float
    closed: int


@dataclass(frozen=True, kw_only=True)
class Published(Latency):
    sent: int
    deliveries: int
    frames: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Answered(Latency):
    """`words`: how many were answered by a result (`ok`), how many by an error with that message."""

    asked: int
    answers: int
    words: dict[str, int]


class Load:
    """Clients that are connected to 127.0.0.1; a context, whose end closes them."""

    def __init__(
        self,
        program: Path,
        *,
        port: int,
        path: str,
        clients: int,
        tokens: Path | None = None,
        wait: str = "",
        opening: Sequence[str] = (),
    ) -> None:
        options = [part for text in opening for part in ("--open", text)]
        options += ["--tokens", str(tokens)] if tokens else []
        options += ["--wait", wait] if wait else []
        self.clients = clients
        self._process = subprocess.Popen(
            [str(program), str(port), path, str(clients), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent(),
        )
        self.connecting_secs: float = self._answer()["secs"]

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def publish(self, text: str, *, rate: float, secs: float, senders: int, viewers: int | None = None) -> Published:
        """`rate` texts a second from `senders` in turn, each of which `viewers` clients (or all) are to get."""
        answer = self._command("publish", rate, secs, senders, viewers or self.clients, text)
        return Published(**answer)

    def ask(self, text: str, *, rate: float = 0, clients: int | None = None) -> Answered:
        """One request from each of the first `clients` (or all), `rate` a second or all at once."""
        return Answered(**self._command("ask", rate, clients or self.clients, text))

    def _command(self, *fields: object) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write("\t".join(map(str, fields)).encode() + b"\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        deadline = time.monotonic() + MOST_SECS
        while not select.select([self._process.stdout], [], [], 1)[0]:
            if time.monotonic() > deadline:
                self._process.kill()
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(10)
            raise RuntimeError("the load ended before its time")
        answer: dict[str, Any] = json.loads(line)
        return answer
