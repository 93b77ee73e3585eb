"""A rush: thousands who are logged in claim, or write, at once, through their sockets, into PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.fan_out import RATE, SECS, table_of
from tests.bench.figures import Figures
from tests.bench.load import Answered, Load
from tests.bench.servers import SOUK, House, Server, serving
from tests.bench.usage import Meter, Usage

SHOPPERS = 5000
PLAIN_SHOPPERS = 1000
# So few that a rush sells them out in its first batch.
HOT_UNITS = 100
STEADY_RATE = 1000
CHAT_VIEWERS = 1000

CLAIMS = "claims"
GROUP_COMMIT = "Souk, all at once"
STEADY = f"Souk, {STEADY_RATE} a second"
PLAIN = "a transaction a claim, all at once"
HOT = f"Souk, {HOT_UNITS} units"
LOSERS = "Souk, sold out"
CHAT = "chat.send"


@dataclass(frozen=True)
class Rush:
    house: House
    server: Server
    load: Load
    figures: Figures

    def ask(self, table: str, row: str, request: str, *, rate: float = 0, clients: int | None = None) -> Answered:
        meter = Meter(web=self.server.pid, postgres=self.house.postgres_pid, valkey=self.house.valkey_pid)
        answered = self.load.ask(request, rate=rate, clients=clients)
        if answered.answers < answered.asked or answered.closed:
            raise RuntimeError(f"{row}: {answered}")
        self.figures.add(
            table,
            row,
            per_sec=answered.answers / answered.secs,
            **meter.us_per(answered.answers),
            p50_ms=answered.p50_ms,
            p99_ms=answered.p99_ms,
            load_core_percent=100 * answered.load_cpu_secs / answered.secs,
        )
        return answered


@contextmanager
def rush(house: House, figures: Figures) -> Iterator[Rush]:
    """A server with everybody connected. Tokens last five minutes, and so may this."""
    from tests.bench.shoppers import make_shoppers, write_tokens

    tokens = write_tokens(make_shoppers(SHOPPERS), house.folder / "tokens")
    with serving(house, SOUK) as server:
        before, meter = Usage.of(server.pid), Meter(web=server.pid)
        load = Load(
            house.wsload,
            port=server.port,
            path="/connection/websocket",
            clients=SHOPPERS,
            tokens=tokens,
            wait='{"id":1,"connect"',
            opening=['{"id":1,"connect":{"token":"%K"}}'],
        )
        kb = (Usage.of(server.pid).resident_bytes - before.resident_bytes) / 1024 / SHOPPERS
        per_sec = SHOPPERS / load.connecting_secs
        figures.add("connecting", f"{SOUK}, logged in", per_sec=per_sec, **meter.us_per(SHOPPERS), kb=kb)
        with load:
            yield Rush(house, server, load, figures)


def measure(rush: Rush) -> None:
    """One round: claims that all win, one by one the plain way, a sale with few units, and chat."""
    from tests.bench.shoppers import check_sold, open_sale
    from tests.support.factories import make_show

    def claim(method: str, allotment: object, key: str = "first") -> str:
        data = f'{{"sale":{allotment.sale_id},"sku":{allotment.sku_id},"key":"{key}"}}'  # type: ignore[attr-defined]
        return f'{{"id":%S,"rpc":{{"method":"{method}","data":{data}}}}}'

    for row, rate in ((GROUP_COMMIT, 0), (STEADY, STEADY_RATE)):
        allotment = open_sale(units=SHOPPERS)
        answered = rush.ask(CLAIMS, row, claim("sale.claim", allotment), rate=rate)
        assert answered.words == {"ok": SHOPPERS}, answered
        check_sold(allotment.sale, winners=SHOPPERS)

    allotment = open_sale(units=PLAIN_SHOPPERS)
    answered = rush.ask(CLAIMS, PLAIN, claim("bench.claim_plainly", allotment), clients=PLAIN_SHOPPERS)
    assert answered.words == {"ok": PLAIN_SHOPPERS}, answered
    check_sold(allotment.sale, winners=PLAIN_SHOPPERS)

    allotment = open_sale(units=HOT_UNITS)
    answered = rush.ask(CLAIMS, HOT, claim("sale.claim", allotment))
    assert answered.words == {"ok": HOT_UNITS, "sold_out": SHOPPERS - HOT_UNITS}, answered
    answered = rush.ask(CLAIMS, LOSERS, claim("sale.claim", allotment, key="second"))
    assert answered.words == {"already_holding": HOT_UNITS, "sold_out": SHOPPERS - HOT_UNITS}, answered
    check_sold(allotment.sale, winners=HOT_UNITS)

    show = f"show:{make_show().pk}"
    text = '"text":"ts:%T hello from the live room, how much is the red one?"'
    send = f'{{"id":%S,"rpc":{{"method":"chat.send","data":{{"channel":"{show}",{text},"key":"%T-%I"}}}}}}'
    answered = rush.ask(CHAT, "all at once, nobody in the room", send)
    assert answered.words == {"ok": SHOPPERS}, answered
    _chat_in_a_full_room(rush, show, send)


def _chat_in_a_full_room(rush: Rush, show: str, send: str) -> None:
    """The whole way of a message: socket, group commit, PostgreSQL, outbox, Redis, everybody's socket."""
    entered = rush.load.ask(f'{{"id":%S,"subscribe":{{"channel":"{show}"}}}}', clients=CHAT_VIEWERS)
    assert entered.words == {"ok": CHAT_VIEWERS}, entered
    meter = Meter(web=rush.server.pid, postgres=rush.house.postgres_pid, valkey=rush.house.valkey_pid)
    said = rush.load.publish(send, rate=RATE, secs=SECS, senders=CHAT_VIEWERS, viewers=CHAT_VIEWERS)
    rush.figures.add(
        table_of(CHAT_VIEWERS, RATE),
        f"{SOUK}, chat.send through PostgreSQL",
        **meter.us_per(said.deliveries),
        p50_ms=said.p50_ms,
        p99_ms=said.p99_ms,
        arrived_percent=100 * said.deliveries / (said.sent * CHAT_VIEWERS),
        load_core_percent=100 * said.load_cpu_secs / max(SECS, said.secs),
    )
    left = rush.load.ask(f'{{"id":%S,"unsubscribe":{{"channel":"{show}"}}}}', clients=CHAT_VIEWERS)
    assert left.words == {"ok": CHAT_VIEWERS}, left
