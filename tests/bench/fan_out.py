"""Fan-out: what a message to a full room costs the server, and how long it takes to everybody's screen."""

from __future__ import annotations

from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.rooms import DAPHNE, DURABLE, EPHEMERAL, FLOOR, NCHAN, ROOMS, SOCKETIO, SOUK, UVICORN, Room
from tests.bench.servers import House, Missing, Server, serving
from tests.bench.usage import Meter, until_quiet

VIEWERS, RATE = 1000, 40
# What stock Channels can do for so many viewers; beyond it, its queue grows until the load ends.
STOCK_RATE = 5
HOT_VIEWERS, HOT_RATE = 500, 400
SECS = 5.0
# What is said is said by many: each connection has the command limit of a client.
SENDERS, HOT_SENDERS = 50, 200

FULL = f"fan-out {VIEWERS} viewers, {RATE} messages a second"
HOT = f"fan-out {HOT_VIEWERS} viewers, {HOT_RATE} messages a second"
SLOWLY = f", at {STOCK_RATE} a second"
SOUK_EPHEMERAL = f"{SOUK}, ephemeral"


def measure(house: House, figures: Figures) -> None:
    """One round over all servers, each started anew."""
    with serving(house, SOUK) as server:
        with enter(house, server, DURABLE) as load:
            publish(house, server, load, DURABLE, figures, FULL, SOUK + SLOWLY, rate=STOCK_RATE)
            publish(house, server, load, DURABLE, figures, FULL, SOUK, rate=RATE)
        with enter(house, server, EPHEMERAL) as load:
            publish(house, server, load, EPHEMERAL, figures, FULL, SOUK_EPHEMERAL, rate=RATE)
        with enter(house, server, DURABLE, viewers=HOT_VIEWERS) as load:
            publish(house, server, load, DURABLE, figures, HOT, SOUK, rate=HOT_RATE, senders=HOT_SENDERS)
    for name in (NCHAN, SOCKETIO, FLOOR):
        _measure_peer(house, figures, name)
    for name in (UVICORN, DAPHNE):
        with serving(house, name) as server, enter(house, server, ROOMS[name]) as load:
            publish(house, server, load, ROOMS[name], figures, FULL, name + SLOWLY, rate=STOCK_RATE)
        for table in (FULL, HOT):
            figures.leave_out(table, name, f"it cannot: {STOCK_RATE} a second to {VIEWERS:,} take most of a core")


def _measure_peer(house: House, figures: Figures, name: str) -> None:
    room = ROOMS[name]
    tables = {FULL: (VIEWERS, RATE, SENDERS), HOT: (HOT_VIEWERS, HOT_RATE, HOT_SENDERS)}
    for table, (viewers, rate, senders) in tables.items():
        try:
            with serving(house, name) as server, enter(house, server, room, viewers=viewers) as load:
                publish(house, server, load, room, figures, table, name, rate=rate, senders=senders)
        except Missing as why:
            figures.leave_out(table, name, str(why))


def enter(house: House, server: Server, room: Room, *, viewers: int = VIEWERS) -> Load:
    load = Load(house.wsload, port=server.port, room=room, clients=viewers)
    until_quiet(server.pid)
    return load


def publish(
    house: House,
    server: Server,
    load: Load,
    room: Room,
    figures: Figures,
    table: str,
    row: str,
    *,
    rate: float,
    senders: int = SENDERS,
) -> None:
    meter = Meter(web=server.pid, valkey=house.valkey_pid)
    said = load.publish(room.say, rate=rate, secs=SECS, senders=senders)
    cost = meter.us_per(said.deliveries)
    if server.name in (NCHAN, SOCKETIO, FLOOR):
        del cost["valkey_us"]
    figures.add(
        table,
        row,
        **cost,
        p50_ms=said.p50_ms,
        p99_ms=said.p99_ms,
        arrived_percent=100 * said.deliveries / (said.sent * load.clients),
        load_core_percent=100 * said.load_cpu_secs / max(SECS, said.secs),
    )
