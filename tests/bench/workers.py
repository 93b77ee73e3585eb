"""Two web processes behind one port against one."""

from __future__ import annotations

from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.rooms import DURABLE, SOUK
from tests.bench.servers import House, Server, serving
from tests.bench.usage import Meter, until_quiet

# So seldom that each message is a frame of its own: then one process and two do the same work.
VIEWERS, RATE, SECS = 4000, 5, 5.0
# More than can be delivered: what comes through is what they can do beside the load generator.
MOST_RATE, MOST_SECS = 1000, 3.0
SENDERS = 400

TABLE = "web processes"
ONE, TWO = "one", "two"
SCALING = "two web processes against one"
BY_CPU, BY_CLOCK = "by CPU", "by the clock"


def measure(house: House, figures: Figures) -> None:
    """One round: the work of the busiest process at the same rate, and what comes through at most."""
    busiest, through = {}, {}
    for row, workers in ((ONE, 1), (TWO, 2)):
        with serving(house, SOUK, workers=workers) as server:
            load = Load(house.wsload, port=server.port, room=DURABLE, clients=VIEWERS)
            until_quiet(server.pid)
            with load:
                meter = _meter(server)
                said = load.publish(DURABLE.say, rate=RATE, secs=SECS, senders=SENDERS)
                used = meter.secs()
                busiest[row] = max(used.values()) * 1e6 / said.deliveries
                until_quiet(server.pid)
                meter = Meter(web=server.pid, valkey=house.valkey_pid)
                most = load.publish(DURABLE.say, rate=MOST_RATE, secs=MOST_SECS, senders=SENDERS)
                busy = sum(meter.secs().values()) + most.load_cpu_secs
                through[row] = most.deliveries / most.secs
            figures.add(
                TABLE,
                row,
                web_us=sum(used.values()) * 1e6 / said.deliveries,
                busiest_us=busiest[row],
                p99_ms=said.p99_ms,
                most_per_sec=through[row],
                most_p99_ms=most.p99_ms,
                busy_cores=busy / most.secs,
                load_core_percent=100 * most.load_cpu_secs / most.secs,
            )
    figures.add(SCALING, BY_CPU, ratio=busiest[ONE] / busiest[TWO])
    figures.add(SCALING, BY_CLOCK, ratio=through[TWO] / through[ONE])


def _meter(server: Server) -> Meter:
    return Meter(**{str(pid): pid for pid in server.workers})
