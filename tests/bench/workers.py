"""Two web processes behind one port against one."""

from __future__ import annotations

from tests.bench.figures import Figures
from tests.bench.load import Load
from tests.bench.rooms import DURABLE, SOUK
from tests.bench.servers import House, serving
from tests.bench.usage import Meter, until_quiet

# So seldom that each message is a frame of its own: then one process and two do the same work, and each message is a
# burst, whose length is what the viewer who is served last has to wait.
VIEWERS, RATE, SECS = 4000, 5, 8.0
SENDERS = 400

TABLE = "web processes"
ONE, TWO = "one", "two"
SCALING = "two web processes against one"
BY_CPU, BY_CLOCK = "by CPU", "by the clock"


def measure(house: House, figures: Figures) -> None:
    """One round: the work of the busiest process, and how long a message is under way to everybody."""
    busiest, last_ms = {}, {}
    for row, workers in ((ONE, 1), (TWO, 2)):
        with serving(house, SOUK, workers=workers) as server:
            load = Load(house.wsload, port=server.port, room=DURABLE, clients=VIEWERS)
            until_quiet(server.pid)
            with load:
                meter = Meter(**{str(pid): pid for pid in server.workers})
                said = load.publish(DURABLE.say, rate=RATE, secs=SECS, senders=SENDERS)
                used = meter.secs()
            busiest[row] = max(used.values()) * 1e6 / said.deliveries
            last_ms[row] = said.p99_ms
            figures.add(
                TABLE,
                row,
                web_us=sum(used.values()) * 1e6 / said.deliveries,
                busiest_us=busiest[row],
                p50_ms=said.p50_ms,
                p99_ms=said.p99_ms,
                arrived_percent=100 * said.deliveries / (said.sent * VIEWERS),
                load_core_percent=100 * said.load_cpu_secs / max(SECS, said.secs),
            )
    figures.add(SCALING, BY_CPU, ratio=busiest[ONE] / busiest[TWO])
    figures.add(SCALING, BY_CLOCK, ratio=last_ms[ONE] / last_ms[TWO])
