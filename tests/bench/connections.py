"""Thousands of idle connections: what each takes to come in, in memory, and while nothing happens."""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import pairwise

from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.rooms import NCHAN, ROOMS, SOCKETIO, SOUK, UVICORN
from tests.bench.servers import House, Missing, Server, serving
from tests.bench.usage import Meter, Usage, until_quiet

CLIENTS, STEP = 9000, 1000
# What a server loads with its first connections belongs to no connection.
FIRST_CLIENTS = 20
# Longer than the time between two pings of any of them.
IDLE_SECS = 30

TABLE = "connections"
CPU_CURVE = "CPU of a connect, by connections"
RATE_CURVE = "connects a second, by connections"


def measure(house: House, figures: Figures) -> None:
    """One round: each server is filled alone; then all are idle side by side, and each is watched."""
    with ExitStack() as ending:
        filled: dict[Server, dict[str, float]] = {}
        for name in (SOUK, NCHAN, SOCKETIO, UVICORN):
            try:
                server = ending.enter_context(serving(house, name))
            except Missing as why:
                figures.leave_out(TABLE, name, str(why))
                continue
            filled[server] = _fill(house, server, figures, ending)
        meter = Meter(**{server.name: server.pid for server in filled})
        began = time.monotonic()
        time.sleep(IDLE_SECS)
        idle, secs = meter.secs(), time.monotonic() - began
        for server, columns in filled.items():
            figures.add(TABLE, server.name, **columns, idle_core_percent=100 * idle[server.name] / secs)


def _fill(house: House, server: Server, figures: Figures, ending: ExitStack) -> dict[str, float]:
    room = ROOMS[server.name]
    with Load(house.wsload, port=server.port, room=room, clients=FIRST_CLIENTS):
        pass
    until_quiet(server.pid)
    steps: list[tuple[int, float, float]] = [(0, 0.0, Usage.of(server.pid).cpu_secs)]

    def note(connected: int, secs: float) -> None:
        steps.append((connected, secs, Usage.of(server.pid).cpu_secs))

    before = Usage.of(server.pid)
    load = Load(house.wsload, port=server.port, room=room, clients=CLIENTS, step=STEP, on_step=note)
    ending.enter_context(load)
    until_quiet(server.pid)
    after = Usage.of(server.pid)
    cpu = {str(n): (cpu - cpu_before) * 1e6 / STEP for (_, _, cpu_before), (n, _, cpu) in pairwise(steps)}
    rate = {str(n): STEP / (at - at_before) for (_, at_before, _), (n, at, _) in pairwise(steps)}
    figures.add(CPU_CURVE, server.name, **cpu)
    figures.add(RATE_CURVE, server.name, **rate)
    return {
        "per_sec": CLIENTS / load.connected.secs,
        "web_us": (after.cpu_secs - before.cpu_secs) * 1e6 / CLIENTS,
        "kb": (after.resident_bytes - before.resident_bytes) / 1024 / CLIENTS,
        "first_us": cpu[str(STEP)],
        "last_us": cpu[str(CLIENTS)],
    }
