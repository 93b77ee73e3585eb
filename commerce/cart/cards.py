"""What the owner's own devices see of a cart."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

from commerce.catalog.cards import SkuCard
from project.kernel.money import MoneyJSON

NoticeKind = Literal["price_down", "price_up", "low_stock", "out_of_stock", "not_sellable"]


class CartCard(TypedDict):
    """For the badge: `count` lines with `units` in all. A card with a smaller `version` is older."""

    version: int
    count: int
    units: int


class Notice(TypedDict):
    """`was` comes with a changed price, `units` (how many are left) with low stock."""

    kind: NoticeKind
    was: MoneyJSON | None
    units: int | None


class Line(SkuCard):
    """`list_price` is what to strike through. `buyable`: can be ordered as it stands. `added_at` and `price_when_added`
    are null where nobody kept them.
    """

    list_price: MoneyJSON | None
    quantity: int
    selected: bool
    total: MoneyJSON
    price_when_added: MoneyJSON | None
    available: int
    buyable: bool
    notices: list[Notice]
    added_at: datetime | None


class SelectedTotal(TypedDict):
    """What is selected and buyable, in one currency."""

    count: int
    units: int
    total: MoneyJSON


class CartBody(CartCard):
    lines: list[Line]
    totals: list[SelectedTotal]


class RefusedLine(TypedDict):
    """`available` comes with `out_of_stock`."""

    sku: int
    code: Literal["not_found", "sku_not_sellable", "out_of_stock", "cart_full"]
    available: int | None
