"""Changes of stock. Each takes one SKU, a quantity of at least 1 and a reference: the same reference again changes
nothing, and with another quantity raises KeyReused. Where several SKUs change in one transaction, take them in the
order of their ids: their rows stay locked until COMMIT. `reason` and `by_id` say why a person did it, and who.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from commerce.catalog.models import Sku
from commerce.inventory.errors import NotReserved, OutOfStock
from commerce.inventory.events import StockAlertChanged
from commerce.inventory.models import Stock, StockAlert, StockMovement
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound
from project.kernel.queries import compiled_update
from project.kernel.rows import add_new, remove
from project.realtime.outbox import publish_on_commit

Kind = StockMovement.Kind
Changes = tuple[QuerySet[Stock], dict[str, Any]]


def receive(*, sku_id: int, quantity: int, reference: str, reason: str = "", by_id: int | None = None) -> StockMovement:
    """Units arrive. Raises NotFound for an unknown SKU."""
    if not Sku.objects.filter(pk=sku_id).exists():
        raise NotFound
    Stock.objects.get_or_create(sku_id=sku_id)
    return _move(Kind.RECEIVE, sku_id, quantity, reference, _received, reason=reason, by_id=by_id)


def write_off(
    *, sku_id: int, quantity: int, reference: str, reason: str = "", by_id: int | None = None
) -> StockMovement:
    """Units are gone without having been sold: broken, lost, miscounted. Raises OutOfStock: promised units stay."""
    return _move(Kind.WRITE_OFF, sku_id, quantity, reference, _written_off, reason=reason, by_id=by_id)


def reserve(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Promise units that are free. Raises OutOfStock."""
    return _move(Kind.RESERVE, sku_id, quantity, reference, _reserved)


def hold(*, sku_ids: Collection[int]) -> None:
    """Nobody else changes these stocks until the transaction ends: who takes of them in several steps, and in another
    order than everybody else, locks them beforehand."""
    list(Stock.objects.select_for_update(no_key=True).filter(pk__in=set(sku_ids)).order_by("pk"))


def reserve_all(*, units: Sequence[tuple[int, int]], reference: str) -> None:
    """Promise units of several SKUs, (SKU id, quantity) each, all of them or none: a refusal ends the transaction that
    it happens in. Raises OutOfStock, naming the first.
    """
    if not units:
        return
    for _, quantity in units:
        _require_units(quantity)
    wanted = sorted(units)
    movements = [
        StockMovement(reference=reference, kind=Kind.RESERVE, sku_id=sku_id, quantity=quantity)
        for sku_id, quantity in wanted
    ]
    with transaction.atomic(savepoint=False):
        if not add_new(*movements):
            # Some are promised under this reference already.
            for sku_id, quantity in wanted:
                reserve(sku_id=sku_id, quantity=quantity, reference=reference)
            return
        for sku_id, quantity in wanted:
            if not _change(_reserved, sku_id, quantity):
                raise _refusal(Kind.RESERVE, sku_id)


