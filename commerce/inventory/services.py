"""Changes of stock. Each takes one SKU, a quantity of at least 1 and a reference: the same reference again changes
nothing, and with another quantity raises KeyReused. Where several SKUs change in one transaction, take them in the
order of their ids: their rows stay locked until COMMIT.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Q

from commerce.catalog.models import Sku
from commerce.inventory.errors import NotReserved, OutOfStock
from commerce.inventory.models import Stock, StockMovement
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound

Kind = StockMovement.Kind


def receive(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Units arrive. Raises NotFound for an unknown SKU."""
    if not Sku.objects.filter(pk=sku_id).exists():
        raise NotFound
    Stock.objects.get_or_create(sku_id=sku_id)
    change = {"on_hand": F("on_hand") + quantity}
    return _move(Kind.RECEIVE, sku_id, quantity, reference, possible=Q(), change=change)


def write_off(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Units are gone without having been sold: broken, lost, miscounted. Raises OutOfStock: promised units stay."""
    change = {"on_hand": F("on_hand") - quantity}
    return _move(Kind.WRITE_OFF, sku_id, quantity, reference, possible=_free(quantity), change=change)


def reserve(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Promise units that are free. Raises OutOfStock."""
    change = {"reserved": F("reserved") + quantity}
    return _move(Kind.RESERVE, sku_id, quantity, reference, possible=_free(quantity), change=change)


def release(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Take a promise back, or a part of it under a reference of its own. Raises NotReserved."""
    change = {"reserved": F("reserved") - quantity}
    return _move(Kind.RELEASE, sku_id, quantity, reference, possible=Q(reserved__gte=quantity), change=change)


def sell(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Reserved units leave the house. Raises NotReserved."""
    change = {"on_hand": F("on_hand") - quantity, "reserved": F("reserved") - quantity}
    return _move(Kind.SELL, sku_id, quantity, reference, possible=Q(reserved__gte=quantity), change=change)


def _free(quantity: int) -> Q:
    return Q(on_hand__gte=F("reserved") + quantity)


def _move(
    kind: StockMovement.Kind, sku_id: int, quantity: int, reference: str, *, possible: Q, change: dict[str, Any]
) -> StockMovement:
    if quantity < 1:
        raise Invalid(fields={"quantity": ["min_value"]})
    with transaction.atomic():
        # The movement first: two calls with one reference meet at its unique key, before either touches the stock.
        movement, is_new = StockMovement.objects.get_or_create(
            reference=reference, kind=kind, sku_id=sku_id, defaults={"quantity": quantity}
        )
        if is_new and not Stock.objects.filter(possible, sku_id=sku_id).update(**change):
            raise _refusal(kind, sku_id)
    if movement.quantity != quantity:
        raise KeyReused
    return movement


def _refusal(kind: StockMovement.Kind, sku_id: int) -> DomainError:
    stock = Stock.objects.filter(sku_id=sku_id).first() or Stock(sku_id=sku_id)
    if kind in (Kind.RELEASE, Kind.SELL):
        return NotReserved(detail={"sku": sku_id, "reserved": stock.reserved})
    return OutOfStock(detail={"sku": sku_id, "available": stock.available})
