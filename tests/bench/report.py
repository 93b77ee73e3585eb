"""The figures as tables and charts, on the terminal and in docs/performance.md."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bench import chart, claims, connections, fan_out, groups, search, shop, targets
from tests.bench.figures import Figures, short
from tests.bench.rooms import SOUK

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
MEASURED = DOCS / "performance.json"
HEADS = {
    "per_sec": "per second",
    "per_core": "per second and core",
    "web_us": "CPU of the web process, µs each",
    "busiest_us": "of the busiest process, µs each",
    "postgres_us": "PostgreSQL, µs each",
    "valkey_us": "Valkey, µs each",
    "p50_ms": "p50, ms",
    "p95_ms": "p95, ms",
    "p99_ms": "p99, ms",
    "kb": "memory, KB each",
    "first_us": "CPU of the first thousand, µs each",
    "last_us": "of the last thousand, µs each",
    "idle_core_percent": "idle, % of a core",
    "recovered_percent": "recovered, %",
    "redis_commands": "Valkey commands each",
    "queries": "database statements each",
    "arrived_percent": "arrived in time, %",
    "grown_mb": "memory grew by, MB",
    "stuck_kb": "memory of a stuck reader, KB",
    "kernel_kb": "in the kernel, KB",
    "cut": "readers cut off",
    "cut_secs": "the last after, s",
    "ratio": "ratio",
    "secs": "seconds",
    "python_secs": "CPU of Python, s",
    "postgres_secs": "of PostgreSQL, s",
    "disk_mb": "on disk, MB",
    "load_core_percent": "load generator, % of a core",
}


def table(figures: Figures, name: str) -> str:
    """Medians as Markdown, and what is missing."""
    rows = figures.rows(name)
    measured = dict.fromkeys(column for row in rows.values() for column in row)
    columns = [*(column for column in HEADS if column in measured), *(c for c in measured if c not in HEADS)]
    lines = [f"| | {' | '.join(HEADS.get(c, c) for c in columns)} |", f"|---|{'---:|' * len(columns)}"]
    for row, values in rows.items():
        cells = [short(values[column]) if column in values else "" for column in columns]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    missing = [f"{row}: not measured, {why}." for row, why in figures.left_out(name).items()]
    return "\n".join(lines) + "".join(f"\n\n{line}" for line in missing)


def tables(figures: Figures) -> str:
    named = [f"{name}\n\n{table(figures, name)}" for name in figures.tables]
    return "\n\n".join([*named, f"targets\n\n{targets.table(figures)}"])


def write(measured: Figures, *, described: str) -> None:
    """Fill the marked places of the page with what was measured now, and draw the charts anew."""
    figures = measured.over(Figures.read(MEASURED))
    figures.write(MEASURED)
    text = PAGE.read_text()
    text = _fill(text, "machine", f"Measured {described}. Medians of {figures.rounds} rounds.")
    text = _fill(text, "targets", targets.table(figures))
    for name in figures.tables:
        text = _fill(text, name, table(figures, name))
    PAGE.write_text(text)
    for name, svg in _charts(figures).items():
        (DOCS / f"performance-{name}.svg").write_text(svg)


def _fill(text: str, name: str, content: str) -> str:
    place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"the page has no place for {name!r}")
    return place.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)


def _charts(figures: Figures) -> dict[str, str]:
    """Those whose figures were measured, by name."""
    full, hot = figures.rows(fan_out.FULL), figures.rows(fan_out.HOT)
    drawn = {}
    if full and hot:
        drawn["fan-out"] = chart.bars(
            f"CPU per delivery, µs, {fan_out.VIEWERS:,} viewers × {fan_out.RATE} messages a second (less is better)",
            {name: row["web_us"] for name, row in full.items()},
            ours=SOUK,
        )
        drawn["fan-out-hot"] = chart.bars(
            f"CPU per delivery, µs, {fan_out.HOT_VIEWERS} viewers × {fan_out.HOT_RATE} a second (less is better)",
            {name: row["web_us"] for name, row in hot.items()},
            ours=SOUK,
        )
        p99 = {f"{name}, {fan_out.VIEWERS:,} × {fan_out.RATE}": row["p99_ms"] for name, row in full.items()}
        p99 |= {f"{name}, {fan_out.HOT_VIEWERS} × {fan_out.HOT_RATE}": row["p99_ms"] for name, row in hot.items()}
        p99 = {name: value for name, value in p99.items() if fan_out.SLOWLY not in name}
        drawn["p99"] = chart.bars("p99 from publish to the viewer's socket, ms (less is better)", p99, ours=SOUK)
    if curve := figures.rows(connections.CPU_CURVE):
        series = {name: {float(x): y for x, y in row.items()} for name, row in curve.items()}
        title = "CPU of a connect, µs, the more are connected"
        drawn["connects"] = chart.lines(title, series, ours=SOUK, x_title="connections")
    if answered := figures.rows(claims.TABLE):
        shown = {
            row: answered[row]["per_sec"] for row in (claims.LOSERS, claims.HOT, claims.GROUP_COMMIT, claims.PLAIN)
        }
        title = "Claims answered per second, one web process (more is better)"
        drawn["claims"] = chart.bars(title, shown, ours=SOUK)
    if talked := figures.rows(groups.TABLE):
        costs = {"web process": "web_us", "PostgreSQL": "postgres_us"}
        series = {
            name: {float(members): talked[groups.row_of(members)][column] for members in groups.SIZES}
            for name, column in costs.items()
        }
        title = f"CPU of a delivery, µs, {fan_out.VIEWERS:,} online, the more belong to the group"
        drawn["groups"] = chart.lines(title, series, ours="web", x_title="members", log_x=True)
    asked = {
        f"{table}: {row}": figures.rows(table)[row]["per_sec"]
        for table in (shop.LIST, shop.CART, shop.CHECKOUT)
        for row in (SOUK, shop.JSON)
        if row in figures.rows(table)
    }
    if asked:
        title = f"Requests answered per second, {shop.CONCURRENT} shoppers at once (more is better)"
        drawn["shop"] = chart.bars(title, asked, ours=SOUK)
    if found := figures.rows(search.TABLE):
        title = f"p95 of a search among {search.PRODUCTS:,} products, ms (less is better)"
        drawn["search"] = chart.bars(title, {row: values["p95_ms"] for row, values in found.items()}, ours="")
    return drawn
