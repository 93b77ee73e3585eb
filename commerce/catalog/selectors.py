"""Reads of the catalogue: cards in bulk, each with a fixed number of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, QuerySet

from commerce.catalog.availability import available_units
from commerce.catalog.cards import (
    CategoryCard,
    DealPoint,
    PriceHistory,
    PricePoint,
    ProductCard,
    ProductDetail,
    SkuCard,
    SkuDetail,
    SkuPrices,
)
from commerce.catalog.models import Category, PriceRecord, Product, ProductPicture, Sku, ratio_of
from commerce.catalog.prices import LONGEST_DEAL, WINDOW, Change, Deal, Prices
from project.kernel.clock import now
from project.kernel.errors import NotFound
from project.kernel.money import MoneyJSON
from project.kernel.queries import Among, compiled

# A price record: SKU id, price, what it replaced, currency, since, until.
Recorded = tuple[int, int, int | None, str, datetime, datetime | None]
# What the page of a product plots, and how many records of it at most.
HISTORY = timedelta(days=90)
MOST_RECORDS = 2000


def categories() -> list[CategoryCard]:
    return [_category_card(category) for category in Category.objects.all()]


def products_on_sale(*, category: str | None = None) -> QuerySet[Product]:
    """Visible products with at least one SKU that can be sold; of one category when its slug is given."""
    sellable = Sku.objects.filter(product=OuterRef("pk"), sellable=True)
    found = Product.objects.filter(Exists(sellable), visible=True)
    return found if category is None else found.filter(category__slug=category)


@compiled
def older_products(before: int) -> QuerySet[Product]:
    """What cards show of products on sale with smaller ids, newest first."""
    return _shown(products_on_sale()).filter(pk__lt=before).order_by("-pk")


@compiled
def newer_products(after: int) -> QuerySet[Product]:
    return _shown(products_on_sale()).filter(pk__gt=after).order_by("pk")


@compiled
def older_products_in(before: int, category: str) -> QuerySet[Product]:
    return _shown(products_on_sale(category=category)).filter(pk__lt=before).order_by("-pk")


@compiled
def newer_products_in(after: int, category: str) -> QuerySet[Product]:
    return _shown(products_on_sale(category=category)).filter(pk__gt=after).order_by("pk")


def _shown(products: QuerySet[Product]) -> QuerySet[Product]:
    # Descriptions may be long.
    return products.only("title_zh", "title_en", "visible")


def cards_of(products: Sequence[Product]) -> list[ProductCard]:
    """Cards in the order of `products`, four queries in all. A product without any SKU has no price and no card."""
    ids = [product.pk for product in products]
    # Not prefetched: each `product.skus.all()` would make a query set, which costs more than the card.
    skus: defaultdict[int, list[Sku]] = defaultdict(list)
    for sku in _skus_of(ids):
        skus[sku.product_id].append(sku)
    pictures = _pictures(ids)
    units = available_units([sku.pk for own in skus.values() for sku in own])
    struck = struck_prices(_cheapest(own) for own in skus.values())
    return [
        _product_card(product, skus[product.pk], pictures[product.pk], units, struck)
        for product in products
        if product.pk in skus
    ]


def product_cards(ids: Collection[int]) -> dict[int, ProductCard]:
    """Cards by product id, hidden products too (never in stock); ids without a product or a SKU are left out."""
    return {card["id"]: card for card in cards_of(list(Product.objects.filter(pk__in=set(ids))))} if ids else {}


def product_card(product_id: int) -> ProductCard:
    """Raises NotFound."""
    card = product_cards([product_id]).get(product_id)
    if card is None:
        raise NotFound
    return card


def product_detail(product_id: int) -> ProductDetail:
    """A product with all that can be bought of it. Raises NotFound, also for a product that is not on sale."""
    product = products_on_sale().select_related("category").filter(pk=product_id).first()
    if product is None:
        raise NotFound
    skus, pictures = _skus_of([product_id]), _pictures([product_id])[product_id]
    units = available_units([sku.pk for sku in skus])
    moment = now()
    lately = _prices_lately(skus, until=moment)
    struck = _struck(skus, lately, moment)
    return {
        **_product_card(product, skus, pictures, units, struck),
        "description": {"zh": product.description_zh, "en": product.description_en},
        "category": _category_card(product.category),
        "pictures": [picture.url for picture in pictures],
        "skus": [_sku_detail(sku, units, struck, lately[sku.pk].lowest(moment)) for sku in skus if sku.sellable],
    }


def sku_cards(ids: Collection[int]) -> dict[int, SkuCard]:
    """What a line of a sale or an order shows, by SKU id; two queries. Unknown ids are left out."""
    return sku_cards_of(skus_with_products(ids).values()) if ids else {}


def skus_with_products(ids: Collection[int]) -> dict[int, Sku]:
    """By id, those that are not for sale too. One query."""
    return {sku.pk: sku for sku in _skus_with_products(ids)} if ids else {}


def sku_cards_of(skus: Collection[Sku]) -> dict[int, SkuCard]:
    """The cards of SKUs that are there with their products, by SKU id. One query."""
    pictures = _pictures({sku.product_id for sku in skus})
    return {
        sku.pk: {
            "sku": sku.pk,
            "product": sku.product_id,
            "title": {"zh": sku.product.title_zh, "en": sku.product.title_en},
            "picture": _first(pictures[sku.product_id]),
            "options": sku.options,
            "price": _price(sku),
        }
        for sku in skus
    }


def currency_of(product_id: int) -> str | None:
    """That of the price on its card; None without a SKU."""
    skus = _skus_of([product_id])
    return _cheapest(skus).currency if skus else None


def struck_prices(skus: Iterable[Sku]) -> dict[int, MoneyJSON]:
    """What to strike through beside the price of a SKU, by its id; those whose price was not lowered lately are left
    out. One query.
    """
    skus, moment = list(skus), now()
    return _struck(skus, _prices_lately(skus, until=moment), moment)


def lowest_prices(skus: Iterable[Sku], *, until: datetime) -> dict[int, int]:
    """The lowest that each SKU cost in the seven days until now, by its id, in minor units. One query."""
    return {sku_id: prices.lowest(until) for sku_id, prices in _prices_lately(skus, until=until).items()}


def price_history(product_id: int) -> PriceHistory:
    """What the SKUs of a product cost in the last 90 days. Raises NotFound, also for a product that is not on sale."""
    product = products_on_sale().filter(pk=product_id).first()
    if product is None:
        raise NotFound
    until = now()
    since = until - HISTORY
    skus = list(product.skus.filter(sellable=True))
    lately = PriceRecord.objects.filter(sku__in=skus, since__gt=since - LONGEST_DEAL)
    records = list(lately.order_by("-since", "-pk")[:MOST_RECORDS])[::-1]
    if len(records) == MOST_RECORDS:
        since = max(since, records[0].since)
    of: defaultdict[int, list[PriceRecord]] = defaultdict(list)
    for record in records:
        of[record.sku_id].append(record)
    return {
        "since": since,
        "until": until,
        "skus": [_sku_prices(sku, of[sku.pk], since) for sku in skus],
    }


def _prices_lately(skus: Iterable[Sku], *, until: datetime) -> dict[int, Prices]:
    """Complete for two windows before `until`."""
    of: dict[int, tuple[Sku, list[Change], list[Deal]]] = {sku.pk: (sku, [], []) for sku in skus}
    records = _records(of, until - 2 * WINDOW - LONGEST_DEAL) if of else ()
    for sku_id, price, was, currency, since, ended_at in records:
        sku, changes, deals = of[sku_id]
        if currency != sku.currency:
            continue
        if ended_at is None:
            changes.append(Change(at=since, price=price, was=was))
        else:
            deals.append(Deal(since=since, until=ended_at, price=price))
    return {pk: Prices(price=sku.price, changes=changes, deals=deals) for pk, (sku, changes, deals) in of.items()}


def _struck(skus: Iterable[Sku], lately: Mapping[int, Prices], moment: datetime) -> dict[int, MoneyJSON]:
    return {
        sku.pk: {"amount": amount, "currency": sku.currency}
        for sku in skus
        if (amount := lately[sku.pk].struck(moment)) is not None
    }


def _sku_prices(sku: Sku, records: Sequence[PriceRecord], since: datetime) -> SkuPrices:
    own = [record for record in records if record.currency == sku.currency]
    listed = [record for record in own if record.until is None]
    inside = [record for record in listed if record.since > since]
    before = inside[0].was if inside else sku.price
    points: list[PricePoint] = [] if before is None else [{"at": since, "price": before}]
    points += [{"at": record.since, "price": record.price} for record in inside]
    deals: list[DealPoint] = [
        {"since": max(record.since, since), "until": record.until, "price": record.price}
        for record in own
        if record.until is not None and record.until > since
    ]
    return {"sku": sku.pk, "currency": sku.currency, "points": points, "deals": deals}


@compiled
def _skus_of(products: Collection[int]) -> QuerySet[Sku]:
    return Sku.objects.filter(Among("product", products))


@compiled
def _skus_with_products(ids: Collection[int]) -> QuerySet[Sku]:
    return Sku.objects.filter(Among("pk", ids)).select_related("product")


@compiled
def _pictures_of(products: Collection[int]) -> QuerySet[ProductPicture, tuple[int, str, int | None, int | None]]:
    found = ProductPicture.objects.filter(Among("product", products))
    return found.values_list("product_id", "image", "width", "height")


@compiled
def _records(skus: Collection[int], since: datetime) -> QuerySet[PriceRecord, Recorded]:
    found = PriceRecord.objects.filter(Among("sku", skus), since__gt=since)
    return found.values_list("sku_id", "price", "was", "currency", "since", "until")


def _category_card(category: Category) -> CategoryCard:
    return {"slug": category.slug, "name": {"zh": category.name_zh, "en": category.name_en}}


def _cheapest(skus: Sequence[Sku]) -> Sku:
    """Of all SKUs of a product."""
    return min([sku for sku in skus if sku.sellable] or skus, key=lambda sku: (sku.price, sku.pk))


def _product_card(
    product: Product,
    skus: Sequence[Sku],
    pictures: Sequence[_Picture],
    units: Mapping[int, int],
    struck: Mapping[int, MoneyJSON],
) -> ProductCard:
    cheapest = _cheapest(skus)
    return {
        "id": product.pk,
        "title": {"zh": product.title_zh, "en": product.title_en},
        "picture": _first(pictures),
        "picture_ratio": pictures[0].ratio if pictures else None,
        "price": _price(cheapest),
        "list_price": struck.get(cheapest.pk),
        "in_stock": product.visible and any(units.get(sku.pk, 0) > 0 for sku in skus if sku.sellable),
    }


def _sku_detail(sku: Sku, units: Mapping[int, int], struck: Mapping[int, MoneyJSON], lowest: int) -> SkuDetail:
    return {
        "id": sku.pk,
        "code": sku.code,
        "options": sku.options,
        "price": _price(sku),
        "list_price": struck.get(sku.pk),
        "lowest": {"amount": lowest, "currency": sku.currency},
        "available": units.get(sku.pk, 0),
    }


class _Picture(NamedTuple):
    """An absolute path, and the width over the height, where somebody has measured it."""

    url: str
    ratio: float | None


def _pictures(product_ids: Collection[int]) -> dict[int, list[_Picture]]:
    """In order, for each product. One query."""
    found: dict[int, list[_Picture]] = {product_id: [] for product_id in product_ids}
    for product_id, name, width, height in _pictures_of(product_ids) if found else ():
        found[product_id].append(_Picture(default_storage.url(name), ratio_of(width, height)))
    return found


def _first(pictures: Sequence[_Picture]) -> str | None:
    return pictures[0].url if pictures else None


def _price(sku: Sku) -> MoneyJSON:
    return {"amount": sku.price, "currency": sku.currency}
