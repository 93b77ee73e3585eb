"""The life of an order, from opened to completed: each step one conditional UPDATE, an event row, an announcement.

Everything here runs inside the caller's transaction. Locks are taken in the order of the house: sale, claim, order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from commerce.flash_sales import services as flash_sales
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.orders.errors import IllegalTransition
from commerce.orders.events import OrderChanged, OrderPaid
from commerce.orders.models import Order, OrderEvent, OrderLine
from commerce.orders.selectors import state_of
from commerce.promotions import points
from commerce.promotions import services as promotions
from commerce.promotions.selectors import grants_in
from project.kernel import rows
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.kernel.ids import new_number
from project.kernel.money import Money
from project.kernel.queries import compiled
from project.realtime.outbox import publish_on_commit

State = Order.State

# Money for an order that ran out of time may still buy its goods, if there are any; see `pay_order`.
LEGAL: dict[str, tuple[str, ...]] = {
    State.PAID: (State.PENDING_PAYMENT, State.CLOSED),
    State.SHIPPED: (State.PAID,),
    State.RECEIVED: (State.SHIPPED,),
    State.COMPLETED: (State.RECEIVED,),
    # After it was paid: when all of its money goes back.
    State.CLOSED: (State.PENDING_PAYMENT, State.PAID, State.SHIPPED, State.RECEIVED),
}
CANCELLED = "cancelled"
REFUNDED = "refunded"
EXPIRED = "expired"
OUT_OF_STOCK = "out_of_stock"


def open_order(
    *,
    buyer_id: int,
    lines: Sequence[OrderLine],
    currency: str,
    freight_total: int,
    address: Any,
    channel: str,
    expires_at: datetime,
    seller: str = "",
    purchase: str = "",
    invoice: Any = None,
    number: str = "",
) -> Order:
    """Write an order with its (unsaved) lines; those without a claim reserve their units from the stock. Its coupons
    and points were locked before. The order knows them, and its history, until it is read again.

    `address` and `invoice` as in the model; a `number` may have been drawn before. Raises OutOfStock.
    """
    goods_total = sum(line.total for line in lines)
    discount_total = sum(line.discount for line in lines)
    number = number or free_number()
    order = Order(
        number=number,
        buyer_id=buyer_id,
        seller=seller,
        purchase=purchase or number,
        invoice=invoice,
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
    rows.add(order)
    for line in lines:
        line.order = order
    rows.add(*lines)
    free = [(line.sku_id, line.quantity) for line in lines if line.claim_id is None]
    inventory.reserve_all(units=free, reference=order.number)
    _know(order, lines=lines, events=[_record(order, "order.opened")])
    return order


def _know(order: Order, **found: Sequence[OrderLine] | Sequence[OrderEvent]) -> None:
    """As if they had been prefetched: whoever shows the order as it is now need not read them back."""
    known: dict[str, QuerySet[Any]] = {name: getattr(order, name).all() for name in found}
    for name, rows_found in found.items():
        known[name]._result_cache = list(rows_found)
    order._prefetched_objects_cache = known  # type: ignore[attr-defined]


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

    False when there is nothing to hand over and the money must go back: the order was paid already, its buyer
    cancelled it, or it ran out of time and its units, coupons or points are gone. An unpaid order whose units are gone
    is closed.
    """
    if order.state not in LEGAL[State.PAID] or order.close_reason in (CANCELLED, REFUNDED):
        return False
    late = order.state == State.CLOSED
    if not _hand_over(order, late=late):
        if not late:
            close_order(order=order, reason=OUT_OF_STOCK)
        return False
    _move(order, to=State.PAID, event="order.paid", paid_at=database_now(), closed_at=None, close_reason="")
    return True


def settle_free(*, order: Order) -> None:
    """Nothing is to be paid for an order that was just opened: its goods are handed over. Raises IllegalTransition."""
    _require(order, State.PENDING_PAYMENT)
    if order.total or not pay_order(order=order):
        raise IllegalTransition(detail={"state": order.state})


def close_order(*, order: Order, reason: str) -> None:
    """Close a locked, unpaid order; its goods, coupons and points are free again, once. Raises IllegalTransition."""
    _require(order, State.PENDING_PAYMENT)
    _move(order, to=State.CLOSED, event="order.closed", closed_at=database_now(), close_reason=reason)
    _give_coupons_back(order)
    if spent := _points_of(order):
        points.book().release(user_id=order.buyer_id, points=spent, reference=order.number)
    for line in _in_lock_order(order):
        if line.claim:
            flash_sales.release_claim(claim=line.claim, reason=reason)
        else:
            inventory.release(sku_id=line.sku_id, quantity=line.quantity, reference=order.number)


def ship_order(*, order: Order) -> None:
    """All that is to be shipped of a locked order is on its way. Raises IllegalTransition."""
    _move(order, to=State.SHIPPED, event="order.shipped", shipped_at=database_now())


