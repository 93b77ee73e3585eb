"""Slow readers: what some who read nothing cost the server, and those who read."""

from __future__ import annotations

from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.rooms import DURABLE, SOUK
from tests.bench.servers import House, serving
from tests.bench.usage import Meter, Peak, Usage, tcp_bytes, until_quiet

HEALTHY, STUCK = 200, 200
RATE = 200
SECS = 6.0
# Long enough for a stuck reader to be noticed, kept for its ten seconds, and cut off.
STUCK_SECS = 13.0

TABLE = "slow readers"
ALONE = f"{HEALTHY} viewers"
MORE = f"{HEALTHY + STUCK} viewers"
BESIDE = f"{HEALTHY} viewers and {STUCK} who read nothing"


def measure(house: House, figures: Figures) -> None:
    """One round, each on a new server: without stuck readers, with as many healthy ones instead, and with them.

    The messages are 1 KB each, so that a stuck reader falls behind soon.
    """
    say = DURABLE.say.replace("the red one?", "the red one? " + "x" * 850)
    for row, healthy, stuck, secs in (
        (ALONE, HEALTHY, 0, SECS),
        (MORE, HEALTHY + STUCK, 0, SECS),
        (BESIDE, HEALTHY, STUCK, STUCK_SECS),
    ):
        with serving(house, SOUK) as server:
            load = Load(house.wsload, port=server.port, room=DURABLE, clients=healthy + stuck, deaf=stuck)
            until_quiet(server.pid)
            before, kernel_before, meter = Usage.of(server.pid), tcp_bytes(), Meter(web=server.pid)
            with load, Peak(server.pid) as peak:
                said = load.publish(say, rate=RATE, secs=secs, senders=HEALTHY, viewers=healthy)
            grown_kb = (peak.resident_bytes - before.resident_bytes) / 1024
            columns = {
                **meter.us_per(said.deliveries),
                "p50_ms": said.p50_ms,
                "p99_ms": said.p99_ms,
                "arrived_percent": 100 * said.deliveries / (said.sent * healthy),
                "grown_mb": grown_kb / 1024,
            }
            if stuck:
                alone = figures.last(TABLE, ALONE, "grown_mb") * 1024
                columns |= {
                    "stuck_kb": (grown_kb - alone) / stuck,
                    "kernel_kb": (peak.tcp_bytes - kernel_before) / 1024 / stuck,
                    "cut": said.cut,
                    "cut_secs": said.cut_secs,
                }
            figures.add(TABLE, row, **columns)
