from __future__ import annotations

from typing import TypedDict

from commerce.catalog.cards import ProductCard


class ItemCard(TypedDict):
    """An item as clients see it. `sold_out` is the host's mark; whether there is stock is the product's `in_stock`."""

    id: int
    number: int
    sold_out: bool
    pinned: bool
    product: ProductCard


class PinReply(TypedDict):
    """Ids of all items that are explained now, the earliest first."""

    pinned: list[int]
