"""The load: `wsload.c`, compiled where there is a compiler, and spoken to over its standard input and output."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from project.server.parent import die_with_parent
from tests.bench.rooms import Room

MOST_SECS = 150


class NoCompiler(RuntimeError):
    """There is no C compiler, and a load written in Python would measure itself."""


def compiled(name: str, folder: Path) -> Path:
    """A C program of this folder. Raises NoCompiler."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler("the load is a C program: install a C compiler, or name one in CC")
    program = folder / name
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run([compiler, "-O2", "-std=gnu17", "-o", str(program), str(source)], check=True)
    return program


@dataclass(frozen=True, kw_only=True)
class Connected:
    """`counted`: how often the text to count came; `deliveries`: messages that came while connecting."""

    clients: int
    secs: float
    counted: int
    deliveries: int
    load_cpu_secs: float


@dataclass(frozen=True, kw_only=True)
class Latency:
    """`secs` until the last answer or delivery.

    `closed` connections have ended since the load began, and `cut` of those that read nothing, the last of them after
    `cut_secs`.
    """

    secs: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    load_cpu_secs: float
    closed: int
    cut: int
    cut_secs: float


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
    """Clients that are connected to 127.0.0.1; a context, whose end closes them.

    `on_step` is called with the number of those connected and the seconds since the first began, every `step` of them.
    The last `deaf` clients read nothing once they are connected.
    """

    def __init__(
        self,
        program: Path,
        *,
        port: int,
        room: Room,
        clients: int,
        tokens: Path | None = None,
        count: str = "",
        deaf: int = 0,
        step: int = 0,
        on_step: Callable[[int, float], None] | None = None,
    ) -> None:
        options: list[object] = [part for text in room.opening for part in ("--open", text)]
        given = {"--tokens": tokens, "--wait": room.wait, "--count": count, "--deaf": deaf, "--step": step}
        options += [part for name, value in given.items() if value for part in (name, value)]
        self.clients = clients
        self._process = subprocess.Popen(
            [str(part) for part in (program, port, room.path, clients, *options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # so that what `select` says of the pipe is true of its lines
            preexec_fn=die_with_parent(),
        )
        while "connected" in (answer := self._answer()):
            if on_step:
                on_step(answer["connected"], answer["secs"])
        self.connected = Connected(**answer)

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def publish(self, text: str, *, rate: float, secs: float, senders: int, viewers: int | None = None) -> Published:
        """`rate` texts a second from `senders` in turn, each of which `viewers` clients (or all) are to get."""
        answer = self._command("publish", rate, secs, senders, viewers or self.clients, text)
        return Published(**answer)

    def ask(self, text: str, *, rate: float = 0, clients: int | None = None, total: int | None = None) -> Answered:
        """`total` requests from the first `clients` in turn (one from each, from all), `rate` a second or at once."""
        asking = clients or self.clients
        return Answered(**self._command("ask", rate, total or asking, asking, text))

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
