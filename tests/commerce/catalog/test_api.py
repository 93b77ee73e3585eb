from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from commerce.catalog.models import Category, Product, ProductPicture, Sku
from commerce.inventory.models import Stock

LIST = "/api/catalog/products/"
RED = {"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": "红", "en": "Red"}}


def test_categories_stand_in_their_order(client: Client, category: Category) -> None:
    Category.objects.create(slug="home", name_zh="家居", name_en="Home", position=0)
    assert client.get("/api/catalog/categories/").json() == [
        {"slug": "home", "name": {"zh": "家居", "en": "Home"}},
        {"slug": "tea", "name": {"zh": "茶", "en": "Tea"}},
    ]


def test_a_card_shows_the_lowest_price_and_the_first_picture(
    client: Client, make_product: Callable[..., Product]
) -> None:
    product = make_product(prices=[(5900, None), (3900, 7900)], stock=[0, 2], pictures=["b.webp", "a.webp"])
    assert client.get(LIST).json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": product.pk,
                "title": {"zh": "mug 中", "en": "mug en"},
                "picture": "/media/b.webp",
                "picture_ratio": None,
                "price": {"amount": 3900, "currency": "CNY"},
                "list_price": {"amount": 7900, "currency": "CNY"},
                "in_stock": True,
            }
        ],
    }


def test_a_card_says_how_tall_its_picture_is(client: Client, make_product: Callable[..., Product]) -> None:
    make_product(pictures=["b.webp", "a.webp"])
    ProductPicture.objects.filter(image="b.webp").update(width=640, height=800)
    assert [card["picture_ratio"] for card in client.get(LIST).json()["results"]] == [0.8]


def test_units_that_are_promised_are_not_in_stock(client: Client, make_product: Callable[..., Product]) -> None:
    product = make_product(stock=[2])
    Stock.objects.filter(sku__product=product).update(reserved=2)
    assert [card["in_stock"] for card in client.get(LIST).json()["results"]] == [False]


def test_what_is_hidden_or_cannot_be_sold_is_not_listed(client: Client, make_product: Callable[..., Product]) -> None:
    shown = make_product("shown")
    make_product("hidden", visible=False)
    make_product("bare", prices=[])
    Sku.objects.filter(product=make_product("retired")).update(sellable=False)
    assert [card["id"] for card in client.get(LIST).json()["results"]] == [shown.pk]


def test_the_list_can_be_narrowed_to_a_category(client: Client, make_product: Callable[..., Product]) -> None:
    make_product("mug")
    home = Category.objects.create(slug="home", name_zh="家居", name_en="Home")
    lamp = make_product("lamp", category=home)
    assert [card["id"] for card in client.get(LIST, {"category": "home"}).json()["results"]] == [lamp.pk]
    assert client.get(LIST, {"category": "nowhere"}).json()["results"] == []


def test_pages_of_a_category_go_both_ways(client: Client, make_product: Callable[..., Product]) -> None:
    home = Category.objects.create(slug="home", name_zh="家居", name_en="Home")
    ids = []
    for n in range(5):
        make_product(f"other{n}")
        ids.append(make_product(f"p{n}", category=home).pk)
    pages = [client.get(LIST, {"category": "home", "page_size": 2}).json()]
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())
    assert [card["id"] for page in pages for card in page["results"]] == ids[::-1]
    back = [client.get(pages[-1]["previous"]).json()]
    while back[-1]["previous"]:
        back.append(client.get(back[-1]["previous"]).json())
    assert [card["id"] for page in back[::-1] for card in page["results"]] == ids[:0:-1]


@pytest.mark.parametrize(
    ("cursor", "shown"),
    [
        ("p=99999999999999999999", [2, 1, 0]),
        ("p=-5", []),
        ("r=1&p=-99999999999999999999", [2, 1, 0]),
        ("r=1&p=99999999999999999999", []),
        ("r=1", [2, 1, 0]),
        ("o=1", [1, 0]),
        ("o=5", []),
    ],
)
def test_a_cursor_beyond_what_there_is_has_its_page(
    client: Client, make_product: Callable[..., Product], cursor: str, shown: list[int]
) -> None:
    ids = [make_product(f"p{n}").pk for n in range(3)]
    page = client.get(LIST, {"cursor": b64encode(cursor.encode()).decode()}).json()
    assert [card["id"] for card in page["results"]] == [ids[n] for n in shown]


