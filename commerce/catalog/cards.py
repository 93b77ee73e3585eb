"""What others see of the catalogue, as JSON: over HTTP, in events and in snapshots alike."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from project.kernel.money import MoneyJSON


class Texts(TypedDict):
    """A text in both languages."""

    zh: str
    en: str


class Option(TypedDict):
    name: Texts
    value: Texts


class CategoryCard(TypedDict):
    slug: str
    name: Texts


class ProductCard(TypedDict):
    """`price` is the lowest of the product's SKUs; `list_price` is what to strike through beside it, if anything: the
    lowest of the seven days before it was lowered. `picture` is an absolute path, `picture_ratio` its width over its
    height where that is known.
    """

    id: int
    title: Texts
    picture: str | None
    picture_ratio: float | None
    price: MoneyJSON
    list_price: MoneyJSON | None
    in_stock: bool


class SkuDetail(TypedDict):
    """`lowest` is the lowest that it cost in the last seven days: what a sale that began now would strike through."""

    id: int
    code: str
    options: list[Option]
    price: MoneyJSON
    list_price: MoneyJSON | None
    lowest: MoneyJSON
    available: int


class ProductDetail(ProductCard):
    description: Texts
    category: CategoryCard
    pictures: list[str]
    skus: list[SkuDetail]


class SkuCard(TypedDict):
    sku: int
    product: int
    title: Texts
    picture: str | None
    options: list[Option]
    price: MoneyJSON


class PricePoint(TypedDict):
    """From `at` on it cost `price`, in minor units."""

    at: datetime
    price: int


class DealPoint(TypedDict):
    """What an activity asked from `since` to `until`, in minor units."""

    since: datetime
    until: datetime
    price: int


class SkuPrices(TypedDict):
    """Oldest first; the first point is what it cost when the history begins, or what it cost first."""

    sku: int
    currency: str
    points: list[PricePoint]
    deals: list[DealPoint]


class PriceHistory(TypedDict):
    since: datetime
    until: datetime
    skus: list[SkuPrices]
