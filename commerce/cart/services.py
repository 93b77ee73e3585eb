"""Changes of a cart. Each locks the cart's row first, so that two devices follow one another; what is refused changes
nothing; what changes something issues a version and is announced to the owner's devices.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from commerce.cart.cards import RefusedLine
from commerce.cart.errors import CartFull, SkuNotSellable, TooManyUnits
from commerce.cart.events import CartChanged
from commerce.cart.models import MOST_LINES, MOST_UNITS, Cart, CartLine, CartMerge
from commerce.cart.selectors import cards_of
from commerce.catalog.models import Sku
from commerce.catalog.selectors import skus_with_products
from commerce.inventory.errors import OutOfStock
from commerce.inventory.selectors import available
from project.kernel import rows
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, KeyReused, NotFound
from project.kernel.queries import Among, compiled, compiled_update
from project.realtime.outbox import publish_on_commit

# A browser that repeats a merge does so within minutes.
MERGES_KEPT_FOR = timedelta(days=30)


@transaction.atomic
def put(*, shopper_id: int, sku_id: int, quantity: int) -> None:
    """Add units of a SKU; the price seen is today's.

    Raises Invalid, NotFound, SkuNotSellable, OutOfStock, TooManyUnits, CartFull.
    """
    _require_units(quantity)
    cart = _lock(shopper_id)
    line = _line_of(cart, sku_id)
    in_cart = line.quantity if line else 0
    if in_cart + quantity > MOST_UNITS:
        raise TooManyUnits(detail={"sku": sku_id, "in_cart": in_cart, "most_units": MOST_UNITS})
    sku = _sellable(sku_id)
    _require_stock(sku_id, in_cart + quantity)
    if line is None:
        if cart.lines.count() >= MOST_LINES:
            raise CartFull(detail={"sku": sku_id, "most_lines": MOST_LINES})
        rows.add(_new_line(cart, sku, quantity, at=database_now()))
    else:
        _write_units(line.pk, in_cart + quantity, sku.price, sku.currency)
    _changed(cart)


@transaction.atomic
def change_line(*, shopper_id: int, sku_id: int, quantity: int | None = None, selected: bool | None = None) -> None:
    """Set a line's units, its selection or both; None leaves as it is. Less is allowed whatever the stock.

    Raises Invalid, NotFound (no such line), SkuNotSellable, OutOfStock, TooManyUnits.
    """
    cart = _lock(shopper_id)
    line = _line_of(cart, sku_id)
    if line is None:
        raise NotFound(detail={"sku": sku_id})
    before = line.quantity, line.selected
    if quantity is not None:
        _require_units(quantity)
        if quantity > MOST_UNITS:
            raise TooManyUnits(detail={"sku": sku_id, "in_cart": line.quantity, "most_units": MOST_UNITS})
        if quantity > line.quantity:
            _sellable(sku_id)
            _require_stock(sku_id, quantity)
        line.quantity = quantity
    if selected is not None:
        line.selected = selected
    if (line.quantity, line.selected) != before:
        _write_line(line.pk, line.quantity, line.selected)
        _changed(cart)


@transaction.atomic
def remove(*, shopper_id: int, sku_ids: Collection[int]) -> None:
    """Take lines out; those that are not in the cart are gone already."""
    cart = _lock(shopper_id)
    gone, _ = cart.lines.filter(sku_id__in=set(sku_ids)).delete()
    if gone:
        _changed(cart)


@transaction.atomic
def select(*, shopper_id: int, sku_ids: Collection[int] | None, selected: bool) -> None:
    """Select lines or not; None for all of them."""
    cart = _lock(shopper_id)
    lines = cart.lines.exclude(selected=selected)
    if sku_ids is not None:
        lines = lines.filter(sku_id__in=set(sku_ids))
    if lines.update(selected=selected):
        _changed(cart)


@transaction.atomic
def merge(*, shopper_id: int, key: str, lines: Sequence[tuple[int, int]]) -> list[RefusedLine]:
    """Bring in what a guest collected, (SKU id, units) each: a line gets the larger quantity of both.

    Returns the lines that could not be taken over; the rest are. The same key again changes nothing and gives the
    same answer. Raises Invalid for units out of bounds, KeyReused for a key that came with other lines.
    """
    if any(not 1 <= quantity <= MOST_UNITS for _, quantity in lines):
        raise Invalid(fields={"lines": ["invalid"]})
    wanted: dict[int, int] = {}
    for sku_id, quantity in lines:
        wanted[sku_id] = max(quantity, wanted.get(sku_id, 0))
    asked = sorted([sku_id, quantity] for sku_id, quantity in wanted.items())
    cart = _lock(shopper_id)
    if known := cart.merges.filter(key=key).first():
        if known.lines != asked:
            raise KeyReused
        answer: list[RefusedLine] = known.refused
        return answer
    refused, has_changed = _bring_in(cart, wanted)
    at = database_now()
    cart.merges.filter(at__lt=at - MERGES_KEPT_FOR).delete()
    CartMerge.objects.create(cart=cart, key=key, lines=asked, refused=refused, at=at)
    if has_changed:
        _changed(cart)
    return refused


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
        _changed(cart, left)


def _bring_in(cart: Cart, wanted: Mapping[int, int]) -> tuple[list[RefusedLine], bool]:
    """(what was refused, whether anything changed)"""
    ids = list(wanted)
    lines = {line.sku_id: line for line in cart.lines.all()}
    known, units = skus_with_products(ids), available(ids)
    room, at = MOST_LINES - len(lines), database_now()
    refused: list[RefusedLine] = []
    larger: list[CartLine] = []
    new: list[CartLine] = []
    for sku_id, quantity in wanted.items():
        line, free = lines.get(sku_id), units.get(sku_id, 0)
        if line and line.quantity >= quantity:
            continue
        if sku_id not in known:
            refused.append({"sku": sku_id, "code": "not_found", "available": None})
        elif not known[sku_id].is_for_sale:
            refused.append({"sku": sku_id, "code": "sku_not_sellable", "available": None})
        elif free < quantity:
            refused.append({"sku": sku_id, "code": "out_of_stock", "available": free})
        elif line:
            line.quantity = quantity
            larger.append(line)
        elif len(new) >= room:
            refused.append({"sku": sku_id, "code": "cart_full", "available": None})
        else:
            new.append(_new_line(cart, known[sku_id], quantity, at=at))
    CartLine.objects.bulk_update(larger, ["quantity"])
    CartLine.objects.bulk_create(new)
    return refused, bool(larger or new)


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
def _lines_of(cart_id: int, sku_ids: Collection[int]) -> QuerySet[CartLine]:
    return CartLine.objects.filter(Among("sku", sku_ids), cart=cart_id)


@compiled
def _units_in(cart_id: int) -> QuerySet[CartLine, tuple[int, int, int, bool]]:
    return CartLine.objects.filter(cart=cart_id).values_list("pk", "sku_id", "quantity", "selected")


def _line_of(cart: Cart, sku_id: int) -> CartLine | None:
    return next(iter(_lines_of(cart.pk, [sku_id])), None)


@compiled_update
def _write_line(line_id: int, quantity: int, selected: bool) -> tuple[QuerySet[CartLine], dict[str, Any]]:
    return CartLine.objects.filter(pk=line_id), {"quantity": quantity, "selected": selected}


@compiled_update
def _write_units(line_id: int, quantity: int, price: int, currency: str) -> tuple[QuerySet[CartLine], dict[str, Any]]:
    return CartLine.objects.filter(pk=line_id), {"quantity": quantity, "price_seen": price, "currency_seen": currency}


@compiled_update
def _write_version(cart_id: int, version: int) -> tuple[QuerySet[Cart], dict[str, Any]]:
    return Cart.objects.filter(pk=cart_id), {"version": version}


def _changed(cart: Cart, left: Collection[int] | None = None) -> None:
    """`left`: the units of each line, where they are known."""
    cart.version += 1
    _write_version(cart.pk, cart.version)
    card = (
        cards_of([cart.pk])[cart.pk]
        if left is None
        else {"version": cart.version, "count": len(left), "units": sum(left)}
    )
    publish_on_commit(CartChanged(user_to=cart.pk, cart=card))


def _new_line(cart: Cart, sku: Sku, quantity: int, *, at: datetime) -> CartLine:
    return CartLine(
        cart=cart, sku=sku, quantity=quantity, price_seen=sku.price, currency_seen=sku.currency, added_at=at
    )


def _sellable(sku_id: int) -> Sku:
    sku = skus_with_products([sku_id]).get(sku_id)
    if sku is None:
        raise NotFound(detail={"sku": sku_id})
    if not sku.is_for_sale:
        raise SkuNotSellable(detail={"sku": sku_id})
    return sku


def _require_stock(sku_id: int, quantity: int) -> None:
    free = available([sku_id]).get(sku_id, 0)
    if free < quantity:
        raise OutOfStock(detail={"sku": sku_id, "available": free})


def _require_units(quantity: int) -> None:
    if quantity < 1:
        raise Invalid(fields={"quantity": ["min_value"]})
