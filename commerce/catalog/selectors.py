"""Reads of the catalogue: cards in bulk, each with a fixed number of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects

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
from commerce.catalog.models import Category, PriceRecord, Product, Sku
from commerce.catalog.prices import LONGEST_DEAL, WINDOW, Change, Deal, Prices
from project.kernel.clock import now
from project.kernel.errors import NotFound
from project.kernel.money import MoneyJSON

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


def cards_of(products: Sequence[Product]) -> list[ProductCard]:
    """Cards in the order of `products`, four queries in all. A product without any SKU has no price and no card."""
    prefetch_related_objects(products, "skus", "pictures")
    units = available_units([sku.pk for product in products for sku in product.skus.all()])
    shown = {product.pk: _cheapest(product) for product in products if product.skus.all()}
    struck = struck_prices(shown.values())
    return [_product_card(product, shown[product.pk], units, struck) for product in products if product.pk in shown]


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
    product = products_on_sale().select_related("category").prefetch_related("skus", "pictures").filter(pk=product_id)
    if not (found := product.first()):
        raise NotFound
    units = available_units([sku.pk for sku in found.skus.all()])
    moment = now()
    lately = _prices_lately(found.skus.all(), until=moment)
    struck = _struck(found.skus.all(), lately, moment)
    return {
        **_product_card(found, _cheapest(found), units, struck),
        "description": {"zh": found.description_zh, "en": found.description_en},
        "category": _category_card(found.category),
        "pictures": [picture.image.url for picture in found.pictures.all()],
        "skus": [
            _sku_detail(sku, units, struck, lately[sku.pk].lowest(moment)) for sku in found.skus.all() if sku.sellable
        ],
    }


def sku_cards(ids: Collection[int]) -> dict[int, SkuCard]:
    """What a line of a sale or an order shows, by SKU id; two queries. Unknown ids are left out."""
    if not ids:
        return {}
    skus = Sku.objects.filter(pk__in=set(ids)).select_related("product").prefetch_related("product__pictures")
    return {
        sku.pk: {
            "sku": sku.pk,
            "product": sku.product_id,
            "title": {"zh": sku.product.title_zh, "en": sku.product.title_en},
            "picture": _picture_of(sku.product),
            "options": sku.options,
            "price": _price(sku),
        }
        for sku in skus
    }


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
    records = PriceRecord.objects.filter(sku__in=of, since__gt=until - 2 * WINDOW - LONGEST_DEAL) if of else ()
    for record in records:
        sku, changes, deals = of[record.sku_id]
        if record.currency != sku.currency:
            continue
        if record.until is None:
            changes.append(Change(at=record.since, price=record.price, was=record.was))
        else:
            deals.append(Deal(since=record.since, until=record.until, price=record.price))
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


def _category_card(category: Category) -> CategoryCard:
    return {"slug": category.slug, "name": {"zh": category.name_zh, "en": category.name_en}}


def _cheapest(product: Product) -> Sku:
    every = list(product.skus.all())
    return min([sku for sku in every if sku.sellable] or every, key=lambda sku: (sku.price, sku.pk))


def _product_card(
    product: Product, cheapest: Sku, units: Mapping[int, int], struck: Mapping[int, MoneyJSON]
) -> ProductCard:
    return {
        "id": product.pk,
        "title": {"zh": product.title_zh, "en": product.title_en},
        "picture": _picture_of(product),
        "picture_ratio": _ratio_of(product),
        "price": _price(cheapest),
        "list_price": struck.get(cheapest.pk),
        "in_stock": product.visible and any(units.get(sku.pk, 0) > 0 for sku in product.skus.all() if sku.sellable),
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


def _picture_of(product: Product) -> str | None:
    first = next(iter(product.pictures.all()), None)
    return first.image.url if first else None


def _ratio_of(product: Product) -> float | None:
    first = next(iter(product.pictures.all()), None)
    return first.ratio if first else None


def _price(sku: Sku) -> MoneyJSON:
    return {"amount": sku.price, "currency": sku.currency}
