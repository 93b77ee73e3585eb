"""Reads of the catalogue: cards in bulk, each with a fixed number of queries however many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects

from commerce.catalog.availability import available_units
from commerce.catalog.cards import CategoryCard, ProductCard, ProductDetail, SkuCard, SkuDetail
from commerce.catalog.models import Category, Product, Sku
from project.kernel.errors import NotFound
from project.kernel.money import MoneyJSON


def categories() -> list[CategoryCard]:
    return [_category_card(category) for category in Category.objects.all()]


def products_on_sale(*, category: str | None = None) -> QuerySet[Product]:
    """Visible products with at least one SKU that can be sold; of one category when its slug is given."""
    sellable = Sku.objects.filter(product=OuterRef("pk"), sellable=True)
    found = Product.objects.filter(Exists(sellable), visible=True)
    return found if category is None else found.filter(category__slug=category)


def cards_of(products: Sequence[Product]) -> list[ProductCard]:
    """Cards in the order of `products`, three queries in all. A product without any SKU has no price and no card."""
    prefetch_related_objects(products, "skus", "pictures")
    units = available_units([sku.pk for product in products for sku in product.skus.all()])
    return [_product_card(product, units) for product in products if product.skus.all()]


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
    return {
        **_product_card(found, units),
        "description": {"zh": found.description_zh, "en": found.description_en},
        "category": _category_card(found.category),
        "pictures": [picture.image.url for picture in found.pictures.all()],
        "skus": [_sku_detail(sku, units) for sku in found.skus.all() if sku.sellable],
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
            "list_price": _list_price(sku),
        }
        for sku in skus
    }


def _category_card(category: Category) -> CategoryCard:
    return {"slug": category.slug, "name": {"zh": category.name_zh, "en": category.name_en}}


def _product_card(product: Product, units: Mapping[int, int]) -> ProductCard:
    every = list(product.skus.all())
    sellable = [sku for sku in every if sku.sellable]
    cheapest = min(sellable or every, key=lambda sku: (sku.price, sku.pk))
    return {
        "id": product.pk,
        "title": {"zh": product.title_zh, "en": product.title_en},
        "picture": _picture_of(product),
        "price": _price(cheapest),
        "list_price": _list_price(cheapest),
        "in_stock": product.visible and any(units.get(sku.pk, 0) > 0 for sku in sellable),
    }


def _sku_detail(sku: Sku, units: Mapping[int, int]) -> SkuDetail:
    return {
        "id": sku.pk,
        "code": sku.code,
        "options": sku.options,
        "price": _price(sku),
        "list_price": _list_price(sku),
        "available": units.get(sku.pk, 0),
    }


def _picture_of(product: Product) -> str | None:
    first = next(iter(product.pictures.all()), None)
    return first.image.url if first else None


def _price(sku: Sku) -> MoneyJSON:
    return {"amount": sku.price, "currency": sku.currency}


def _list_price(sku: Sku) -> MoneyJSON | None:
    return None if sku.list_price is None else {"amount": sku.list_price, "currency": sku.currency}
