"""Searching a shop of 100,000 products over HTTP: what people ask for, one request after the other."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPConnection
from itertools import islice
from random import Random
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from tests.bench.figures import Figures
from tests.bench.rooms import SOUK
from tests.bench.servers import House, Server, serving
from tests.bench.usage import Meter, until_quiet

PRODUCTS = 100_000
# Asked for by a kind; what is typed for suggestions is more, a request for every letter.
QUERIES = 100
WARM_UP = 20
FURTHER_PAGES = 10
CHANGED_PRODUCTS = 20
SEED = 4

TABLE, INDEX = "search", "search index"
ALL, TYPED = "all queries", "suggestions while typing"
BUILT, SCANNED, ONE_CHANGED = "indexing everything", "a scan that finds no change", "one changed product"

Params = dict[str, str]


def measure(house: House, figures: Figures) -> None:
    """One round; the first puts the goods on sale and indexes them."""
    from commerce.catalog.models import Product

    if Product.objects.count() < PRODUCTS:
        _open_shop(house, figures)
    with serving(house, SOUK) as server:
        client = Client(server, house)
        for path, params in _every_kind_once():
            client.ask(path, params)
        until_quiet(server.pid)
        everything: list[float] = []
        for kind, queries in QUERY_KINDS.items():
            everything += client.measure(figures, kind, "search", queries(Random(SEED)))
        figures.add(TABLE, ALL, **_latencies(everything))
        client.measure(figures, TYPED, "suggestions", _typed(Random(SEED)))


class Client:
    """One connection, kept alive."""

    def __init__(self, server: Server, house: House) -> None:
        self._server, self._house = server, house
        self._connection = HTTPConnection("127.0.0.1", server.port)

    def ask(self, path: str, params: Params) -> Any:
        """Raises AssertionError for anything but a 200."""
        self._connection.request("GET", f"/api/catalog/{path}/?{urlencode(params)}")
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, (path, params, body[:500])
        return body

    def measure(self, figures: Figures, row: str, path: str, queries: Iterable[Params]) -> list[float]:
        """The latencies in ms. A query with `pages` is followed over so many, and the first one does not count."""
        taken_ms = []
        cpu_secs = dict.fromkeys(("web", "postgres"), 0.0)
        for params in queries:
            pages = int(params.pop("pages", "0"))
            cursor = json.loads(self.ask(path, params))["cursor"] if pages else None
            for _ in range(max(1, pages)):
                if pages and cursor is None:
                    break
                meter = Meter(web=self._server.pid, postgres=self._house.postgres_pid)
                began = time.perf_counter()
                body = self.ask(path, {**params, "cursor": cursor} if cursor else params)
                taken_ms.append((time.perf_counter() - began) * 1000)
                for name, secs in meter.secs().items():
                    cpu_secs[name] += secs
                cursor = json.loads(body)["cursor"] if pages else None
        used = {f"{name}_us": secs * 1e6 / len(taken_ms) for name, secs in cpu_secs.items() if secs}
        figures.add(TABLE, row, **used, **_latencies(taken_ms))
        return taken_ms


def _latencies(taken_ms: list[float]) -> dict[str, float]:
    hundredths = quantiles(taken_ms, n=100, method="inclusive")
    return {"p50_ms": hundredths[49], "p95_ms": hundredths[94], "p99_ms": hundredths[98]}


def _open_shop(house: House, figures: Figures) -> None:
    from commerce.catalog.models import Product
    from commerce.search import services
    from tests.bench import goods

    goods.fill(PRODUCTS)

    def timed(work: Callable[[], object]) -> dict[str, float]:
        meter = Meter(python=os.getpid(), postgres=house.postgres_pid)
        began = time.perf_counter()
        work()
        used = meter.secs()
        secs = time.perf_counter() - began
        return {"secs": secs, **{f"{name}_secs": cpu for name, cpu in used.items()}}

    built = timed(services.reindex_changed)
    services.analyse()
    figures.add(INDEX, BUILT, **built, **_size_mb(house))
    figures.add(INDEX, SCANNED, **timed(services.reindex_changed))
    took_ms = []
    for product in Product.objects.order_by("?")[:CHANGED_PRODUCTS]:
        Product.objects.filter(pk=product.pk).update(title_en=product.title_en + " changed")
        began = time.perf_counter()
        services.index_products(product_ids=[product.pk])
        took_ms.append((time.perf_counter() - began) * 1000)
    figures.add(INDEX, ONE_CHANGED, p50_ms=median(took_ms))


def _size_mb(house: House) -> dict[str, float]:
    from django.db import connection

    if house.postgres_pid is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' "
            "AND relname LIKE 'commerce\\_search\\_%'"
        )
        return {"disk_mb": float(cursor.fetchone()[0]) / 1e6}


def _known(random: Random) -> Iterator[Any]:
    """Products of the shop, for what they are called."""
    from tests.bench import goods

    known = list(islice(goods.wares(), 2000))
    while True:
        yield random.choice(known)


def _chinese(random: Random) -> Iterator[Params]:
    for one in islice(_known(random), QUERIES):
        noun, material, style, brand = one.noun[0], one.material[0], one.style[0], one.brand[0]
        texts = (noun, material, material + noun, f"{style} {noun}", f"{style}{material}{noun}", brand + noun)
        yield {"q": random.choice(texts)}


def _english(random: Random) -> Iterator[Params]:
    for one in islice(_known(random), QUERIES):
        noun, material, style, brand = one.noun[1], one.material[1], one.style[1], one.brand[1]
        yield {"q": random.choice((noun, material, f"{material} {noun}", f"{style} {noun}", f"{brand} {noun}"))}


def _characters(random: Random) -> Iterator[Params]:
    for one in islice(_known(random), QUERIES):
        noun, material = one.noun[0], one.material[0]
        yield {"q": random.choice((noun[0], noun[-1], f"{noun[-1]} {material}"))}


def _misspelt(random: Random) -> Iterator[Params]:
    for one in islice(_known(random), QUERIES):
        words = f"{one.material[1]} {one.noun[1]}".lower().split()
        place, word = max(enumerate(words), key=lambda each: len(each[1]))
        at = random.randrange(1, len(word) - 1)
        wrong = (word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :])
        words[place] = random.choice(wrong)
        yield {"q": " ".join(words)}


def _described(random: Random) -> Iterator[Params]:
    """Words that stand in descriptions alone, and a mixture of both languages."""
    from tests.bench.goods import WORDS

    zh, en = WORDS["common_zh"], WORDS["common_en"]
    for one in islice(_known(random), QUERIES):
        texts = (random.choice(zh), random.choice(en), f"{random.choice(en)} {one.noun[0]}", "the " + random.choice(en))
        yield {"q": random.choice(texts)}


def _narrowed(random: Random) -> Iterator[Params]:
    for params in _words(random):
        price = random.choice((2000, 5000, 10000, 20000))
        narrowing: list[Params] = [
            {"category": f"shelf-{random.randrange(30)}"},
            {"price_min": str(price), "price_max": str(price * 3)},
            {"in_stock": "true"},
        ]
        yield params | narrowing[0] if random.random() < 0.3 else params | random.choice(narrowing[1:])


def _sorted(random: Random) -> Iterator[Params]:
    for params in _words(random):
        yield {**params, "sort": random.choice(("newest", "price_up", "price_down"))}


def _further(random: Random) -> Iterator[Params]:
    for params in islice(_words(random), QUERIES // 5):
        yield {**params, "sort": random.choice(("relevance", "newest", "price_up")), "pages": str(FURTHER_PAGES)}


def _browsed(random: Random) -> Iterator[Params]:
    for _ in range(QUERIES):
        yield {"category": f"shelf-{random.randrange(30)}", "sort": random.choice(("newest", "price_up"))}


def _words(random: Random) -> Iterator[Params]:
    for chinese, english in zip(_chinese(random), _english(random), strict=True):
        yield random.choice((chinese, english))


def _typed(random: Random) -> Iterator[Params]:
    """A request for every letter of a word or two."""
    for params in islice(_words(random), QUERIES // 2):
        for end in range(1, len(params["q"]) + 1):
            yield {"q": params["q"][:end]}


QUERY_KINDS: dict[str, Callable[[Random], Iterator[Params]]] = {
    "Chinese, one to three words": _chinese,
    "English, one to three words": _english,
    "a single character": _characters,
    "misspelt": _misspelt,
    "words of descriptions": _described,
    "narrowed by category, price or stock": _narrowed,
    "newest, cheapest or dearest first": _sorted,
    "further pages, to the eleventh": _further,
    "a category without words": _browsed,
}


def _every_kind_once() -> Iterator[tuple[str, Params]]:
    for queries in QUERY_KINDS.values():
        for params in islice(queries(Random(SEED + 1)), WARM_UP):
            params.pop("pages", None)
            yield "search", params
    for params in islice(_typed(Random(SEED + 1)), WARM_UP):
        yield "suggestions", params
