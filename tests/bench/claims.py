"""A rush: thousands who are logged in claim at once, through their sockets, into PostgreSQL."""

from __future__ import annotations

from tests.bench.crowd import SHOPPERS, Crowd
from tests.bench.rooms import SOUK

PLAIN_SHOPPERS = 1000
# So few that a rush sells them out in its first batch.
HOT_UNITS = 100
STEADY_RATE = 1000
# Three seconds of a sale that everybody wants, and most of them again and again.
RUSH_RATE, RUSH_CLAIMS, RUSH_UNITS = 8500, 25_500, 1000

TABLE = "claims"
GROUP_COMMIT = f"{SOUK}, all at once"
STEADY = f"{SOUK}, {STEADY_RATE} a second"
RUSH = f"{SOUK}, {RUSH_RATE:,} a second for {RUSH_UNITS:,} units"
ALL_WIN = f"{SOUK}, {RUSH_RATE:,} a second, a unit for each"
PLAIN = "a transaction a claim, all at once"
HOT = f"{SOUK}, {HOT_UNITS} units"
LOSERS = f"{SOUK}, sold out"


def measure(crowd: Crowd) -> None:
    """One round: claims that all win, one by one the plain way, and sales with few units."""
    from tests.bench.shoppers import check_sold, open_sale

    def claim(method: str, allotment: object, key: str = "first") -> str:
        data = f'{{"sale":{allotment.sale_id},"sku":{allotment.sku_id},"key":"{key}"}}'  # type: ignore[attr-defined]
        return f'{{"id":%S,"rpc":{{"method":"{method}","data":{data}}}}}'

    for row, rate in ((GROUP_COMMIT, 0), (STEADY, STEADY_RATE), (ALL_WIN, RUSH_RATE)):
        allotment = open_sale(units=SHOPPERS)
        answered = crowd.ask(TABLE, row, claim("sale.claim", allotment), rate=rate)
        assert answered.words == {"ok": SHOPPERS}, answered
        check_sold(allotment.sale, winners=SHOPPERS)

    allotment = open_sale(units=RUSH_UNITS)
    answered = crowd.ask(TABLE, RUSH, claim("sale.claim", allotment), rate=RUSH_RATE, total=RUSH_CLAIMS)
    # Who won and asks again with the same key is told the same again.
    assert answered.words.keys() == {"ok", "sold_out"}, answered
    assert answered.words["ok"] >= RUSH_UNITS, answered
    check_sold(allotment.sale, winners=RUSH_UNITS)

    allotment = open_sale(units=PLAIN_SHOPPERS)
    answered = crowd.ask(TABLE, PLAIN, claim("bench.claim_plainly", allotment), clients=PLAIN_SHOPPERS)
    assert answered.words == {"ok": PLAIN_SHOPPERS}, answered
    check_sold(allotment.sale, winners=PLAIN_SHOPPERS)

    allotment = open_sale(units=HOT_UNITS)
    answered = crowd.ask(TABLE, HOT, claim("sale.claim", allotment))
    assert answered.words == {"ok": HOT_UNITS, "sold_out": SHOPPERS - HOT_UNITS}, answered
    answered = crowd.ask(TABLE, LOSERS, claim("sale.claim", allotment, key="second"))
    assert answered.words == {"already_holding": HOT_UNITS, "sold_out": SHOPPERS - HOT_UNITS}, answered
    check_sold(allotment.sale, winners=HOT_UNITS)
