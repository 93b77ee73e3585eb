"""The life of an order: opened, paid or closed, each step one conditional UPDATE, an event row and an announcement.

Everything here runs inside the caller's transaction. Locks are taken in the order of the house: sale, claim, order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from commerce.flash_sales import services as flash_sales
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.orders.errors import IllegalTransition
from commerce.orders.events import OrderChanged, OrderPaid
from commerce.orders.models import Order, OrderEvent, OrderLine
from commerce.orders.selectors import state_of
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.kernel.ids import new_number
from project.kernel.money import Money
from project.realtime.outbox import publish_on_commit

State = Order.State

# Money for an order that ran out of time may still buy its goods, if there are any; see `pay_order`.
LEGAL: dict[str, tuple[str, ...]] = {
    State.PAID: (State.PENDING_PAYMENT, State.CLOSED),
    State.CLOSED: (State.PENDING_PAYMENT,),
}
CANCELLED = "cancelled"
EXPIRED = "expired"
OUT_OF_STOCK = "out_of_stock"


def open_order(
    *,
    buyer_id: int,
    lines: Sequence[OrderLine],
    currency: str,
    goods_total: int,
    discount_total: int,
    freight_total: int,
    address: Any,
    channel: str,
    expires_at: datetime,
) -> Order:
    """Write an order with its (unsaved) lines; those without a claim reserve their units from the stock.

    `address`: `{"name", "phone", "region", "line"}`. Raises OutOfStock.
    """
    order = Order.objects.create(
        number=_free_number(),
        buyer_id=buyer_id,
        currency=currency,
        goods_total=goods_total,
        discount_total=discount_total,
        freight_total=freight_total,
        total=goods_total - discount_total + freight_total,
        address=address,
        channel=channel,
        version=1,
        expires_at=expires_at,
    )
    for line in lines:
        line.order = order
        line.save()
        if line.claim_id is None:
            inventory.reserve(sku_id=line.sku_id, quantity=line.quantity, reference=order.number)
    _record(order, "order.opened")
    return order


def lock_order(*, order_id: int) -> Order:
    """Lock an order and, before it, the claims in it. Raises NotFound."""
    claimed = OrderLine.objects.filter(order_id=order_id, claim__isnull=False).order_by("claim__sale_id", "claim_id")
    for claim_id in claimed.values_list("claim_id", flat=True):
        assert claim_id is not None
        flash_sales.lock_claim(claim_id=claim_id)
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


def begin_payment(*, order: Order, until: datetime) -> None:
    """Money for a locked order may come until then: it stays open at least that long, and its claims stay held until
    it is paid or closed.

    Raises IllegalTransition unless it is unpaid, ClaimExpired when a claim has lapsed.
    """
    _require(order, State.PENDING_PAYMENT)
    until = max(until, order.expires_at)
    for line in order.lines.select_related("claim"):
        if line.claim:
            flash_sales.extend_hold(claim=line.claim, until=until)
    if until > order.expires_at:
        order.expires_at = until
        order.version += 1
        order.save(update_fields=["expires_at", "version"])
        _record(order, "order.extended")


def pay_order(*, order: Order) -> bool:
    """Money for a locked order came in: hand over its goods.

    False when there is nothing to hand over and the money must go back: the order is paid already, its buyer
    cancelled it, or it ran out of time and its units are gone. An unpaid order whose units are gone is closed.
    """
    if order.state == State.PAID or (order.state == State.CLOSED and order.close_reason == CANCELLED):
        return False
    late = order.state == State.CLOSED
    if not _hand_over(order, late=late):
        if not late:
            close_order(order=order, reason=OUT_OF_STOCK)
        return False
    _move(order, to=State.PAID, event="order.paid", paid_at=database_now(), closed_at=None, close_reason="")
    return True


def close_order(*, order: Order, reason: str) -> None:
    """Close a locked, unpaid order; its goods are free again, once. Raises IllegalTransition."""
    _require(order, State.PENDING_PAYMENT)
    _move(order, to=State.CLOSED, event="order.closed", closed_at=database_now(), close_reason=reason)
    for line in order.lines.select_related("claim"):
        if line.claim:
            flash_sales.release_claim(claim=line.claim, reason=reason)
        else:
            inventory.release(sku_id=line.sku_id, quantity=line.quantity, reference=order.number)


def note_refund(*, order: Order, amount: int) -> None:
    """Money of a locked order went back: write it into its history."""
    order.version += 1
    order.save(update_fields=["version"])
    _record(order, "order.refunded", {"amount": amount})


class _Gone(Exception):
    pass


def _hand_over(order: Order, *, late: bool) -> bool:
    """All of the order's units, or none of them."""
    try:
        with transaction.atomic():
            for line in order.lines.select_related("claim"):
                if line.claim:
                    if not flash_sales.settle_claim(claim=line.claim):
                        raise _Gone
                    continue
                reference = order.number
                if late:
                    # What was reserved under the number has been released: take free units under a name of their own.
                    reference = f"{order.number}:late"
                    inventory.reserve(sku_id=line.sku_id, quantity=line.quantity, reference=reference)
                inventory.sell(sku_id=line.sku_id, quantity=line.quantity, reference=reference)
    except (_Gone, OutOfStock):
        return False
    return True


def _require(order: Order, state: str) -> None:
    if order.state != state:
        raise IllegalTransition(detail={"state": order.state})


def _move(order: Order, *, to: str, event: str, **stamps: Any) -> None:
    moved = Order.objects.filter(pk=order.pk, state__in=LEGAL[to], version=order.version).update(
        state=to, version=F("version") + 1, **stamps
    )
    if not moved:
        raise IllegalTransition(detail={"state": Order.objects.values_list("state", flat=True).get(pk=order.pk)})
    order.refresh_from_db()
    _record(order, event)


def _record(order: Order, type: str, data: dict[str, Any] | None = None) -> None:
    OrderEvent.objects.create(order=order, type=type, data=data or {})
    changed = OrderChanged(user_to=order.buyer_id, order=state_of(order))
    if type != "order.paid":
        publish_on_commit(changed)
        return
    lines = list(order.lines.all())
    paid = OrderPaid(
        user_to=order.buyer_id,
        order=state_of(order),
        channel_to=order.channel,
        title_to={"zh": lines[0].title_zh, "en": lines[0].title_en},
        quantity_to=sum(line.quantity for line in lines),
        total_to=Money(order.total, order.currency).as_dict(),
    )
    publish_on_commit(paid, changed)


def _free_number() -> str:
    while Order.objects.filter(number=(number := new_number())).exists():
        pass
    return number
