"""A cart as its page shows it, with a fixed number of queries however many lines there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from commerce.cart.cards import CartBody, CartCard, Line, Notice, NoticeKind, SelectedTotal
from commerce.cart.models import Cart, CartLine
from commerce.catalog.cards import SkuCard
from commerce.catalog.models import Sku
from commerce.catalog.selectors import sku_cards_of, skus_with_products, struck_prices
from commerce.inventory.selectors import available
from project.kernel.money import Money, MoneyJSON
from project.kernel.queries import Among, compiled

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A cart with its lines by SKU id, newest first, and with what the shop knows of their SKUs and of others that
    were asked for: SKUs by id, and the units of each that nobody has been promised.
    """

    cart: Cart
    lines: dict[int, CartLine]
    skus: Mapping[int, Sku]
    units: Mapping[int, int]

    @property
    def card(self) -> CartCard:
        units = sum(line.quantity for line in self.lines.values())
        return {"version": self.cart.version, "count": len(self.lines), "units": units}


def contents_of(cart: Cart, *, also: Collection[int] = ()) -> Contents:
    """`also`: ids of other SKUs that are asked for. Three queries."""
    lines = {line.sku_id: line for line in _lines_in(cart.pk)}
    ids = [*lines, *also]
    return Contents(cart=cart, lines=lines, skus=skus_with_products(ids), units=available(ids))


def cart_of(user_id: int) -> CartBody:
    """The person's cart, newest line first; an empty one of version 0 for who never had any. Six queries."""
    # The version first: lines of a later version may follow, and are then only looked up once more.
    carts = _carts_of(user_id)
    return body_of(contents_of(carts[0])) if carts else preview([])


def body_of(contents: Contents) -> CartBody:
    """Two queries."""
    kept = [
        Kept(
            sku_id=line.sku_id,
            quantity=line.quantity,
            selected=line.selected,
            price_seen=Money(line.price_seen, line.currency_seen),
            added_at=line.added_at,
        )
        for line in contents.lines.values()
    ]
    return {**_priced(kept, contents.skus, contents.units), "version": contents.cart.version}


def preview(kept: Sequence[Kept]) -> CartBody:
    """Price lines that nobody saved; version 0. Unknown SKUs are left out. Four queries."""
    ids = [line.sku_id for line in kept]
    return _priced(kept, skus_with_products(ids), available(ids))


def _priced(kept: Sequence[Kept], skus: Mapping[int, Sku], units: Mapping[int, int]) -> CartBody:
    known = [line for line in kept if line.sku_id in skus]
    cards = sku_cards_of([skus[line.sku_id] for line in known])
    struck = struck_prices(skus[line.sku_id] for line in known if skus[line.sku_id].is_for_sale)
    lines = [
        _line(
            line,
            cards[line.sku_id],
            units.get(line.sku_id, 0),
            struck.get(line.sku_id),
            sellable=skus[line.sku_id].is_for_sale,
        )
        for line in known
    ]
    return {
        "version": 0,
        "count": len(lines),
        "units": sum(line["quantity"] for line in lines),
        "lines": lines,
        "totals": _totals(lines),
    }


def cards_of(user_ids: Collection[int]) -> dict[int, CartCard]:
    """Numbers for the badge by user id; who never had a cart is left out. One query."""
    return {row.pop("pk"): row for row in _cards_of(user_ids)}


def never_used() -> CartCard:
    return {"version": 0, "count": 0, "units": 0}


@compiled
def _cards_of(user_ids: Collection[int]) -> QuerySet[Cart, Any]:
    counted = {"count": Count("lines"), "units": Coalesce(Sum("lines__quantity"), 0)}
    return Cart.objects.filter(Among("pk", user_ids)).values("pk", "version", **counted)


@compiled
def _carts_of(user_id: int) -> QuerySet[Cart]:
    return Cart.objects.filter(pk=user_id)


@compiled
def _lines_in(cart_id: int) -> QuerySet[CartLine]:
    return CartLine.objects.filter(cart=cart_id)


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
