"""What processes used: CPU seconds and resident memory, of a process and of all that it started (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TICKS_PER_SEC = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    cpu_secs: float
    resident_bytes: int

    @classmethod
    def of(cls, *pids: int) -> Usage:
        every = [_of_one(pid) for root in pids for pid in _tree(root)]
        return cls(sum(one.cpu_secs for one in every), sum(one.resident_bytes for one in every))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _of_one(pid: int) -> Usage:
    # Behind the name, which may hold anything. proc(5): 14 utime, 15 stime, 16 and 17 of ended children, 24 rss.
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return Usage(sum(map(int, fields[11:15])) / TICKS_PER_SEC, int(fields[21]) * PAGE_BYTES)


class Meter:
    """CPU time of named processes since it was made; without a pid, a process is left out."""

    def __init__(self, **pids: int | None) -> None:
        self._pids = {name: pid for name, pid in pids.items() if pid is not None}
        self._before = self._cpu_secs()

    def _cpu_secs(self) -> dict[str, float]:
        return {name: Usage.of(pid).cpu_secs for name, pid in self._pids.items()}

    def us_per(self, count: int) -> dict[str, float]:
        """`<name>_us`: microseconds for each of `count`."""
        now = self._cpu_secs()
        return {f"{name}_us": (now[name] - self._before[name]) * 1e6 / max(1, count) for name in self._pids}