def release(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Take a promise back, or a part of it under a reference of its own. Raises NotReserved."""
    return _move(Kind.RELEASE, sku_id, quantity, reference, _released)


def sell(*, sku_id: int, quantity: int, reference: str) -> StockMovement:
    """Reserved units leave the house. Raises NotReserved."""
    return _move(Kind.SELL, sku_id, quantity, reference, _sold)


@transaction.atomic
def set_alert(*, sku_id: int, alert_at: int | None) -> None:
    """Ask to be told when no more than `alert_at` units are free; None for never. Raises NotFound, Invalid."""
    if alert_at is not None and alert_at < 0:
        raise Invalid(fields={"alert_at": ["min_value"]})
    if not Sku.objects.filter(pk=sku_id).exists():
        raise NotFound
    Stock.objects.get_or_create(sku_id=sku_id)
    Stock.objects.filter(pk=sku_id).update(alert_at=alert_at)
    if alert_at is None:
        _close(_open_alert(sku_id))
    else:
        _watch(sku_id, alert_at, Stock.objects.get(pk=sku_id).available)


def _change(change: compiled_update[[int, int]], sku_id: int, quantity: int) -> bool:
    """Whether the stock could be changed so."""
    changed = change.returning("on_hand - reserved, alert_at", sku_id, quantity)
    for available, alert_at in changed:
        if alert_at is not None:
            _watch(sku_id, alert_at, available)
    return bool(changed)


def _watch(sku_id: int, alert_at: int, available: int) -> None:
    """Open or close the alert of a stock whose row this transaction has changed, and thereby locked."""
    alert = _open_alert(sku_id)
    if available > alert_at:
        _close(alert)
    elif alert is None:
        alert = StockAlert.objects.create(
            stock_id=sku_id, alert_at=alert_at, available=available, opened_at=database_now()
        )
        publish_on_commit(StockAlertChanged(alert_id=alert.pk))


def _open_alert(sku_id: int) -> StockAlert | None:
    return StockAlert.objects.filter(stock_id=sku_id, closed_at=None).first()


def _close(alert: StockAlert | None) -> None:
    if alert:
        alert.closed_at = database_now()
        alert.save(update_fields=["closed_at"])
        publish_on_commit(StockAlertChanged(alert_id=alert.pk))


def _free(quantity: int) -> Q:
    return Q(on_hand__gte=F("reserved") + quantity)


@compiled_update
def _received(sku_id: int, quantity: int) -> Changes:
    return Stock.objects.filter(pk=sku_id), {"on_hand": F("on_hand") + quantity}


@compiled_update
def _written_off(sku_id: int, quantity: int) -> Changes:
    return Stock.objects.filter(_free(quantity), pk=sku_id), {"on_hand": F("on_hand") - quantity}


@compiled_update
def _reserved(sku_id: int, quantity: int) -> Changes:
    return Stock.objects.filter(_free(quantity), pk=sku_id), {"reserved": F("reserved") + quantity}


@compiled_update
def _released(sku_id: int, quantity: int) -> Changes:
    return Stock.objects.filter(pk=sku_id, reserved__gte=quantity), {"reserved": F("reserved") - quantity}


@compiled_update
def _sold(sku_id: int, quantity: int) -> Changes:
    gone = {"on_hand": F("on_hand") - quantity, "reserved": F("reserved") - quantity}
    return Stock.objects.filter(pk=sku_id, reserved__gte=quantity), gone


def _move(
    kind: StockMovement.Kind,
    sku_id: int,
    quantity: int,
    reference: str,
    change: compiled_update[[int, int]],
    *,
    reason: str = "",
    by_id: int | None = None,
) -> StockMovement:
    _require_units(quantity)
    movement = StockMovement(
        reference=reference, kind=kind, sku_id=sku_id, quantity=quantity, reason=reason, by_id=by_id
    )
    # No savepoint, but nothing is raised within: a refusal takes its movement back by itself.
    with transaction.atomic(savepoint=False):
        # The movement first: two calls with one reference meet at its unique key, before either touches the stock.
        is_new = add_new(movement)
        if not is_new:
            movement = StockMovement.objects.get(reference=reference, kind=kind, sku_id=sku_id)
        has_changed = is_new and _change(change, sku_id, quantity)
        if is_new and not has_changed:
            remove(movement)
    if is_new and not has_changed:
        raise _refusal(kind, sku_id)
    if movement.quantity != quantity:
        raise KeyReused
    return movement


def _require_units(quantity: int) -> None:
    if quantity < 1:
        raise Invalid(fields={"quantity": ["min_value"]})


def _refusal(kind: StockMovement.Kind, sku_id: int) -> DomainError:
    stock = Stock.objects.filter(sku_id=sku_id).first() or Stock(sku_id=sku_id)
    if kind in (Kind.RELEASE, Kind.SELL):
        return NotReserved(detail={"sku": sku_id, "reserved": stock.reserved})
    return OutOfStock(detail={"sku": sku_id, "available": stock.available})