def receive_order(*, order: Order, by: str) -> None:
    """The goods of a locked order arrived; `by` says who knows: "buyer" or "timeout". Raises IllegalTransition."""
    _move(order, to=State.RECEIVED, event="order.received", data={"by": by}, received_at=database_now())


def complete_order(*, order: Order) -> None:
    """The time to return anything of a locked order is over. Raises IllegalTransition."""
    _move(order, to=State.COMPLETED, event="order.completed", completed_at=database_now())


def close_refunded(*, order: Order) -> None:
    """All money of a locked order goes back, and its coupons. What becomes of its units and points is the caller's.

    Raises IllegalTransition.
    """
    if order.state == State.PENDING_PAYMENT:
        raise IllegalTransition(detail={"state": order.state})
    _move(order, to=State.CLOSED, event="order.closed", closed_at=database_now(), close_reason=REFUNDED)
    _give_coupons_back(order)


def note_refunded_units(*, order: Order, line_id: int, quantity: int) -> None:
    """Units of a line of a locked order whose money goes back. Raises IllegalTransition when it has not as many."""
    left = OrderLine.objects.filter(
        pk=line_id, order=order, quantity__gte=F("refunded_quantity") + quantity, order__paid_at__isnull=False
    )
    if quantity < 1 or not left.update(refunded_quantity=F("refunded_quantity") + quantity):
        raise IllegalTransition(detail={"state": order.state})


def request_invoice(*, order: Order, invoice: dict[str, str]) -> None:
    """The buyer of a locked order asks for an invoice, as in the model; asked again, the last one counts.

    Raises IllegalTransition once the order is closed.
    """
    if order.state == State.CLOSED:
        raise IllegalTransition(detail={"state": order.state})
    order.invoice = invoice
    order.save(update_fields=["invoice"])
    note(order=order, type="order.invoice_requested")


def note_refund(*, order: Order, amount: int) -> None:
    """Money of a locked order went back: write it into its history."""
    note(order=order, type="order.refunded", data={"amount": amount})


def note(*, order: Order, type: str, data: dict[str, Any] | None = None) -> None:
    """Write into a locked order's history what happened to it, and tell its buyer."""
    order.version += 1
    order.save(update_fields=["version"])
    _record(order, type, data)


class _Gone(Exception):
    pass


def _hand_over(order: Order, *, late: bool) -> bool:
    """All of the order's units, or none of them."""
    try:
        with transaction.atomic():
            if not promotions.use(grant_ids=_coupons_of(order), purchase=order.purchase):
                raise _Gone
            spent = _points_of(order)
            if spent and not points.book().use(user_id=order.buyer_id, points=spent, reference=order.number):
                raise _Gone
            for line in _in_lock_order(order):
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


def _coupons_of(order: Order) -> set[int]:
    # Nothing was taken off, so that there is nothing to look for.
    return {id for line in order.lines.all() for id in grants_in(line.discounts)} if order.discount_total else set()


def _points_of(order: Order) -> int:
    return sum(line.points for line in order.lines.all()) if order.discount_total else 0


def _give_coupons_back(order: Order) -> None:
    """Those that no other order of the purchase, open or paid, is with."""
    coupons = _coupons_of(order)
    if not coupons:
        return
    # Two orders that close at once wait for each other here, and the later sees that the other is closed.
    promotions.hold(grant_ids=coupons)
    others = OrderLine.objects.filter(order__purchase=order.purchase, order__buyer_id=order.buyer_id)
    for discounts in others.exclude(order__state=State.CLOSED).values_list("discounts", flat=True):
        coupons -= grants_in(discounts)
    promotions.give_back(grant_ids=coupons, purchase=order.purchase)


def _in_lock_order(order: Order) -> QuerySet[OrderLine]:
    """By SKU, as everybody who takes or gives several: two baskets never wait for each other."""
    return order.lines.select_related("claim").order_by("sku_id", "pk")


def _require(order: Order, state: str) -> None:
    if order.state != state:
        raise IllegalTransition(detail={"state": order.state})


def _move(order: Order, *, to: str, event: str, data: dict[str, Any] | None = None, **stamps: Any) -> None:
    moved = Order.objects.filter(pk=order.pk, state__in=LEGAL[to], version=order.version).update(
        state=to, version=F("version") + 1, **stamps
    )
    if not moved:
        raise IllegalTransition(detail={"state": Order.objects.values_list("state", flat=True).get(pk=order.pk)})
    order.refresh_from_db()
    _record(order, event, data)


def _record(order: Order, type: str, data: dict[str, Any] | None = None) -> OrderEvent:
    event = OrderEvent(order=order, type=type, data=data or {})
    rows.add(event)
    changed = OrderChanged(user_to=order.buyer_id, order=state_of(order))
    if type != "order.paid":
        publish_on_commit(changed)
        return event
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
    return event


def free_number() -> str:
    """A number that no order has yet."""
    while _ids_of(number := new_number()):
        pass
    return number


@compiled
def _ids_of(number: str) -> QuerySet[Order, int]:
    return Order.objects.filter(number=number).values_list("pk", flat=True)
