from __future__ import annotations

import pytest
from django.test import Client

from commerce.catalog.models import Product, Sku
from commerce.inventory.models import Stock
from tests.commerce.search.conftest import Put, Search
from tests.support.factories import make_category

URL = "/api/catalog/search/"
RED = {"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": "朱红", "en": "Vermilion"}}


def ids(found: dict[str, list[dict[str, int]]]) -> list[int]:
    return [card["id"] for card in found["results"]]


def test_two_characters_of_chinese_find_a_product(put: Put, search: Search) -> None:
    cup = put("龙泉青瓷杯", "Celadon cup")
    put("白瓷碗", "Bowl")
    assert ids(search("青瓷")) == [cup.pk]
    assert ids(search("瓷杯 龙泉")) == [cup.pk]
    assert ids(search("杯")) == [cup.pk]
    assert ids(search("青杯")) == []


def test_results_are_the_cards_of_the_catalogue(put: Put, search: Search, client: Client) -> None:
    put("龙泉青瓷杯", "Celadon cup")
    assert search("celadon") == {
        "results": client.get("/api/catalog/products/").json()["results"],
        "cursor": None,
        "total": 1,
        "facets": {
            "categories": [{**client.get("/api/catalog/categories/").json()[0], "count": 1}],
            "prices": [{"min": 0, "max": 5000, "count": 1}],
            "in_stock": 1,
        },
        "corrected": {},
    }


def test_all_words_must_match(put: Put, search: Search) -> None:
    both = put("杯", "Celadon cup")
    put("碗", "Celadon bowl")
    assert ids(search("CUP, celadon!")) == [both.pk]
    assert ids(search("celadon 碗 cup")) == []


def test_many_words_must_all_match_too(put: Put, search: Search) -> None:
    whole = put("手工龙泉青瓷主人杯", "Cup")
    put("手工龙泉青瓷主人壶", "Pot")
    assert ids(search("手工龙泉青瓷主人杯")) == [whole.pk]


def test_a_title_weighs_more_than_category_option_and_description(put: Put, search: Search) -> None:
    described = put("一", "One", description_en="As red as vermilion")
    option = put("二", "Two", options=[RED])
    category = put("三", "Three", category=make_category(name_en="Vermilion"))
    title = put("四", "Vermilion")
    assert ids(search("vermilion")) == [title.pk, category.pk, option.pk, described.pk]
    assert ids(search("朱红")) == [option.pk]


def test_a_misspelt_word_is_corrected_and_said(put: Put, search: Search) -> None:
    cup = put("杯", "Celadon porcelain cup")
    found = search("celadn procelian cup")
    assert (ids(found), found["corrected"]) == ([cup.pk], {"celadn": "celadon", "procelian": "porcelain"})


def test_of_two_corrections_the_one_that_more_products_have_wins(put: Put, search: Search) -> None:
    put("一", "Bowls")
    two = [put("二", "Bowly").pk, put("三", "Bowly").pk]
    found = search("bowlx")
    assert (ids(found), found["corrected"]) == (two[::-1], {"bowlx": "bowly"})


@pytest.mark.parametrize("q", ["cop", "x100s", "porclxyz", "celadon nowhere", "?!", "陶"])
def test_what_is_too_far_away_finds_nothing(put: Put, search: Search, q: str) -> None:
    put("杯", "Celadon porcelain cup x100")
    found = search(q)
    assert (found["results"], found["total"], found["corrected"]) == ([], 0, {})
    assert found["facets"] == {"categories": [], "prices": [], "in_stock": 0}


def test_facets_count_what_another_choice_would_find(put: Put, search: Search) -> None:
    tea = make_category(slug="tea", name_zh="茶", name_en="Tea")
    home = make_category(slug="home", name_zh="家", name_en="Home")
    cheap = put("杯", "Cup", category=tea, price=1000)
    put("杯", "Cup", category=tea, price=6000, stock=0)
    put("杯", "Cup", category=home, price=250000)
    put("碗", "Bowl", category=home)
    narrowed = search("cup", category="tea", price_max=5999, in_stock="true")
    assert (ids(narrowed), narrowed["total"]) == ([cheap.pk], 1)
    assert narrowed["facets"] == {
        "categories": [{"slug": "tea", "name": {"zh": "茶", "en": "Tea"}, "count": 1}],
        "prices": [{"min": 0, "max": 5000, "count": 1}],
        "in_stock": 1,
    }
    assert search("cup")["facets"] == {
        "categories": [
            {"slug": "tea", "name": {"zh": "茶", "en": "Tea"}, "count": 2},
            {"slug": "home", "name": {"zh": "家", "en": "Home"}, "count": 1},
        ],
        "prices": [
            {"min": 0, "max": 5000, "count": 1},
            {"min": 5000, "max": 10000, "count": 1},
            {"min": 100000, "max": None, "count": 1},
        ],
        "in_stock": 2,
    }


