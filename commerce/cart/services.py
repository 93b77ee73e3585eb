"""Changes of a cart. Each locks the cart's row first, so that two devices follow one another, and gives the cart as it
is then; what is refused changes nothing; what changes something issues a version and is announced to the owner's
devices.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from commerce.cart.cards import CartCard, RefusedLine
from commerce.cart.errors import CartFull, SkuNotSellable, TooManyUnits
from commerce.cart.events import CartChanged
from commerce.cart.models import MOST_LINES, MOST_UNITS, Cart, CartLine, CartMerge
from commerce.cart.selectors import Contents, contents_of
from commerce.catalog.models import Sku
from commerce.inventory.errors import OutOfStock
from project.kernel import rows
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, KeyReused, NotFound
from project.kernel.queries import compiled, compiled_update
from project.realtime.outbox import publish_on_commit

# A browser that repeats a merge does so within minutes.
MERGES_KEPT_FOR = timedelta(days=30)


@transaction.atomic
def put(*, shopper_id: int, sku_id: int, quantity: int) -> Contents:
    """Add units of a SKU; the price seen is today's.

    Raises Invalid, NotFound, SkuNotSellable, OutOfStock, TooManyUnits, CartFull.
    """
    _require_units(quantity)
    contents = contents_of(_lock(shopper_id), also=[sku_id])
    line = contents.lines.get(sku_id)
    in_cart = line.quantity if line else 0
    if in_cart + quantity > MOST_UNITS:
        raise TooManyUnits(detail={"sku": sku_id, "in_cart": in_cart, "most_units": MOST_UNITS})
    sku = _sellable(contents, sku_id)
    _require_stock(contents, sku_id, in_cart + quantity)
    if line is None:
        if len(contents.lines) >= MOST_LINES:
            raise CartFull(detail={"sku": sku_id, "most_lines": MOST_LINES})
        new = _new_line(contents.cart, sku, quantity, at=database_now())
        rows.add(new)
        return _changed(contents, {sku_id: new, **contents.lines})
    line.quantity = in_cart + quantity
    line.price_seen, line.currency_seen = sku.price, sku.currency
    _write_units(line.pk, line.quantity, sku.price, sku.currency)
    return _changed(contents, contents.lines)


@transaction.atomic
def change_line(*, shopper_id: int, sku_id: int, quantity: int | None = None, selected: bool | None = None) -> Contents:
    """Set a line's units, its selection or both; None leaves as it is. Less is allowed whatever the stock.

    Raises Invalid, NotFound (no such line), SkuNotSellable, OutOfStock, TooManyUnits.
    """
    contents = contents_of(_lock(shopper_id))
    line = contents.lines.get(sku_id)
    if line is None:
        raise NotFound(detail={"sku": sku_id})
    before = line.quantity, line.selected
    if quantity is not None:
        _require_units(quantity)
        if quantity > MOST_UNITS:
            raise TooManyUnits(detail={"sku": sku_id, "in_cart": line.quantity, "most_units": MOST_UNITS})
        if quantity > line.quantity:
            _sellable(contents, sku_id)
            _require_stock(contents, sku_id, quantity)
        line.quantity = quantity
    if selected is not None:
        line.selected = selected
    if (line.quantity, line.selected) == before:
        return contents
    _write_line(line.pk, line.quantity, line.selected)
    return _changed(contents, contents.lines)


@transaction.atomic
def remove(*, shopper_id: int, sku_ids: Collection[int]) -> Contents:
    """Take lines out; those that are not in the cart are gone already."""
    contents = contents_of(_lock(shopper_id))
    gone = contents.lines.keys() & set(sku_ids)
    if not gone:
        return contents
    rows.remove(*(contents.lines[sku_id] for sku_id in gone))
    return _changed(contents, {sku_id: line for sku_id, line in contents.lines.items() if sku_id not in gone})


@transaction.atomic
def select(*, shopper_id: int, sku_ids: Collection[int] | None, selected: bool) -> Contents:
    """Select lines or not; None for all of them."""
    contents = contents_of(_lock(shopper_id))
    turned = [
        line
        for sku_id, line in contents.lines.items()
        if line.selected != selected and (sku_ids is None or sku_id in sku_ids)
    ]
    if not turned:
        return contents
    for line in turned:
        line.selected = selected
    CartLine.objects.filter(pk__in=[line.pk for line in turned]).update(selected=selected)
    return _changed(contents, contents.lines)


@transaction.atomic
def merge(*, shopper_id: int, key: str, lines: Sequence[tuple[int, int]]) -> tuple[Contents, list[RefusedLine]]:
    """Bring in what a guest collected, (SKU id, units) each: a line gets the larger quantity of both.

    Returns also the lines that could not be taken over; the rest are. The same key again changes nothing and refuses
    the same. Raises Invalid for units out of bounds, KeyReused for a key that came with other lines.
    """
    if any(not 1 <= quantity <= MOST_UNITS for _, quantity in lines):
        raise Invalid(fields={"lines": ["invalid"]})
    wanted: dict[int, int] = {}
    for sku_id, quantity in lines:
        wanted[sku_id] = max(quantity, wanted.get(sku_id, 0))
    asked = sorted([sku_id, quantity] for sku_id, quantity in wanted.items())
    contents = contents_of(_lock(shopper_id), also=wanted)
    if known := contents.cart.merges.filter(key=key).first():
        if known.lines != asked:
            raise KeyReused
        return contents, known.refused
    refused, merged = _bring_in(contents, wanted)
    at = database_now()
    contents.cart.merges.filter(at__lt=at - MERGES_KEPT_FOR).delete()
    CartMerge.objects.create(cart=contents.cart, key=key, lines=asked, refused=refused, at=at)
    return (contents if merged is None else _changed(contents, merged)), refused


@transaction.atomic(savepoint=False)
def clear_bought(*, shopper_id: int, bought: Mapping[int, int]) -> None:
    """Take out what was ordered, units by SKU id; units that were put in since stay. In the order's transaction."""
    cart = _lock(shopper_id)
    gone, left, has_changed = [], [], False
    for line_id, sku_id, quantity, selected in _units_in(cart.pk):
        rest = quantity - bought.get(sku_id, 0)
        has_changed |= rest != quantity
        if rest <= 0:
            gone.append(CartLine(pk=line_id))
            continue
        if rest != quantity:
            _write_line(line_id, rest, selected)
        left.append(rest)
    if gone:
        rows.remove(*gone)
    if has_changed:
        _announce(cart, {"version": cart.version + 1, "count": len(left), "units": sum(left)})


