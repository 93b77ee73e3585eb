from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from commerce.catalog.models import Category, Product, Sku
from commerce.inventory import selectors, services
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Stock, StockMovement

THREADS = 25


@pytest.fixture
def sku(transactional_db: None) -> Sku:
    category = Category.objects.create(slug="tea", name_zh="茶", name_en="Tea")
    product = Product.objects.create(category=category, title_zh="杯", title_en="Mug")
    sku = Sku.objects.create(product=product, code="mug", price=3900)
    services.receive(sku_id=sku.pk, quantity=1, reference="delivery:1")
    return sku


def outcomes(calls: int, call: Callable[[int], object]) -> Counter[str]:
    """Run `call(n)` for each n, THREADS at a time, all starting together on connections of their own."""
    together = Barrier(THREADS)

    def work(start: int) -> list[str]:
        seen = []
        try:
            connection.ensure_connection()
            together.wait()
            for n in range(start, calls, THREADS):
                try:
                    call(n)
                    seen.append("won")
                except OutOfStock as refusal:
                    seen.append(refusal.code)
        finally:
            connection.close()
        return seen

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(word for seen in pool.map(work, range(THREADS)) for word in seen)


@pytest.mark.parametrize("calls", [pytest.param(50, id="any-database"), pytest.param(200, marks=pytest.mark.postgres)])
def test_the_last_unit_is_promised_once(sku: Sku, calls: int) -> None:
    seen = outcomes(calls, lambda n: services.reserve(sku_id=sku.pk, quantity=1, reference=f"order:{n}"))
    assert seen == {"won": 1, "out_of_stock": calls - 1}
    assert Stock.objects.values_list("on_hand", "reserved").get() == (1, 1)
    assert StockMovement.objects.filter(kind="reserve").count() == 1
    assert selectors.discrepancies() == []


def test_one_reference_from_many_threads_reserves_once(sku: Sku) -> None:
    seen = outcomes(50, lambda n: services.reserve(sku_id=sku.pk, quantity=1, reference="order:1"))
    assert seen == {"won": 50}
    assert Stock.objects.values_list("on_hand", "reserved").get() == (1, 1)
    assert StockMovement.objects.filter(kind="reserve").count() == 1
