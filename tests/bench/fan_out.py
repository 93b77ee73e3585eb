"""Fan-out: what a message to a full room costs the server, and how long it takes to everybody's screen."""

from __future__ import annotations

import time
from typing import NamedTuple

from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.servers import DAPHNE, SOUK, UVICORN, House, Server, serving
from tests.bench.usage import Meter, Usage

VIEWERS = 1000
RATE = 40
# What stock Channels can do for so many viewers; beyond it, its queue grows until the load ends.
STOCK_RATE = 5
HOT_VIEWERS, HOT_RATE = 500, 400
SECS = 5.0
# What is said is said by many: each connection has the command limit of a client.
SENDERS, HOT_SENDERS = 50, 200
SAID = '"text":"ts:%T hello from the live room, how much is the red one?","user":"viewer %I"'


class Room(NamedTuple):
    """How one enters the room of a server, what shows that one is in, and how one says something there."""

    path: str
    opening: list[str]
    wait: str
    say: str


def souk_room(*, durable: bool = True) -> Room:
    data = f'{{"channel":"bench:1",{SAID},"durable":{str(durable).lower()}}}'
    return Room(
        path="/connection/websocket",
        opening=['{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"bench:1"}}'],
        wait='{"id":2,"subscribe"',
        say=f'{{"id":%S,"rpc":{{"method":"bench.say","data":{data}}}}}',
    )


STOCK_ROOM = Room(path="/ws", opening=[], wait="", say=f"{{{SAID}}}")


def measure(house: House, figures: Figures) -> None:
    """One round over all servers, each started anew."""
    durable, ephemeral = souk_room(), souk_room(durable=False)
    with serving(house, SOUK) as server:
        with _enter(house, server, durable, figures) as load:
            _publish(house, server, load, durable, figures, rate=STOCK_RATE)
            _publish(house, server, load, durable, figures, rate=RATE)
            _publish(house, server, load, ephemeral, figures, rate=RATE, row=f"{SOUK}, ephemeral")
        with _connected(house, server, durable, HOT_VIEWERS) as load:
            _publish(house, server, load, durable, figures, rate=HOT_RATE, senders=HOT_SENDERS)
    for name in (UVICORN, DAPHNE):
        with serving(house, name) as server, _enter(house, server, STOCK_ROOM, figures) as load:
            _publish(house, server, load, STOCK_ROOM, figures, rate=STOCK_RATE)


def table_of(viewers: int, rate: float) -> str:
    return f"fan-out {viewers} viewers, {rate:g} messages a second"


def _connected(house: House, server: Server, room: Room, viewers: int) -> Load:
    return Load(house.wsload, port=server.port, path=room.path, clients=viewers, wait=room.wait, opening=room.opening)


def _enter(house: House, server: Server, room: Room, figures: Figures) -> Load:
    before = Usage.of(server.pid)
    load = _connected(house, server, room, VIEWERS)
    time.sleep(1)  # what a server does behind the handshake belongs to it
    after = Usage.of(server.pid)
    figures.add(
        "connecting",
        server.name,
        per_sec=VIEWERS / load.connecting_secs,
        web_us=(after.cpu_secs - before.cpu_secs) * 1e6 / VIEWERS,
        kb=(after.resident_bytes - before.resident_bytes) / 1024 / VIEWERS,
    )
    return load


def _publish(
    house: House,
    server: Server,
    load: Load,
    room: Room,
    figures: Figures,
    *,
    rate: float,
    row: str = "",
    senders: int = SENDERS,
) -> None:
    meter = Meter(web=server.pid, valkey=house.valkey_pid)
    said = load.publish(room.say, rate=rate, secs=SECS, senders=senders)
    figures.add(
        table_of(load.clients, rate),
        row or server.name,
        **meter.us_per(said.deliveries),
        p50_ms=said.p50_ms,
        p99_ms=said.p99_ms,
        arrived_percent=100 * said.deliveries / (said.sent * load.clients),
        load_core_percent=100 * said.load_cpu_secs / max(SECS, said.secs),
    )