def _bring_in(contents: Contents, wanted: Mapping[int, int]) -> tuple[list[RefusedLine], dict[int, CartLine] | None]:
    """What was refused, and the lines as they are then; None where nothing changes."""
    room, at = MOST_LINES - len(contents.lines), database_now()
    refused: list[RefusedLine] = []
    larger: list[CartLine] = []
    new: list[CartLine] = []
    for sku_id, quantity in wanted.items():
        line, sku, free = contents.lines.get(sku_id), contents.skus.get(sku_id), contents.units.get(sku_id, 0)
        if line and line.quantity >= quantity:
            continue
        if sku is None:
            refused.append({"sku": sku_id, "code": "not_found", "available": None})
        elif not sku.is_for_sale:
            refused.append({"sku": sku_id, "code": "sku_not_sellable", "available": None})
        elif free < quantity:
            refused.append({"sku": sku_id, "code": "out_of_stock", "available": free})
        elif line:
            line.quantity = quantity
            larger.append(line)
        elif len(new) >= room:
            refused.append({"sku": sku_id, "code": "cart_full", "available": None})
        else:
            new.append(_new_line(contents.cart, sku, quantity, at=at))
    if not (larger or new):
        return refused, None
    CartLine.objects.bulk_update(larger, ["quantity"])
    CartLine.objects.bulk_create(new)
    return refused, {line.sku_id: line for line in reversed(new)} | contents.lines


def _lock(shopper_id: int) -> Cart:
    locked = _locked(shopper_id)
    if not locked:
        # Of two devices that open the cart at once, one makes the row and the other waits for it.
        Cart.objects.bulk_create([Cart(user_id=shopper_id)], ignore_conflicts=True)
        locked = _locked(shopper_id)
    return locked[0]


@compiled
def _locked(shopper_id: int) -> QuerySet[Cart]:
    return Cart.objects.select_for_update().filter(pk=shopper_id)


@compiled
def _units_in(cart_id: int) -> QuerySet[CartLine, tuple[int, int, int, bool]]:
    return CartLine.objects.filter(cart=cart_id).values_list("pk", "sku_id", "quantity", "selected")


@compiled_update
def _write_line(line_id: int, quantity: int, selected: bool) -> tuple[QuerySet[CartLine], dict[str, Any]]:
    return CartLine.objects.filter(pk=line_id), {"quantity": quantity, "selected": selected}


@compiled_update
def _write_units(line_id: int, quantity: int, price: int, currency: str) -> tuple[QuerySet[CartLine], dict[str, Any]]:
    return CartLine.objects.filter(pk=line_id), {"quantity": quantity, "price_seen": price, "currency_seen": currency}


@compiled_update
def _write_version(cart_id: int, version: int) -> tuple[QuerySet[Cart], dict[str, Any]]:
    return Cart.objects.filter(pk=cart_id), {"version": version}


def _changed(before: Contents, lines: dict[int, CartLine]) -> Contents:
    """The next version of the cart, written and announced."""
    before.cart.version += 1
    contents = replace(before, lines=lines)
    _announce(before.cart, contents.card)
    return contents


def _announce(cart: Cart, card: CartCard) -> None:
    _write_version(cart.pk, card["version"])
    publish_on_commit(CartChanged(user_to=cart.pk, cart=card))


def _new_line(cart: Cart, sku: Sku, quantity: int, *, at: datetime) -> CartLine:
    return CartLine(
        cart=cart, sku=sku, quantity=quantity, price_seen=sku.price, currency_seen=sku.currency, added_at=at
    )


def _sellable(contents: Contents, sku_id: int) -> Sku:
    sku = contents.skus.get(sku_id)
    if sku is None:
        raise NotFound(detail={"sku": sku_id})
    if not sku.is_for_sale:
        raise SkuNotSellable(detail={"sku": sku_id})
    return sku


def _require_stock(contents: Contents, sku_id: int, quantity: int) -> None:
    free = contents.units.get(sku_id, 0)
    if free < quantity:
        raise OutOfStock(detail={"sku": sku_id, "available": free})


def _require_units(quantity: int) -> None:
    if quantity < 1:
        raise Invalid(fields={"quantity": ["min_value"]})
