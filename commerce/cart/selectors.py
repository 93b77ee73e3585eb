"""A cart as its page shows it, with a fixed number of queries however many lines there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from commerce.cart.cards import CartBody, CartCard, Line, Notice, NoticeKind, SelectedTotal
from commerce.cart.models import Cart
from commerce.catalog.cards import SkuCard
from commerce.catalog.models import Sku
from commerce.catalog.selectors import sku_cards, struck_prices
from commerce.inventory.selectors import available
from project.kernel.money import Money, MoneyJSON

# So few units that one should hear of it.
LOW_STOCK_UNITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A line as somebody keeps it: the database, or a guest's browser."""

    sku_id: int
    quantity: int
    selected: bool = True
    price_seen: Money | None = None
    added_at: datetime | None = None


def cart_of(user_id: int) -> CartBody:
    """The person's cart, newest line first; an empty one of version 0 for who never had any. Seven queries."""
    # The version first: lines of a later version may follow, and are then only looked up once more.
    cart = Cart.objects.filter(pk=user_id).first()
    if cart is None:
        return preview([])
    kept = [
        Kept(
            sku_id=line.sku_id,
            quantity=line.quantity,
            selected=line.selected,
            price_seen=Money(line.price_seen, line.currency_seen),
            added_at=line.added_at,
        )
        for line in cart.lines.all()
    ]
    return {**preview(kept), "version": cart.version}


def preview(kept: Sequence[Kept]) -> CartBody:
    """Price lines that nobody saved; version 0. Unknown SKUs are left out. Five queries."""
    ids = [line.sku_id for line in kept]
    cards = sku_cards(ids)
    units = available(ids) if ids else {}
    sellable = sellable_among(ids)
    struck = struck_prices(sellable.values())
    lines = [
        _line(
            line,
            cards[line.sku_id],
            units.get(line.sku_id, 0),
            struck.get(line.sku_id),
            sellable=line.sku_id in sellable,
        )
        for line in kept
        if line.sku_id in cards
    ]
    return {
        "version": 0,
        "count": len(lines),
        "units": sum(line["quantity"] for line in lines),
        "lines": lines,
        "totals": _totals(lines),
    }


def card_of(user_id: int) -> CartCard:
    """The number for the badge; one query."""
    return (
        Cart.objects.filter(pk=user_id)
        .values("version", count=Count("lines"), units=Coalesce(Sum("lines__quantity"), 0))
        .first()
    ) or {"version": 0, "count": 0, "units": 0}


def sellable_among(sku_ids: Sequence[int]) -> Mapping[int, Sku]:
    """Those that are for sale, in stock or not, by SKU id."""
    if not sku_ids:
        return {}
    return {sku.pk: sku for sku in Sku.objects.filter(pk__in=sku_ids, sellable=True, product__visible=True)}


def _line(kept: Kept, card: SkuCard, units: int, struck: MoneyJSON | None, *, sellable: bool) -> Line:
    price = card["price"]
    return {
        **card,
        "list_price": struck,
        "quantity": kept.quantity,
        "selected": kept.selected,
        "total": {"amount": price["amount"] * kept.quantity, "currency": price["currency"]},
        "price_when_added": kept.price_seen.as_dict() if kept.price_seen else None,
        "available": units if sellable else 0,
        "buyable": sellable and kept.quantity <= units,
        "notices": _notices(kept, price, units) if sellable else [_notice("not_sellable")],
        "added_at": kept.added_at,
    }


def _notices(kept: Kept, price: MoneyJSON, units: int) -> list[Notice]:
    notices: list[Notice] = []
    seen = kept.price_seen
    if seen and seen.currency == price["currency"] and seen.amount != price["amount"]:
        down = price["amount"] < seen.amount
        notices.append({"kind": "price_down" if down else "price_up", "was": seen.as_dict(), "units": None})
    if units <= 0:
        notices.append(_notice("out_of_stock"))
    elif units <= LOW_STOCK_UNITS or units < kept.quantity:
        notices.append({"kind": "low_stock", "was": None, "units": units})
    return notices


def _notice(kind: NoticeKind) -> Notice:
    return {"kind": kind, "was": None, "units": None}


def _totals(lines: Sequence[Line]) -> list[SelectedTotal]:
    totals: dict[str, SelectedTotal] = {}
    for line in lines:
        if not line["selected"] or not line["buyable"]:
            continue
        currency = line["total"]["currency"]
        sums = totals.setdefault(currency, {"count": 0, "units": 0, "total": {"amount": 0, "currency": currency}})
        sums["count"] += 1
        sums["units"] += line["quantity"]
        sums["total"]["amount"] += line["total"]["amount"]
    return [totals[currency] for currency in sorted(totals)]
