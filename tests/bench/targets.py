"""What the figures are held against."""

from __future__ import annotations

import os
from typing import NamedTuple

from tests.bench import (
    automod,
    chat,
    claims,
    connections,
    fan_out,
    groups,
    members,
    opening,
    search,
    shop,
    slow,
    storm,
    workers,
)
from tests.bench.fan_out import FULL, HOT, SLOWLY
from tests.bench.figures import Figures, short
from tests.bench.rooms import NCHAN, SOCKETIO, SOUK, UVICORN

AT_MOST, AT_LEAST = "≤", "≥"


class Place(NamedTuple):
    table: str
    row: str
    column: str

    def value(self, figures: Figures) -> float | None:
        return figures.rows(self.table).get(self.row, {}).get(self.column)


class Target(NamedTuple):
    """A figure, or its ratio to another one of the same run, and its bound."""

    what: str
    place: Place
    bound: str
    limit: float
    against: Place | None = None
    # With fewer, the load generator and the servers take each other's time.
    cores: int = 1

    def value(self, figures: Figures) -> float | None:
        """None: not measured."""
        value = self.place.value(figures)
        if value is None or self.against is None:
            return value
        other = self.against.value(figures)
        return value / other if other else None

    def is_met(self, value: float) -> bool:
        return value <= self.limit if self.bound == AT_MOST else value >= self.limit


def _cpu_against(table: str, other: str, limit: float, what: str) -> Target:
    ours, theirs = Place(table, SOUK, "web_us"), Place(table, other, "web_us")
    return Target(f"{what}: CPU per delivery, Souk / {other}", ours, AT_MOST, limit, theirs)


_FULL = f"{fan_out.VIEWERS:,} viewers × {fan_out.RATE}/s"
_HOT = f"{fan_out.HOT_VIEWERS} viewers × {fan_out.HOT_RATE}/s"
_IDLE = f"{connections.CLIENTS:,} connections"

