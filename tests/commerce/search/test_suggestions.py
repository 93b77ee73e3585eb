from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from commerce.catalog.models import Product
from commerce.search.services import reindex_changed
from tests.commerce.search.conftest import Put
from tests.support.factories import make_category


def suggest(client: Client, q: str) -> Any:
    reindex_changed()
    response = client.get("/api/catalog/suggestions/", {"q": q})
    assert response.status_code == 200
    return [tuple(each.values()) for each in response.json()]


def test_categories_words_and_titles_go_on_with_what_is_typed(client: Client, put: Put) -> None:
    cups = make_category(slug="cups", name_zh="杯子", name_en="Cups")
    cup = put("青瓷杯", "Cup of celadon", category=cups)
    put("碗", "Bowl")
    assert suggest(client, "CU") == [
        ("category", "Cups", "cups", None),
        ("word", "cup", None, None),
        ("word", "cups", None, None),
        ("product", "Cup of celadon", None, cup.pk),
    ]
    assert suggest(client, "杯") == [("category", "杯子", "cups", None), ("product", "青瓷杯", None, cup.pk)]
    assert suggest(client, "cup cel") == [
        ("word", "cup celadon", None, None),
        ("product", "Cup of celadon", None, cup.pk),
    ]


def test_a_title_is_suggested_by_its_middle_in_the_language_typed(client: Client, put: Put) -> None:
    cup = put("龙泉青瓷杯", "Celadon cup")
    assert suggest(client, "青瓷") == [("product", "龙泉青瓷杯", None, cup.pk)]
    assert suggest(client, "cup") == [("product", "Celadon cup", None, cup.pk)]


def test_what_left_the_shop_is_not_suggested(client: Client, put: Put) -> None:
    cup = put("杯", "Celadon")
    reindex_changed()
    Product.objects.filter(pk=cup.pk).update(visible=False)
    assert suggest(client, "cela") == []


def test_a_misspelt_beginning_goes_on_as_it_was_meant(client: Client, put: Put) -> None:
    headphones = put("耳机", "Headphones")
    put("杯", "Celadon")
    meant = [("word", "headphones", None, None), ("product", "Headphones", None, headphones.pk)]
    assert suggest(client, "haedph") == suggest(client, "headhp") == suggest(client, "heafphones") == meant
    assert suggest(client, "hae") == suggest(client, "hxxdph") == []


def test_at_most_ten(client: Client, put: Put) -> None:
    for n in range(7):
        put("杯", f"Tea t{n:02}", category=make_category(name_en=f"Tea {n}"))
    assert [each[0] for each in suggest(client, "t")] == ["category"] * 5 + ["word"] + ["product"] * 4


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", "  ", ""])
def test_signs_suggest_nothing(client: Client, put: Put, q: str) -> None:
    put("杯", "Cup")
    assert suggest(client, q) == []


@pytest.mark.parametrize(("params", "word"), [({}, "required"), ({"q": "a" * 65}, "max_length")])
def test_bad_input_is_named(client: Client, db: None, params: dict[str, str], word: str) -> None:
    response = client.get("/api/catalog/suggestions/", params)
    assert (response.status_code, response.json()) == (400, {"error": {"code": "invalid", "fields": {"q": [word]}}})
