"""What processes used: CPU seconds and resident memory, of a process and of all that it started (Linux)."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_SEC = os.sysconf("SC_CLK_TCK")
HELD = re.compile(r"^Rss(?:Anon|Shmem):\s*(\d+) kB$", re.MULTILINE)
# A server is at rest when it used less than a twentieth of a core for this long.
QUIET_SECS = 0.3
QUIET_SHARE = 0.05
QUIET_WITHIN_SECS = 20.0
LOOK_EVERY_SECS = 0.05


class Usage(NamedTuple):
    cpu_secs: float
    resident_bytes: int

    @classmethod
    def of(cls, *pids: int) -> Usage:
        while True:
            try:
                every = [_of_one(pid) for root in pids for pid in _tree(root)]
                break
            except OSError:
                # One of PostgreSQL's workers has ended between the two looks: its time is its parent's now.
                if not all(Path(f"/proc/{pid}").exists() for pid in pids):
                    raise
        return cls(sum(one.cpu_secs for one in every), sum(one.resident_bytes for one in every))


def children_of(pid: int) -> list[int]:
    """Those it started itself and that run."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in found for child in children.read_text().split()]


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in children_of(pid):
        yield from _tree(child)


def _of_one(pid: int) -> Usage:
    # clock_getcpuclockid(3): the CPU clock of another process, to the nanosecond; /proc counts in hundredths.
    # What children that have ended used is kept there alone: PostgreSQL has a process for each connection.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    ended_ticks = int(fields[13]) + int(fields[14])
    cpu_secs = time.clock_gettime(~pid << 3 | 2) + ended_ticks / TICKS_PER_SEC
    # Without pages of files, which the kernel takes and gives as it likes.
    held_kb = map(int, HELD.findall(Path(f"/proc/{pid}/status").read_text()))
    return Usage(cpu_secs, sum(held_kb) * 1024)


def tcp_bytes() -> int:
    """What the kernel holds for all TCP sockets together: sent and not taken, come and not read."""
    line = next(line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:"))
    return int(line.rsplit("mem ", 1)[1]) * PAGE_BYTES


class Meter:
    """CPU time of named processes since it was made; without a pid, a process is left out."""

    def __init__(self, **pids: int | None) -> None:
        self._pids = {name: pid for name, pid in pids.items() if pid is not None}
        self._before = self._cpu_secs()

    def _cpu_secs(self) -> dict[str, float]:
        return {name: Usage.of(pid).cpu_secs for name, pid in self._pids.items()}

    def secs(self) -> dict[str, float]:
        now = self._cpu_secs()
        return {name: now[name] - self._before[name] for name in self._pids}

    def us_per(self, count: int) -> dict[str, float]:
        """`<name>_us`: microseconds for each of `count`."""
        return {f"{name}_us": secs * 1e6 / max(1, count) for name, secs in self.secs().items()}


class Peak:
    """The most memory that a process and its children had, and all TCP sockets of the machine, while it lasted."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self.resident_bytes = self.tcp_bytes = 0

    def __enter__(self) -> Peak:
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY_SECS):
            self.resident_bytes = max(self.resident_bytes, Usage.of(self._pid).resident_bytes)
            self.tcp_bytes = max(self.tcp_bytes, tcp_bytes())


def until_quiet(pid: int) -> None:
    """Wait until a server has done what it does behind a handshake or after a disconnect; it belongs to that."""
    deadline = time.monotonic() + QUIET_WITHIN_SECS
    used = QUIET_SECS
    while used > QUIET_SECS * QUIET_SHARE and time.monotonic() < deadline:
        before = Usage.of(pid).cpu_secs
        time.sleep(QUIET_SECS)
        used = Usage.of(pid).cpu_secs - before