def test_pages_neither_repeat_nor_skip_while_products_arrive(
    client: Client, make_product: Callable[..., Product]
) -> None:
    ids = [make_product(f"p{n}").pk for n in range(35)]
    first = client.get(LIST).json()
    make_product("late")
    second = client.get(first["next"]).json()
    assert [card["id"] for card in first["results"] + second["results"]] == ids[::-1]
    assert second["next"] is None
    assert [card["id"] for card in client.get(second["previous"]).json()["results"]] == ids[:4:-1]


def test_a_page_holds_at_most_a_hundred(client: Client, make_product: Callable[..., Product]) -> None:
    for n in range(101):
        make_product(f"p{n}")
    assert len(client.get(LIST, {"page_size": 1000}).json()["results"]) == 100


@pytest.mark.parametrize("cursor", ["nonsense", "cD1hYmM=", "%00", "bz0tMQ=="])
def test_a_cursor_that_nobody_gave_out_is_invalid(client: Client, db: None, cursor: str) -> None:
    response = client.get(LIST, {"cursor": cursor})
    assert response.status_code == 400
    assert response.json() == {"error": {"code": "invalid", "fields": {"cursor": ["invalid"]}}}


def test_a_full_page_takes_five_queries(
    client: Client, make_product: Callable[..., Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(31):
        make_product(f"p{n}", prices=[(100, None), (200, None)], stock=[1, 1], pictures=["a.webp", "b.webp"])
    with django_assert_num_queries(5):
        assert len(client.get(LIST).json()["results"]) == 30


def test_a_product_page_has_all_that_can_be_bought(
    client: Client, make_product: Callable[..., Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product = make_product(
        prices=[(3900, 7900), (4900, None), (100, None)],
        stock=[3, 0, 5],
        pictures=["a.webp", "b.webp"],
        description_zh="一只杯子",
        description_en="A mug",
    )
    red, blue, retired = Sku.objects.filter(product=product)
    Sku.objects.filter(pk=red.pk).update(options=[RED])
    Sku.objects.filter(pk=retired.pk).update(sellable=False)
    with django_assert_num_queries(5):
        body = client.get(f"{LIST}{product.pk}/").json()
    assert body == {
        "id": product.pk,
        "title": {"zh": "mug 中", "en": "mug en"},
        "picture": "/media/a.webp",
        "picture_ratio": None,
        "price": {"amount": 3900, "currency": "CNY"},
        "list_price": {"amount": 7900, "currency": "CNY"},
        "in_stock": True,
        "description": {"zh": "一只杯子", "en": "A mug"},
        "category": {"slug": "tea", "name": {"zh": "茶", "en": "Tea"}},
        "pictures": ["/media/a.webp", "/media/b.webp"],
        "skus": [
            {
                "id": red.pk,
                "code": "mug-0",
                "options": [RED],
                "price": {"amount": 3900, "currency": "CNY"},
                "list_price": {"amount": 7900, "currency": "CNY"},
                "lowest": {"amount": 3900, "currency": "CNY"},
                "available": 3,
            },
            {
                "id": blue.pk,
                "code": "mug-1",
                "options": [],
                "price": {"amount": 4900, "currency": "CNY"},
                "list_price": None,
                "lowest": {"amount": 4900, "currency": "CNY"},
                "available": 0,
            },
        ],
    }


def test_a_product_that_is_not_on_sale_is_not_found(client: Client, make_product: Callable[..., Product]) -> None:
    hidden = make_product("hidden", visible=False)
    for product_id in (hidden.pk, hidden.pk + 1):
        response = client.get(f"{LIST}{product_id}/")
        assert (response.status_code, response.json()) == (404, {"error": {"code": "not_found"}})
