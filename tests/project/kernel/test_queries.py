"""Query sets that are put together once give what they would give anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from commerce.catalog.models import PriceRecord, Product, Sku
from project.kernel import rows
from project.kernel.clock import now
from project.kernel.queries import Among, compiled
from tests.support.factories import make_product, make_sku

pytestmark = pytest.mark.django_db


@compiled
def skus_of(products: Collection[int], at_least: int) -> QuerySet[Sku]:
    return Sku.objects.filter(Among("product", products), price__gte=at_least).select_related("product")


@compiled
def prices(codes: Collection[str]) -> QuerySet[Sku, tuple[int, Any]]:
    return Sku.objects.filter(Among("code", codes)).values_list("price", "options")


@compiled
def recorded_since(moment: datetime) -> QuerySet[PriceRecord]:
    return PriceRecord.objects.filter(since__gt=moment)


@compiled
def locked(pk: int) -> QuerySet[Product]:
    return Product.objects.select_for_update().filter(pk=pk, visible=True)


def test_the_same_statement_takes_other_values(django_assert_num_queries: Any) -> None:
    first, second = make_sku(price=100), make_sku(price=200)
    third = make_sku(product=second.product, price=300)
    every = [first.product_id, second.product_id]
    with django_assert_num_queries(4):
        assert skus_of(every, 0) == [first, second, third]
        assert skus_of(products=every, at_least=200) == [second, third]
        assert skus_of(every[:1], 0) == [first]
        assert skus_of([], 0) == []


@pytest.mark.parametrize(
    ("args", "named"), [(([],), {}), (([], 0, 0), {}), (([],), {"most": 0}), (([], 0), {"at_least": 0})]
)
def test_what_a_function_does_not_take_is_refused(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        skus_of(*args, **named)


def test_related_rows_come_along(django_assert_num_queries: Any) -> None:
    sku = make_sku(product=make_product(title_en="Lamp"))
    with django_assert_num_queries(1):
        assert [found.product.title_en for found in skus_of({sku.product_id}, 0)] == ["Lamp"]


def test_values_are_read_as_their_fields_say() -> None:
    option = {"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": "红", "en": "Red"}}
    sku = make_sku(price=100, options=[option])
    assert prices([sku.code, "it's another's"]) == [(100, [option])]


def test_moments_are_compared() -> None:
    sku, moment = make_sku(), now()
    record = PriceRecord.objects.create(sku=sku, price=1, currency="CNY", since=moment)
    assert recorded_since(moment - timedelta(microseconds=1)) == [record]
    assert recorded_since(moment) == []


def test_rows_are_locked_and_constants_stay() -> None:
    shown, hidden = make_product(), make_product(visible=False)
    assert locked(shown.pk) == [shown]
    assert locked(hidden.pk) == []


def test_the_first_of_many_are_read_alone() -> None:
    sku = make_sku(price=100)
    second, third = (make_sku(product=sku.product, price=price) for price in (200, 300))
    assert skus_of.first(2, [sku.product_id], 0) == [sku, second]
    assert skus_of.first(5, [sku.product_id], at_least=200) == [second, third]
    assert skus_of.first(0, [sku.product_id], 0) == []


def test_a_statement_goes_on_when_it_is_prepared() -> None:
    """PostgreSQL prepares what a connection has seen five times: other values, other types of them, a null."""
    for number in (0, 1, 2**15, 2**31, 2**40, -1) * 3:
        assert skus_of([number], number) == []
    sku = make_sku(price=100)
    for _ in range(7):
        rows.add(PriceRecord(sku=sku, price=1, currency="CNY", since=now()))
        rows.add(PriceRecord(sku=sku, price=2**40, was=5, currency="CNY", since=now(), until=now()))
    assert [(one.was, one.until is None) for one in PriceRecord.objects.filter(sku=sku, price=1)] == [(None, True)] * 7
    assert PriceRecord.objects.filter(sku=sku, price=2**40, was=5, until__isnull=False).count() == 7
