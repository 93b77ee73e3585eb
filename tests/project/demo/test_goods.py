from __future__ import annotations

from collections import Counter

from project.demo.drawing.backdrops import BACKDROPS, PALETTES
from project.demo.goods import Variant, all_goods, categories

GOODS = all_goods()


def test_the_shop_is_well_stocked() -> None:
    counts = Counter(item.category for item in GOODS.values())
    assert len(GOODS) == 48
    assert set(counts) == {category["slug"] for category in categories()}
    assert len(counts) == 6
    assert min(counts.values()) >= 7


def test_all_texts_are_there_in_both_languages_and_fit() -> None:
    for item in GOODS.values():
        for text in (item.title, item.description, *(colour.name for colour in item.colours)):
            assert text["zh"], item.key
            assert text["en"], item.key
            assert not any("\u4e00" <= char <= "\u9fff" for char in text["en"]), item.key
        assert max(len(item.title["zh"]), len(item.title["en"])) <= 120


def test_codes_and_options_name_one_sku_each() -> None:
    variants = [variant for item in GOODS.values() for variant in item.variants]
    assert len({variant.code for variant in variants}) == len(variants)
    assert max(len(variant.code) for variant in variants) <= 40
    for item in GOODS.values():
        chosen = [tuple(option["value"]["en"] for option in variant.options) for variant in item.variants]
        assert len(set(chosen)) == len(chosen), item.key


def test_goods_became_cheaper() -> None:
    assert all(0 < variant.price < variant.was for item in GOODS.values() for variant in item.variants)


def test_every_scene_exists() -> None:
    assert {item.backdrop for item in GOODS.values()} <= set(BACKDROPS)
    assert {item.palette for item in GOODS.values()} <= set(PALETTES)


def test_a_value_may_add_to_the_price() -> None:
    tea = GOODS["LAPSANG"]
    weight = {"zh": "规格", "en": "Weight"}
    assert tea.variants == [
        Variant(
            code="LAPSANG-01",
            options=[{"name": weight, "value": {"zh": "50 克", "en": "50 g"}}],
            price=12800,
            was=16800,
        ),
        Variant(
            code="LAPSANG-02",
            options=[{"name": weight, "value": {"zh": "125 克", "en": "125 g"}}],
            price=21800,
            was=25800,
        ),
    ]


def test_a_shop_front_shows_each_category_in_turn() -> None:
    first = [item.category for item in GOODS.values()][:6]
    assert first == [category["slug"] for category in categories()]
