"""The shop over HTTP: a list of products, a change of a cart, a checkout; beside django-oscar on one PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench import oscar
from tests.bench.figures import Figures
from tests.bench.http import Jobs, ask
from tests.bench.rooms import OSCAR, SOUK
from tests.bench.servers import House, Missing, Server, serving
from tests.bench.statements import statements
from tests.bench.usage import Meter, until_quiet

# Of each server; and shoppers who each wait for their answer before they ask again.
PROCESSES, CONCURRENT = 2, 20
PRODUCTS = 1000
CARTS, CART_LINES = 200, 5
CHECKOUTS, ORDER_LINES = 500, 2
SECS, WARM_UP_SECS = 5.0, 1.0

LIST, CART, CHECKOUT = "product list of 30", "change of a cart", "checkout"
HTML, JSON = f"{OSCAR}, HTML", f"{OSCAR}, JSON"
# What a request costs where nobody else asks.
ONE_BY_ONE = "one shopper after the other"


def measure(house: House, figures: Figures) -> None:
    """One round, each server started anew."""
    from tests.bench import carts

    skus = carts.make_catalogue(PRODUCTS)
    changing = carts.make_carts(CARTS, lines=CART_LINES, sku_ids=skus)
    buying = carts.make_carts(CHECKOUTS, lines=ORDER_LINES, sku_ids=skus)
    with serving(house, SOUK, workers=PROCESSES) as server:
        _measure(house, server, figures, SOUK, carts.jobs(server.port, changing=changing, buying=buying))
    carts.check_ordered(buying)
    try:
        oscar.make_shop(PRODUCTS)
    except Missing as why:
        for table in (LIST, CART, CHECKOUT):
            figures.leave_out(table, JSON, str(why))
        return
    baskets = oscar.make_baskets(CHECKOUTS, lines=ORDER_LINES)
    changed = oscar.make_baskets(CARTS, lines=CART_LINES)
    with serving(house, OSCAR, workers=PROCESSES) as server:
        _measure(house, server, figures, JSON, oscar.jobs(server.port, changing=changed, buying=baskets))
    oscar.check_ordered(baskets)


def _measure(house: House, server: Server, figures: Figures, row: str, jobs: Jobs) -> None:
    if jobs.page:
        ask_and_note(house, server, figures, LIST, HTML, [jobs.page], secs=SECS)
    ask_and_note(house, server, figures, LIST, row, [jobs.list], secs=SECS)
    ask_and_note(house, server, figures, CART, f"{row}, {ONE_BY_ONE}", jobs.changes, secs=SECS, connections=1)
    ask_and_note(house, server, figures, CART, row, jobs.changes, secs=SECS)
    ask_and_note(house, server, figures, CHECKOUT, row, jobs.checkouts)


def ask_and_note(
    house: House,
    server: Server,
    figures: Figures,
    table: str,
    row: str,
    requests: Sequence[bytes],
    secs: float = 0,
    connections: int = CONCURRENT,
) -> None:
    """The first of them are to warm up; without `secs`, each is sent once."""
    warm_up = connections * 2
    warm_up_secs = WARM_UP_SECS if secs else 0
    ask(house.httpload, requests[:warm_up], port=server.port, connections=connections, secs=warm_up_secs)
    until_quiet(server.pid)
    before = statements() if house.counts_statements else 0
    meter = Meter(web=server.pid, postgres=house.postgres_pid, valkey=house.valkey_pid)
    measured = requests if secs else requests[warm_up:]
    came = ask(house.httpload, measured, port=server.port, connections=connections, secs=secs)
    used = meter.us_per(came.answers)
    counted = {"queries": (statements() - before) / came.answers} if house.counts_statements else {}
    figures.add(
        table,
        row,
        per_sec=came.answers / came.secs,
        **used,
        **counted,
        p50_ms=came.p50_ms,
        p95_ms=came.p95_ms,
        p99_ms=came.p99_ms,
        load_core_percent=100 * came.load_cpu_secs / came.secs,
    )
