"""A large shop, the same for the same seed: goods with titles, descriptions, options, prices and stock.

Words are as skewed as in a real catalogue: a few stand in a tenth of all products, most in a handful. What people
search for comes from `words.json`; the long tail of descriptions, brands and models is made of syllables and of the
3,755 most common Chinese characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import Any

from commerce.catalog.models import Category, Product, Sku
from commerce.inventory.models import Stock

SEED = 4
BRANDS, RARE_ZH, RARE_EN = 4000, 30_000, 20_000
BATCH = 2000
# How steeply the use of words falls: the n-th is used 1 / n ** SKEW times as often as the first.
SKEW = 0.9
CONSONANTS = ("b", "br", "c", "d", "f", "g", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "v")

# Names are `Chinese English`.
WORDS: Any = json.loads(Path(__file__).with_name("words.json").read_text())

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wares:
    """One product as it is put on sale; `prices` and `stocks` of its SKUs, in minor units and units."""

    shelf: int
    noun: Pair
    material: Pair
    style: Pair
    brand: Pair
    title: Pair
    description: Pair
    colours: list[Pair]
    prices: list[int]
    stocks: list[int]


class Skewed:
    """A vocabulary whose first words are used most."""

    def __init__(self, known: Sequence[str], random: Random) -> None:
        self._known, self._random = known, random
        self._weights = list(accumulate(1 / (n + 3) ** SKEW for n in range(len(known))))

    def some(self, count: int) -> list[str]:
        return self._random.choices(self._known, cum_weights=self._weights, k=count)


def shelves() -> list[Pair]:
    return [_pair(name) for name in WORDS["shelves"]]


def wares(seed: int = SEED) -> Iterator[Wares]:
    """Without end."""
    random = Random(seed)
    character = Skewed(_characters(random), random)
    rare_zh = ["".join(character.some(random.choice((2, 2, 2, 3)))) for _ in range(RARE_ZH)]
    rare_en = [_word(random) for _ in range(RARE_EN)]
    zh = Skewed([*WORDS["common_zh"], *rare_zh], random)
    en = Skewed([*WORDS["common_en"], *rare_en], random)
    brands = [("".join(character.some(2)), _word(random).capitalize()) for _ in range(BRANDS)]
    brand_of = Skewed([str(n) for n in range(BRANDS)], random)
    nouns = [_pairs(each) for each in WORDS["shelves"].values()]
    kinds = [(shelf, noun) for shelf, each in enumerate(nouns) for noun in each]
    random.shuffle(kinds)
    kind_of = Skewed([str(n) for n in range(len(kinds))], random)
    materials, colours, styles = _pairs(WORDS["materials"]), _pairs(WORDS["colours"]), _pairs(WORDS["styles"])
    while True:
        shelf, noun = kinds[int(kind_of.some(1)[0])]
        beside = random.choice(nouns[shelf])
        brand = brands[int(brand_of.some(1)[0])]
        material, style, other = random.choice(materials), *random.sample(styles, 2)
        model = f"{random.choice('ABCDEGHKMPRSTVX')}{random.randrange(10, 9999)}" if random.random() < 0.4 else ""
        extra_zh, extra_en = "".join(zh.some(1)), " ".join(en.some(1))
        price = round(random.lognormvariate(4.6, 1.0) + 5) * 100 - random.choice((0, 10, 100))
        chosen = random.sample(colours, random.choice((1, 1, 2, 3, 4)))
        yield Wares(
            shelf=shelf,
            noun=noun,
            material=material,
            style=style,
            brand=brand,
            title=(
                f"{brand[0]} {model} {style[0]}{material[0]}{noun[0]}{other[0]}{extra_zh}".replace("  ", " "),
                " ".join(part for part in (brand[1], model, style[1], material[1], noun[1].lower(), extra_en) if part),
            ),
            description=(
                f"{material[0]}{noun[0]}，可与{beside[0]}搭配。"
                + "。".join(_filled(random, WORDS["phrases_zh"], zh, random.randint(4, 12))),
                f"This {material[1]} {noun[1].lower()} goes with a {beside[1].lower()}. "
                + ". ".join(_filled(random, WORDS["phrases_en"], en, random.randint(3, 10))),
            ),
            colours=chosen,
            prices=[price + 500 * n for n in range(len(chosen))],
            stocks=[0 if random.random() < 0.2 else random.randint(1, 200) for _ in chosen],
        )


def fill(count: int, seed: int = SEED) -> None:
    """Put so many products on sale, with their stock; about 2 SKUs each."""
    categories = [
        Category.objects.create(slug=f"shelf-{n}", name_zh=zh, name_en=en, position=n)
        for n, (zh, en) in enumerate(shelves())
    ]
    source = islice(wares(seed), count)
    while some := list(islice(source, BATCH)):
        products = Product.objects.bulk_create(
            Product(
                category=categories[one.shelf],
                title_zh=one.title[0][:120],
                title_en=one.title[1][:120],
                description_zh=one.description[0],
                description_en=one.description[1],
            )
            for one in some
        )
        skus = Sku.objects.bulk_create(
            Sku(product=product, code=f"W{product.pk}-{n}", price=price, options=[_colour(colour)])
            for product, one in zip(products, some, strict=True)
            for n, (price, colour) in enumerate(zip(one.prices, one.colours, strict=True))
        )
        units = [stock for one in some for stock in one.stocks]
        Stock.objects.bulk_create(Stock(sku=sku, on_hand=on_hand) for sku, on_hand in zip(skus, units, strict=True))


def _colour(value: Pair) -> dict[str, dict[str, str]]:
    return {"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": value[0], "en": value[1].capitalize()}}


def _filled(random: Random, phrases: list[str], vocabulary: Skewed, count: int) -> list[str]:
    return [phrase.format(*vocabulary.some(3)) for phrase in random.choices(phrases, k=count)]


def _characters(random: Random) -> list[str]:
    """Those of level 1 of GB 2312."""
    codes = range(0xB0A1, 0xD7FA)
    found = [code.to_bytes(2).decode("gb2312") for code in codes if 0xA1 <= code & 0xFF <= 0xFE]
    random.shuffle(found)
    return found


def _word(random: Random) -> str:
    length = random.choice((2, 2, 3, 3, 4))
    syllables = [random.choice(CONSONANTS) + random.choice("aeiou") for _ in range(length)]
    return "".join(syllables) + random.choice(("", "", "n", "r", "s", "t"))


def _pair(text: str) -> Pair:
    zh, en = text.split(" ", 1)
    return zh, en


def _pairs(names: list[str]) -> list[Pair]:
    return [_pair(name) for name in names]
