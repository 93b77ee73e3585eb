"""Whatever changes a price leaves a record, and pages compare with what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from commerce.catalog import selectors, services
from commerce.catalog.models import Category, PriceRecord, Product, Sku
from project.kernel.clock import database_now, now
from tests.support.factories import make_product, make_sku, write_prices
from tests.support.migrating import migrated_back

APP = "commerce_catalog"
Recorded = list[tuple[int | None, int, str]]


def recorded(sku: Sku) -> Recorded:
    return list(PriceRecord.objects.filter(sku=sku).values_list("was", "price", "currency"))


@pytest.mark.django_db
def test_every_way_of_changing_a_price_is_recorded() -> None:
    before = database_now()
    sku = Sku.objects.create(product=make_product(), code="A", price=100)
    sku.price = 200
    sku.save()
    Sku.objects.filter(pk=sku.pk).update(price=300)
    sku.price = 400
    Sku.objects.bulk_update([sku], ["price"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commerce_catalog_sku SET price = 500 WHERE id = %s", [sku.pk])
    assert recorded(sku) == [(was or None, was + 100, "CNY") for was in (0, 100, 200, 300, 400)]
    # SQLite counts in milliseconds.
    moments = list(PriceRecord.objects.values_list("since", flat=True))
    assert moments == sorted(moments)
    assert before - timedelta(milliseconds=1) <= moments[0] <= moments[-1] <= database_now()


@pytest.mark.django_db
def test_new_skus_are_recorded_in_bulk() -> None:
    product = make_product()
    skus = Sku.objects.bulk_create([Sku(product=product, code=f"B{n}", price=n) for n in range(3)])
    assert [recorded(sku) for sku in skus] == [[(None, n, "CNY")] for n in range(3)]


@pytest.mark.django_db
def test_what_does_not_change_a_price_is_not_recorded() -> None:
    sku = make_sku(list_price=None, price=100)
    sku.code, sku.sellable = "C2", False
    sku.save()
    Sku.objects.update(price=100)
    assert recorded(sku) == [(None, 100, "CNY")]


@pytest.mark.django_db
def test_prices_of_two_currencies_are_not_compared() -> None:
    sku = make_sku(list_price=None, price=9000)
    write_prices(sku, (30, 9000))
    Sku.objects.update(price=1200, currency="USD")
    assert recorded(sku) == [(None, 9000, "CNY"), (None, 1200, "USD")]
    assert selectors.struck_prices(Sku.objects.all()) == {}


@pytest.mark.django_db(transaction=True)
def test_what_was_there_before_the_history_has_a_first_record() -> None:
    """And the way back and forth keeps the SKUs."""
    sku = make_sku(list_price=None, price=4200, stock=0)
    with migrated_back((APP, "0001_initial")), connection.cursor() as cursor:
        cursor.execute("UPDATE commerce_catalog_sku SET price = 3900, list_price = 8900")
    assert recorded(sku) == [(None, 3900, "CNY")]
    Sku.objects.update(price=2900)
    assert recorded(sku) == [(None, 3900, "CNY"), (3900, 2900, "CNY")]


def struck(sku: Sku) -> int | None:
    found = selectors.struck_prices([sku])
    return found[sku.pk]["amount"] if found else None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(30, 8900)], None),
        ([(30, 8900), (1, 3900)], 8900),
        ([(30, 8900), (6.99, 3900)], 8900),
        ([(30, 8900), (7, 3900)], None),
        ([(30, 2900), (1, 3900)], None),
        ([(30, 8900), (9, 5900), (1, 3900)], 5900),
        ([(30, 5900), (7.99, 8900), (1, 3900)], 5900),
        ([(30, 5900), (8.01, 8900), (1, 3900)], 8900),
        ([(30, 3900), (2, 8900), (1, 3900)], None),
        ([(3, 8900), (1, 3900)], 8900),
    ],
)
def test_struck_is_what_the_record_allows(steps: list[tuple[float, int]], expected: int | None) -> None:
    sku = make_sku(list_price=None, price=steps[-1][1])
    write_prices(sku, *steps)
    assert struck(sku) == expected


@pytest.mark.django_db
def test_what_a_sale_asked_counts_for_a_week() -> None:
    sku = make_sku(price=3900, list_price=8900)

    def deal(days: float, price: int) -> None:
        since = now() - timedelta(days=days)
        services.record_deal(sku_id=sku.pk, price=price, currency="CNY", since=since, until=since + timedelta(hours=1))

    deal(9, 1900)
    assert struck(sku) == 8900
    deal(0.5, 4900)
    assert struck(sku) == 4900
    deal(6, 1900)
    assert struck(sku) is None
    assert selectors.lowest_prices([sku], until=now()) == {sku.pk: 1900}


@pytest.mark.django_db
def test_everyone_shows_the_same_struck_price_in_few_queries(
    client: Client, category: Category, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(30):
        product = make_product(category=category)
        make_sku(product=product, price=3900, list_price=8900 - n)
        make_sku(product=product, price=5900, list_price=9900)
    with django_assert_num_queries(5):
        listed = client.get("/api/catalog/products/").json()["results"]
    assert [card["list_price"]["amount"] for card in listed] == list(range(8900 - 29, 8901))
    with django_assert_num_queries(5):
        found = client.get(f"/api/catalog/products/{listed[0]['id']}/").json()
    assert [sku["list_price"]["amount"] for sku in found["skus"]] == [8900 - 29, 9900]


@pytest.mark.django_db
def test_the_history_of_a_product(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    product = make_product()
    sku = make_sku(product=product, price=3900, list_price=None)
    other = make_sku(product=product, price=100, list_price=None)
    make_sku(product=product, price=200, list_price=None, sellable=False)
    write_prices(sku, (200, 5900), (95, 6900), (40, 4900), (2, 3900))
    start = now() - timedelta(days=3)
    services.record_deal(sku_id=sku.pk, price=1900, currency="CNY", since=start, until=start + timedelta(minutes=10))
    with django_assert_num_queries(3):
        body = client.get(f"/api/catalog/products/{product.pk}/prices/").json()
    mine, its = body["skus"]
    assert (mine["sku"], mine["currency"]) == (sku.pk, "CNY")
    assert [point["price"] for point in mine["points"]] == [6900, 4900, 3900]
    assert mine["points"][0]["at"] == body["since"]
    (deal,) = mine["deals"]
    assert (deal["price"], datetime.fromisoformat(deal["since"])) == (1900, start)
    # Younger than the history: it begins with itself.
    assert (its["sku"], [point["price"] for point in its["points"]], its["deals"]) == (other.pk, [100], [])
    assert its["points"][0]["at"] > body["since"]


@pytest.mark.django_db
def test_too_long_a_history_begins_later(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST_RECORDS", 2)
    sku = make_sku(price=3900, list_price=None)
    write_prices(sku, (50, 5900), (40, 4900), (2, 3900))
    body: dict[str, Any] = client.get(f"/api/catalog/products/{sku.product_id}/prices/").json()
    assert [point["price"] for point in body["skus"][0]["points"]] == [4900, 3900]
    assert body["skus"][0]["points"][0]["at"] == body["since"]


def test_what_is_not_on_sale_has_no_history(client: Client, make_product: Callable[..., Product]) -> None:
    hidden = make_product("hidden", visible=False)
    for product_id in (hidden.pk, hidden.pk + 1):
        response = client.get(f"/api/catalog/products/{product_id}/prices/")
        assert (response.status_code, response.json()) == (404, {"error": {"code": "not_found"}})