def test_both_ends_of_a_price_range_belong_to_it(put: Put, search: Search) -> None:
    for price in (999, 1000, 2000, 2001):
        put("杯", "Cup", price=price)
    found = search("cup", price_min=1000, price_max=2000, sort="price_up")
    assert [card["price"]["amount"] for card in found["results"]] == [1000, 2000]


@pytest.mark.parametrize("sort", ["relevance", "newest", "price_up", "price_down"])
@pytest.mark.parametrize("q", ["cup", ""])
def test_pages_neither_repeat_nor_skip(put: Put, search: Search, sort: str, q: str) -> None:
    tea = make_category(slug="tea")
    prices = [300, 100, 200, 200, 100]
    made = [put("杯", "Cup", category=tea, price=price, description_zh="茶" * (price > 100)).pk for price in prices]
    expected = {
        "price_up": [made[4], made[1], made[3], made[2], made[0]],
        "price_down": [made[0], made[3], made[2], made[4], made[1]],
    }.get(sort, made[::-1])
    first = search(q, category="tea", sort=sort, limit=2)
    second = search(q, category="tea", sort=sort, limit=2, cursor=first["cursor"])
    third = search(q, category="tea", sort=sort, limit=2, cursor=second["cursor"])
    assert [ids(first), ids(second), ids(third)] == [expected[:2], expected[2:4], expected[4:]]
    assert (first["total"], second["total"], second["facets"], third["cursor"]) == (5, None, None, None)


def test_a_category_is_browsed_without_words(put: Put, search: Search) -> None:
    cup = put("杯", "Cup", category=make_category(slug="tea"))
    put("碗", "Bowl")
    assert ids(search(category="tea")) == [cup.pk]
    assert search(category="nowhere")["results"] == []


def test_what_was_hidden_a_moment_ago_is_not_shown(put: Put, search: Search, client: Client) -> None:
    cup = put("杯", "Cup")
    assert ids(search("cup")) == [cup.pk]
    Product.objects.filter(pk=cup.pk).update(visible=False)
    assert client.get(URL, {"q": "cup"}).json()["results"] == []


def test_stock_and_price_follow_the_scan(put: Put, search: Search) -> None:
    cup = put("杯", "Cup", price=1000)
    assert search("cup", in_stock="true")["total"] == 1
    Stock.objects.filter(sku__product=cup).update(on_hand=0)
    Sku.objects.filter(product=cup).update(price=7000)
    found = search("cup", in_stock="true")
    assert (found["total"], found["facets"]["prices"]) == (0, [])
    assert search("cup", price_min=7000)["total"] == 1


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({}, {"q": ["required"]}),
        ({"q": "  "}, {"q": ["required"]}),
        ({"q": "杯" * 65}, {"q": ["max_length"]}),
        ({"q": "cup", "price_min": "2", "price_max": "1"}, {"price_min": ["above_price_max"]}),
        ({"q": "cup", "price_min": "-1"}, {"price_min": ["min_value"]}),
        ({"q": "cup", "price_max": str(2**63)}, {"price_max": ["max_value"]}),
        ({"q": "cup", "sort": "best"}, {"sort": ["invalid_choice"]}),
        ({"q": "cup", "limit": "0"}, {"limit": ["min_value"]}),
        ({"q": "cup", "limit": "101"}, {"limit": ["max_value"]}),
        ({"q": "cup", "in_stock": "perhaps"}, {"in_stock": ["invalid"]}),
        ({"q": "cup", "cursor": "nonsense"}, {"cursor": ["invalid"]}),
        ({"q": "cup", "cursor": "é"}, {"cursor": ["invalid"]}),
        ({"q": "cup", "cursor": "WzEsMiwzXQ=="}, {"cursor": ["invalid"]}),
        # A cursor of another order.
        ({"q": "cup", "cursor": "WyJuZXdlc3QiLCAxLCAxXQ=="}, {"cursor": ["invalid"]}),
        # ["relevance", 2 ** 64, 1]
        ({"q": "cup", "cursor": "WyJyZWxldmFuY2UiLCAxODQ0Njc0NDA3MzcwOTU1MTYxNiwgMV0="}, {"cursor": ["invalid"]}),
    ],
)
def test_bad_input_is_named(client: Client, db: None, params: dict[str, str], fields: dict[str, list[str]]) -> None:
    response = client.get(URL, params)
    assert (response.status_code, response.json()) == (400, {"error": {"code": "invalid", "fields": fields}})


def test_the_longest_query_is_answered(put: Put, search: Search) -> None:
    cup = put("青瓷主人杯" * 12, "Cup")
    assert ids(search("青瓷主人杯" * 12)) == [cup.pk]
    assert search(" ".join("abcdefghijklmnopqrstuvwxyz"))["results"] == []
