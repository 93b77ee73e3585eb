"""Products as their seller sees them: by what they are sent, and whether they go back without a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.aftersales.selectors import not_returned
from commerce.catalog.cards import Texts
from commerce.catalog.models import Product, Sku
from commerce.catalog.selectors import cards_of
from commerce.shipping.models import FreightTemplate
from commerce.shipping.selectors import links_of

FILTERS = ("all", "flat", "not_returned")


class GoodsRow(TypedDict):
    """`template`: null at the shop's flat price. `weight`: of one unit, in grams, where it has a template."""

    id: int
    title: Texts
    picture: str | None
    visible: bool
    template: FreightTemplate | None
    weight: int | None
    not_returned: str | None


def goods(*, which: str = "all", text: str = "") -> QuerySet[Product]:
    """Products with a SKU, hidden ones too: all of them, those at the flat price, or those that do not go back without
    a reason; with `text` in a title or a code, when asked.
    """
    skus = Sku.objects.filter(product=OuterRef("pk"))
    found = Product.objects.filter(Exists(skus))
    if which == "flat":
        found = found.filter(freight=None)
    elif which == "not_returned":
        found = found.exclude(return_exclusion=None)
    if text:
        in_title = Q(title_zh__icontains=text) | Q(title_en__icontains=text)
        found = found.filter(in_title | Exists(skus.filter(code__icontains=text)))
    return found


def goods_rows(products: Sequence[Product]) -> list[GoodsRow]:
    """In the order of `products`; a number of queries that does not grow with them."""
    ids = [product.pk for product in products]
    cards = {card["id"]: card for card in cards_of(products)}
    links, excluded = links_of(ids), not_returned(ids)
    return [
        {
            "id": product.pk,
            "title": cards[product.pk]["title"],
            "picture": cards[product.pk]["picture"],
            "visible": product.visible,
            "template": links[product.pk].template if product.pk in links else None,
            "weight": links[product.pk].weight if product.pk in links else None,
            "not_returned": excluded.get(product.pk),
        }
        for product in products
        if product.pk in cards
    ]
