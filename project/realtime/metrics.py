"""What the engine counts. A delivery costs no call here: frames and receivers are counted once a flush.

Numbers of several processes add up: each writes its own into PROMETHEUS_MULTIPROC_DIR about once a second, and
whoever is asked for them reads all files. What a process that has ended counted stays; what it held does not.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from project.kernel.counting import FAMILIES, Labels, Levels, Reading, Spread, Total, Totals

if TYPE_CHECKING:
    from project.realtime.shards import Shards

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
WRITE_SECS = 1.0
LOOK_SECS = 0.1
LATENCY_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

CONNECTIONS = Levels("souk_connections", "Open sockets, by way out and codec.", labels=("transport", "codec"))
CHANNELS = Levels("souk_channels", "Channels with somebody in them, counted in each process.", labels=("kind",))
SUBSCRIPTIONS = Levels("souk_subscriptions", "Subscriptions of open connections.", labels=("kind",))
COMMANDS = Totals("souk_commands_total", "Commands of clients, by name.", labels=("command",))
ERRORS = Totals("souk_command_errors_total", "Commands answered with an error, by its code.", labels=("code",))
PUBLICATIONS = Totals(
    "souk_publications_total",
    "Publications of channels that had receivers in this process, each counted once a process.",
    labels=("class",),
)
DELIVERIES = Totals("souk_deliveries_total", "Publications × the connections they were written to.", labels=("class",))
FRAMES = Total("souk_push_frames_total", "Frames of publications × connections: deliveries ÷ frames is the coalescing.")
DROPPED = Total("souk_dropped_total", "Ephemeral publications × connections, left out for slow readers.")
CLOSES = Totals("souk_closes_total", "Connections that the server closed, by code.", labels=("code",))
RECOVERIES = Totals("souk_recoveries_total", "Subscriptions that asked to recover.", labels=("outcome",))
RECOVERED = Total("souk_recovered_publications_total", "Publications that recoveries brought.")
LATENCY = Spread(
    "souk_publish_to_socket_seconds",
    "From publish to the sockets of this process, for the oldest publication of each flush; needs clocks in step.",
    LATENCY_BOUNDS,
)
LOOP_LAG = Spread("souk_loop_lag_seconds", "By how much a timer of the event loop came late.", LATENCY_BOUNDS)
REDIS_LINKS = Levels("souk_redis_links", "Links to Redis (one a process and shard), by state.", labels=("state",))
REDIS_RECONNECTS = Total("souk_redis_reconnects_total", "Links to Redis that were lost and made again.")
Reading("souk_processes", "Server processes that count.", lambda: 1)
Reading("souk_resident_memory_bytes", "Memory of the server processes.", lambda: _resident_bytes())
CPU = Totals("souk_cpu_seconds_total", "CPU time of the server processes.", labels=("mode",))


WAYS = {"SocketProtocol": "uvicorn", "DaphneOutbound": "daphne"}


def kind_of(channel: str) -> str:
    return channel.partition(":")[0]


def way_of(out: object) -> str:
    """How a connection is served, by the name of the class that writes to it."""
    return WAYS.get(type(out).__name__, "asgi")


def flushed(publications: int, *, ephemeral: int, receivers: int, published_at: float) -> None:
    """One flush: what it held, how many connections there are for it, and when (seconds since the epoch) its oldest
    publication was published; 0 where that is not known."""
    if durable := publications - ephemeral:
        PUBLICATIONS.add("durable", much=durable)
        DELIVERIES.add("durable", much=durable * receivers)
    if ephemeral:
        PUBLICATIONS.add("ephemeral", much=ephemeral)
        DELIVERIES.add("ephemeral", much=ephemeral * receivers)
    FRAMES.value += receivers
    if published_at:
        LATENCY.observe(max(0.0, time.time() - published_at))


async def watch(shards: Shards) -> None:
    """Measure the lag of the running loop, and write what was counted where the other processes find it."""
    global _own
    loop = asyncio.get_running_loop()
    book = _own = Book(Path(folder)) if (folder := os.environ.get(VARIABLE)) and _own is None else None
    try:
        written_at = 0.0
        while True:
            due = loop.time() + LOOK_SECS
            await asyncio.sleep(LOOK_SECS)
            LOOP_LAG.observe(max(0.0, loop.time() - due))
            if due - written_at > WRITE_SECS:
                written_at = due
                up = sum(shard.is_up for shard in shards.all)
                REDIS_LINKS.set("up", to=up)
                REDIS_LINKS.set("down", to=len(shards.all) - up)
                if book:
                    book.write()
    finally:
        if book:
            book.close()
            _own = None


# --- What is told ---

Counted = dict[str, list[tuple[Labels, list[float]]]]


def counted() -> Counted:
    """What this process has counted until now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    CPU.set("user", to=usage.ru_utime)
    CPU.set("system", to=usage.ru_stime)
    return {name: list(family.read().items()) for name, family in FAMILIES.items()}


class Book:
    """The file of one process, replaced as a whole. While its lock is held, the process lives."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"souk-{os.getpid()}-{time.time_ns():x}.json"
        self._lock: IO[bytes] = self.file.with_suffix(".lock").open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def write(self) -> None:
        new = self.file.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(counted()))
        new.replace(self.file)

    def close(self) -> None:
        self.write()
        self._lock.close()


_own: Book | None = None


def _others(folder: Path) -> Iterator[tuple[Counted, bool]]:
    """What each other process has written, and whether it lives."""
    for file in sorted(folder.glob("souk-*.json")):
        if _own and file == _own.file:
            continue
        with file.with_suffix(".lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                lives = False
            except BlockingIOError:
                lives = True
        yield msgspec.json.decode(file.read_bytes(), type=Counted), lives


class SoukCollector(Collector):
    """For prometheus_client: everything that was counted, of this process or of all that share a folder."""

    def collect(self) -> Iterable[Metric]:
        folder = os.environ.get(VARIABLE)
        yield from _families([(counted(), True), *(_others(Path(folder)) if folder else ())])


def _families(books: Iterable[tuple[Counted, bool]]) -> Iterator[Metric]:
    sums: dict[str, dict[Labels, list[float]]] = {name: {} for name in FAMILIES}
    for book, lives in books:
        for name, rows in book.items():
            # A file may be of another version of the code.
            if name not in sums or not (lives or FAMILIES[name].kind != "gauge"):
                continue
            for labels, numbers in rows:
                before = sums[name].get(labels)
                sums[name][labels] = [a + b for a, b in zip(before, numbers, strict=True)] if before else list(numbers)
    for name, rows_of in sums.items():
        yield _metric(name, rows_of)


def _metric(name: str, rows: dict[Labels, list[float]]) -> Metric:
    family = FAMILIES[name]
    if isinstance(family, Spread):
        histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
        bounds = [*(str(float(bound)) for bound in family.bounds), "+Inf"]
        for labels, (total, *numbers) in rows.items():
            reached, buckets = 0.0, []
            for bound, number in zip(bounds, numbers, strict=True):
                reached += number
                buckets.append((bound, reached))
            histogram.add_metric(labels, buckets, total)
        return histogram
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(name, family.help, labels=family.labels)
    for labels, (value,) in rows.items():
        metric.add_metric(labels, value)
    return metric


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:  # not Linux: the most it ever was, in kB
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
