"""What a search answers, as JSON."""

from __future__ import annotations

from typing import Literal, TypedDict

from commerce.catalog.cards import CategoryCard, ProductCard


class CategoryCount(CategoryCard):
    count: int


class PriceCount(TypedDict):
    """From `min` up to but without `max`, in minor units; the last range has no end."""

    min: int
    max: int | None
    count: int


class Facets(TypedDict):
    """Each counted as if it were not narrowed by itself, so that another choice shows what it would find."""

    categories: list[CategoryCount]
    prices: list[PriceCount]
    in_stock: int


class Found(TypedDict):
    """`total` and `facets` come with the first page alone. `corrected`: what was asked, and what was searched for."""

    results: list[ProductCard]
    cursor: str | None
    total: int | None
    facets: Facets | None
    corrected: dict[str, str]


class Suggestion(TypedDict):
    """`slug` with a category, `product` with a product; a word is a whole query to be asked."""

    kind: Literal["category", "word", "product"]
    text: str
    slug: str | None
    product: int | None
