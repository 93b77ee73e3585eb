from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from commerce.catalog import selectors as catalog
from live.shelf.cards import ItemCard
from live.shelf.models import Pin, ShelfItem


def items_of(show_id: int) -> QuerySet[ShelfItem]:
    """A show's items with what their cards need, by number."""
    return ShelfItem.objects.filter(show_id=show_id).select_related("product", "pin").order_by("number")


def cards_of(items: Sequence[ShelfItem]) -> list[ItemCard]:
    """Cards in the order of `items` (of `items_of`), three queries in all.

    An item whose product has nothing to sell (no SKU) has no card.
    """
    products = {card["id"]: card for card in catalog.cards_of([item.product for item in items])}
    return [
        {
            "id": item.pk,
            "number": item.number,
            "sold_out": item.sold_out,
            "pinned": hasattr(item, "pin"),
            "product": products[item.product_id],
        }
        for item in items
        if item.product_id in products
    ]


def shelf_of(show_id: int) -> list[ItemCard]:
    """The whole shelf, by number."""
    return cards_of(list(items_of(show_id)))


def pinned_items(show_id: int) -> list[ItemCard]:
    """What is explained now, the earliest first."""
    pinned = items_of(show_id).filter(pin__isnull=False)
    return cards_of(list(pinned.order_by("pin__pinned_at", "pin__pk")))


def pinned_ids(show_id: int) -> list[int]:
    pins = Pin.objects.filter(item__show_id=show_id).order_by("pinned_at", "pk")
    return list(pins.values_list("item_id", flat=True))


def item_card(item_id: int) -> ItemCard:
    """The card of an item that has one."""
    [card] = cards_of([ShelfItem.objects.select_related("product", "pin").get(pk=item_id)])
    return card


def count_of(show_id: int) -> int:
    return ShelfItem.objects.filter(show_id=show_id).count()


def has_sku(show_id: int, sku_id: int) -> bool:
    return ShelfItem.objects.filter(show_id=show_id, product__skus=sku_id).exists()
