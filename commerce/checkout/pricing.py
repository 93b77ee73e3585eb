"""The price pipeline: what a basket costs, stage by stage, pure and in integers.

Every place that names a price runs through here, so that a quote, the order made from it and a list agree. Invariant:
`goods_total` is the sum of the lines' totals, and `total = goods_total - discount_total + freight_total`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from project.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is to be priced. `activity_price` is the quote of a claim: it stands alone, whatever the SKU costs now."""

    sku_id: int
    quantity: int
    price: Money
    list_price: Money | None = None
    activity_price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    sku_id: int
    quantity: int
    unit_price: Money
    list_price: Money | None
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    lines: list[PricedLine]
    currency: str
    goods_total: int
    discount_total: int
    freight_total: int

    @property
    def total(self) -> Money:
        return Money(self.goods_total - self.discount_total + self.freight_total, self.currency)


def price(items: Sequence[Item], *, freight: int) -> Priced:
    """Price a basket; `freight` is in minor units of the basket's currency.

    Raises ValueError for no item, a quantity below 1, a negative freight, or more than one currency.
    """
    if not items or freight < 0 or any(item.quantity < 1 for item in items):
        raise ValueError("nothing to price, or less than nothing")
    lines = [_line(item) for item in items]
    goods = sum((line.total for line in lines[1:]), start=lines[0].total)
    return Priced(
        lines=lines, currency=goods.currency, goods_total=goods.amount, discount_total=0, freight_total=freight
    )


def _line(item: Item) -> PricedLine:
    unit = item.activity_price or item.price
    # What is struck through must be more than what is asked, and in the same money.
    struck = item.list_price or (item.price if item.activity_price else None)
    if struck and (struck.currency != unit.currency or struck.amount <= unit.amount):
        struck = None
    return PricedLine(
        sku_id=item.sku_id,
        quantity=item.quantity,
        unit_price=unit,
        list_price=struck,
        total=Money(unit.amount * item.quantity, unit.currency),
    )
