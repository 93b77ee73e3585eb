"""Starts programs, keeps them running, writes their logs and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from project.server.parent import die_with_parent

LOG_BYTES = 10_000_000
# What ends sooner than this did not really run.
QUICK_SECS = 10
MOST_QUICK_ENDS = 4
LONGEST_PAUSE_SECS = 30
_ALARMING = re.compile(r"[ \[:](ERROR|CRITICAL)[ /\]:]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`essential`: when it cannot be kept running, everything stops. `stop_secs`: how long it may take to end.

    `ready`: the line that it prints when it can work. `descriptors`: files that it inherits under the same numbers.
    """

    name: str
    argv: Sequence[str]
    cwd: Path
    essential: bool = True
    stop_secs: float = 20
    ready: str = ""
    descriptors: Sequence[int] = ()


class Supervisor:
    """Programs are stopped in the reverse order of `start`. `say` prints one line for the person at the console."""

    def __init__(self, *, log_dir: Path, say: Callable[[str], None], environment: Mapping[str, str]) -> None:
        self._log_dir = log_dir
        self._say = say
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._keepers: dict[str, tuple[Program, asyncio.Task[None]]] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._writers: set[asyncio.Task[None]] = set()
        self._ready: dict[str, asyncio.Event] = {}
        # Have been replaced and are ending: process → its program.
        self._replaced: dict[asyncio.subprocess.Process, Program] = {}
        self._replacing: asyncio.Task[None] | None = None
        self._over = asyncio.Event()
        self.failed = False
        log_dir.mkdir(parents=True, exist_ok=True)

    def obey_signals(self) -> None:
        """SIGINT and SIGTERM end `until_over`; a second one does not wait for anybody."""
        for which in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(which, self._end_or_kill)

    def replace_on(self, which: signal.Signals, names: Sequence[str]) -> None:
        """At this signal, give each of these programs a successor, one after the other."""

        async def replace_all() -> None:
            for name in names:
                if not self.over:
                    await self._replace(name)

        def begin() -> None:
            if self._replacing is None or self._replacing.done():
                self._replacing = asyncio.create_task(replace_all())

        asyncio.get_running_loop().add_signal_handler(which, begin)

    def start(self, program: Program) -> None:
        self._ready[program.name] = asyncio.Event()
        self._keepers[program.name] = (program, asyncio.create_task(self._keep(program), name=program.name))

    @property
    def over(self) -> bool:
        """Somebody wants it to end, or an essential program cannot be kept running (then `failed` is true)."""
        return self._over.is_set()

    async def until_over(self) -> None:
        await self._over.wait()

    async def until(self, ready: Callable[[], Awaitable[bool]], *, secs: float) -> bool:
        """Wait until `ready()`; false when time runs out or everything is over."""
        deadline = time.monotonic() + secs
        while not self.over and time.monotonic() < deadline:
            if await ready():
                return True
            await asyncio.sleep(0.05)
        return False

    async def stop(self, *, together: bool = False) -> None:
        """Ask each program to end, last started first, or all at once; kill what does not."""
        if self._replacing:
            self._replacing.cancel()
            await asyncio.wait([self._replacing])
        names = list(reversed(self._keepers))
        if together:
            await asyncio.gather(*[self._stop(name) for name in names])
        else:
            for name in names:
                await self._stop(name)
        await asyncio.gather(*[self._end(program, process) for process, program in list(self._replaced.items())])
        if self._writers:
            await asyncio.wait(self._writers)

    async def _stop(self, name: str) -> None:
        program, process = await self._release(name)
        if process:
            await self._end(program, process)

    async def _release(self, name: str) -> tuple[Program, asyncio.subprocess.Process | None]:
        """Keep a program no longer; what runs of it is left to the caller."""
        program, keeper = self._keepers.pop(name)
        # A keeper that pauses before a restart, or that has none to keep, is done at once.
        keeper.cancel()
        await asyncio.wait([keeper])
        return program, self._running.pop(name, None)

    async def _replace(self, name: str) -> None:
        """Start a successor; once it is ready, tell the predecessor by SIGHUP that it is replaced, and see it end."""
        program, process = await self._release(name)
        self.start(program)
        if process is None:
            return
        self._replaced[process] = program
        await self._ready[name].wait()
        self._say(f"[{name}] has a successor and ends")
        await self._end(program, process, how=signal.SIGHUP)
        del self._replaced[process]

    def _end_or_kill(self) -> None:
        if self.over:
            for process in [*self._running.values(), *self._replaced]:
                _signal_group(process, signal.SIGKILL)
        self._over.set()

    async def _keep(self, program: Program) -> None:
        quick_ends = 0
        while True:
            started = time.monotonic()
            last_words, how = await self._run(program)
            quick_ends = quick_ends + 1 if time.monotonic() - started < QUICK_SECS else 0
            if quick_ends >= MOST_QUICK_ENDS:
                self._give_up(program, how, last_words)
                return
            pause = min(LONGEST_PAUSE_SECS, 2**quick_ends / 2)
            self._say(f"[{program.name}] {how}; starting it again in {pause:g} s (see {self._log_path(program)})")
            await asyncio.sleep(pause)

    async def _run(self, program: Program) -> tuple[list[str], str]:
        """Run it once to its end; what it said last, and how it ended."""
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            cwd=program.cwd,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=1_000_000,
            # A session of its own: Ctrl-C reaches the supervisor alone, which stops things in order.
            start_new_session=True,
            preexec_fn=die_with_parent(),
            pass_fds=program.descriptors,
        )
        self._running[program.name] = process
        last_words: deque[str] = deque(maxlen=12)
        # The log goes on while the program ends, after this task was cancelled.
        writing = asyncio.create_task(self._write_log(program, process, last_words))
        self._writers.add(writing)
        writing.add_done_callback(self._writers.discard)
        code = await process.wait()
        # Its own children may have been left behind (a worker's beat).
        _signal_group(process, signal.SIGKILL)
        await writing
        del self._running[program.name]
        return list(last_words), f"ended with {signal.Signals(-code).name if code < 0 else f'code {code}'}"

    def _give_up(self, program: Program, how: str, last_words: Sequence[str]) -> None:
        self._say(f"[{program.name}] {how}, {MOST_QUICK_ENDS} times at once. It said last:")
        for line in last_words:
            self._say(f"[{program.name}]   {line}")
        if program.essential:
            self.failed = True
            self._over.set()
        else:
            self._say(f"[{program.name}] is left out; the rest goes on.")

    async def _write_log(self, program: Program, process: asyncio.subprocess.Process, last_words: deque[str]) -> None:
        assert process.stdout
        log = RotatingFileHandler(
            self._log_path(program), maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", errors="replace"
        )
        with contextlib.closing(log):
            while True:
                try:
                    raw = await process.stdout.readline()
                except ValueError:  # a line beyond the limit
                    raw = b"(a very long line was left out)\n"
                if not raw:
                    return
                line = raw.decode(errors="replace").rstrip()
                log.emit(logging.makeLogRecord({"msg": line}))
                if program.ready and line == program.ready:
                    self._ready[program.name].set()
                last_words.append(line)
                if _ALARMING.search(line[:200]):
                    self._say(f"[{program.name}] {line[:500]}")

    def _log_path(self, program: Program) -> Path:
        return self._log_dir / f"{program.name}.log"

    async def _end(
        self, program: Program, process: asyncio.subprocess.Process, *, how: signal.Signals = signal.SIGTERM
    ) -> None:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(how)
            try:
                await asyncio.wait_for(process.wait(), program.stop_secs)
            except TimeoutError:
                self._say(f"[{program.name}] did not end within {program.stop_secs:g} s and was killed")
        _signal_group(process, signal.SIGKILL)
        await process.wait()


def _signal_group(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, how)
