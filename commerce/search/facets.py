"""What narrows a search, and how many products another choice would find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commerce.catalog.models import Category
from commerce.search.bits import compared, counted
from commerce.search.cards import CategoryCount, Facets, PriceCount
from commerce.search.index import Index
from commerce.search.queries import Query

# Where one price range ends and the next begins, in minor units.
PRICE_STEPS = (5000, 10000, 20000, 50000, 100000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The products that a query leaves by its category, by its prices and by its stock, as bits."""

    category: int
    price: int
    stock: int

    @classmethod
    def of(cls, query: Query, index: Index, categories: Mapping[int, Category]) -> Choice:
        category = price = index.products
        if query.category is not None:
            chosen = next((pk for pk, each in categories.items() if each.slug == query.category), 0)
            category = compared(index.categories, chosen, index.products)[1]
        if query.price_max is not None:
            price ^= compared(index.prices, query.price_max, price)[2]
        if query.price_min is not None:
            price ^= compared(index.prices, query.price_min, price)[0]
        return cls(category=category, price=price, stock=index.in_stock if query.in_stock else index.products)

    @property
    def all(self) -> int:
        return self.category & self.price & self.stock


def facets_of(found: int, choice: Choice, index: Index, categories: Mapping[int, Category]) -> Facets:
    """Of the products that are found by the words alone."""
    counts = counted(index.categories, found & choice.price & choice.stock)
    places: list[CategoryCount] = [
        {"slug": place.slug, "name": {"zh": place.name_zh, "en": place.name_en}, "count": counts[pk]}
        for pk, place in categories.items()
        if pk in counts
    ]
    return {
        "categories": sorted(places, key=lambda each: (-each["count"], each["slug"])),
        "prices": _price_counts(found & choice.category & choice.stock, index),
        "in_stock": (found & choice.category & choice.price & index.in_stock).bit_count(),
    }


def _price_counts(found: int, index: Index) -> list[PriceCount]:
    counts: list[PriceCount] = []
    lowest = 0
    for end in (*PRICE_STEPS, None):
        below = found if end is None else compared(index.prices, end, found)[0]
        if below:
            counts.append({"min": lowest, "max": end, "count": below.bit_count()})
        found ^= below
        lowest = end or 0
    return counts