TARGETS = [
    _cpu_against(FULL, NCHAN, 1.25, _FULL),
    _cpu_against(FULL, SOCKETIO, 0.75, _FULL),
    _cpu_against(FULL, UVICORN + SLOWLY, 0.05, _FULL),
    _cpu_against(HOT, NCHAN, 0.45, _HOT),
    _cpu_against(HOT, SOCKETIO, 0.2, _HOT),
    Target(f"{_HOT}: p99, ms", Place(HOT, SOUK, "p99_ms"), AT_MOST, 150),
    Target(f"{_HOT}: durable messages delivered, %", Place(HOT, SOUK, "arrived_percent"), AT_LEAST, 100),
    Target(f"{_IDLE}: memory each, KB", Place(connections.TABLE, SOUK, "kb"), AT_MOST, 24),
    Target(
        f"{_IDLE}: CPU of a connect, the last thousand / the first",
        Place(connections.TABLE, SOUK, "last_us"),
        AT_MOST,
        1.1,
        Place(connections.TABLE, SOUK, "first_us"),
    ),
    *(
        Target(f"Reconnects, {row}: {what}", Place(storm.TABLE, row, column), AT_LEAST, limit)
        for row in (storm.PLAIN, storm.SHOW)
        for what, column, limit in (
            ("per second and core", "per_core", 1500),
            ("recovered, %", "recovered_percent", 100),
        )
    ),
    Target("chat.send, one web process: per second", Place(chat.TABLE, chat.MOST, "per_sec"), AT_LEAST, 5000),
    Target(f"chat.send, {chat.STEADY}: p99, ms", Place(chat.TABLE, chat.STEADY, "p99_ms"), AT_MOST, 150),
    *(
        Target(
            f"A message in a group of {groups.SIZES[-1]:,} / of {groups.SIZES[0]:,}: CPU a delivery, {of}",
            Place(groups.TABLE, groups.row_of(groups.SIZES[-1]), column),
            AT_MOST,
            1.1,
            Place(groups.TABLE, groups.row_of(groups.SIZES[0]), column),
        )
        for of, column in (("web process", "web_us"), ("PostgreSQL", "postgres_us"))
    ),
    Target(f"Opening {opening.ROW}: p95, ms", Place(opening.TABLE, opening.ROW, "p95_ms"), AT_MOST, 100),
    *(
        Target(f"{members.MEMBERS:,} members, {row}: p95, ms", Place(members.TABLE, row, "p95_ms"), AT_MOST, 100)
        for row in (members.FIRST, members.MIDDLE, members.MANY, members.FEW, members.NOBODY)
    ),
    *(
        Target(f"{automod.WORDS:,} words, {row}: p99, ms", Place(automod.TABLE, row, "p99_ms"), AT_MOST, 1)
        for row in (automod.SAID, automod.EVADING)
    ),
    Target(
        "Claims in a rush, one web process: per second", Place(claims.TABLE, claims.RUSH, "per_sec"), AT_LEAST, 8000
    ),
    Target("Claims in a rush: p99, ms", Place(claims.TABLE, claims.RUSH, "p99_ms"), AT_MOST, 150),
    Target(
        "Claims that all win, one web process: per second",
        Place(claims.TABLE, claims.GROUP_COMMIT, "per_sec"),
        AT_LEAST,
        8000,
    ),
    Target(
        "Claims per second, Souk / a transaction a claim",
        Place(claims.TABLE, claims.GROUP_COMMIT, "per_sec"),
        AT_LEAST,
        8,
        Place(claims.TABLE, claims.PLAIN, "per_sec"),
    ),
    *(
        Target(f"{search.PRODUCTS:,} products, {row}: p95, ms", Place(search.TABLE, row, "p95_ms"), AT_MOST, 100)
        for row in (search.ALL, search.TYPED)
    ),
    Target(
        "Slow readers: p99 of the others, with them / without",
        Place(slow.TABLE, slow.BESIDE, "p99_ms"),
        AT_MOST,
        1.5,
        Place(slow.TABLE, slow.ALONE, "p99_ms"),
    ),
    Target("Slow readers: memory of the process each, KB", Place(slow.TABLE, slow.BESIDE, "stuck_kb"), AT_MOST, 256),
    Target("Slow readers: memory in the kernel each, KB", Place(slow.TABLE, slow.BESIDE, "kernel_kb"), AT_MOST, 256),
    Target("Slow readers: cut off", Place(slow.TABLE, slow.BESIDE, "cut"), AT_LEAST, slow.STUCK),
    Target("Two web processes / one, by CPU", Place(workers.SCALING, workers.BY_CPU, "ratio"), AT_LEAST, 1.8),
    Target("Product list of 30: database statements", Place(shop.LIST, SOUK, "queries"), AT_MOST, 8),
    *(
        Target(
            f"Product list of 30: per second, Souk / {other}",
            Place(shop.LIST, SOUK, "per_sec"),
            AT_LEAST,
            3,
            Place(shop.LIST, other, "per_sec"),
        )
        for other in (shop.JSON, shop.HTML)
    ),
    Target(
        "Change of a cart, one shopper after the other: p95, ms",
        Place(shop.CART, f"{SOUK}, {shop.ONE_BY_ONE}", "p95_ms"),
        AT_MOST,
        40,
    ),
    *(
        Target(f"{what}, {shop.CONCURRENT} at once: p95, ms", Place(table, SOUK, "p95_ms"), AT_MOST, limit)
        for what, table, limit in (("Change of a cart", shop.CART, 40), ("Checkout to order", shop.CHECKOUT, 120))
    ),
    Target(
        "Two web processes / one, by the clock",
        Place(workers.SCALING, workers.BY_CLOCK, "ratio"),
        AT_LEAST,
        1.8,
        cores=4,
    ),
]


def table(figures: Figures) -> str:
    """All targets as Markdown, met or not."""
    lines = ["| | measured | target | |", "|---|---:|---:|---|"]
    for target in TARGETS:
        value = target.value(figures)
        measured = "" if value is None else short(value)
        verdict = "not measured" if value is None else "met" if target.is_met(value) else "**not met**"
        if target.cores > (os.cpu_count() or 1):
            verdict = f"cannot be shown on {os.cpu_count()} cores"
        lines.append(f"| {target.what} | {measured} | {target.bound} {target.limit:,g} | {verdict} |")
    return "\n".join(lines)
