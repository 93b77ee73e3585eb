from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from commerce.catalog import selectors
from commerce.catalog.models import Product, Sku
from project.kernel.errors import NotFound


def test_cards_come_in_bulk(
    make_product: Callable[..., Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    products = [make_product(f"p{n}", stock=[1], pictures=["a.webp"]) for n in range(5)]
    ids = [product.pk for product in products]
    with django_assert_num_queries(5):
        cards = selectors.product_cards([*ids, ids[0], ids[-1] + 1])
    assert sorted(cards) == ids
    assert cards[ids[0]] == selectors.product_card(ids[0])


def test_no_ids_ask_nothing(django_assert_num_queries: DjangoAssertNumQueries, db: None) -> None:
    with django_assert_num_queries(0):
        assert selectors.product_cards([]) == {}
        assert selectors.sku_cards([]) == {}


def test_a_hidden_product_keeps_its_card_but_is_out_of_stock(make_product: Callable[..., Product]) -> None:
    product = make_product(stock=[5], visible=False)
    assert selectors.product_card(product.pk)["in_stock"] is False


def test_the_price_is_of_what_can_be_sold(make_product: Callable[..., Product]) -> None:
    product = make_product(prices=[(100, None), (900, None)], stock=[5, 0])
    Sku.objects.filter(code="mug-0").update(sellable=False)
    card = selectors.product_card(product.pk)
    assert (card["price"], card["in_stock"]) == ({"amount": 900, "currency": "CNY"}, False)


def test_an_unknown_product_has_no_card(db: None) -> None:
    with pytest.raises(NotFound):
        selectors.product_card(1)


def test_sku_cards_name_the_product_and_the_options(
    make_product: Callable[..., Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product = make_product(prices=[(3900, 7900), (4900, None)], pictures=["a.webp"])
    first, second = Sku.objects.filter(product=product)
    red = [{"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": "红", "en": "Red"}}]
    Sku.objects.filter(pk=first.pk).update(options=red)
    with django_assert_num_queries(2):
        cards = selectors.sku_cards([first.pk, second.pk, second.pk + 1])
    shared = {"product": product.pk, "title": {"zh": "mug 中", "en": "mug en"}, "picture": "/media/a.webp"}
    assert cards == {
        first.pk: {
            **shared,
            "sku": first.pk,
            "options": red,
            "price": {"amount": 3900, "currency": "CNY"},
        },
        second.pk: {
            **shared,
            "sku": second.pk,
            "options": [],
            "price": {"amount": 4900, "currency": "CNY"},
        },
    }
