"""Reads of orders."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncMinute

from commerce.catalog.cards import Texts
from commerce.orders.cards import OrderCard, OrderStateName
from commerce.orders.models import Order, OrderLine
from project.kernel.clock import to_ms
from project.kernel.errors import NotFound
from project.kernel.money import Money


def state_of(order: Order) -> OrderCard:
    """What the wire says about an order; times in ms."""
    return {
        "number": order.number,
        "state": cast(OrderStateName, order.state),
        "total": Money(order.total, order.currency).as_dict(),
        "expires_at": to_ms(order.expires_at),
        "version": order.version,
    }


def orders_of(buyer_id: int) -> QuerySet[Order]:
    """The buyer's own orders, newest first, with what their pages show."""
    return Order.objects.filter(buyer_id=buyer_id).prefetch_related("lines", "events")


def counts_of(buyer_id: int) -> dict[str, int]:
    """The number of the buyer's orders by state, each state named."""
    counted = Order.objects.filter(buyer_id=buyer_id).order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(Order.State.values, 0) | dict(counted)


def own_order(*, buyer_id: int, number: str) -> Order:
    """Raises NotFound, also for somebody else's order."""
    order = orders_of(buyer_id).filter(number=number).first()
    if order is None:
        raise NotFound
    return order


def orders_for_staff() -> QuerySet[Order]:
    """Everybody's, with what the studio's list shows of them."""
    return Order.objects.select_related("buyer").prefetch_related("lines")


def search_orders(found: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Those whose number begins with it, or with it in the buyer's name or in a title. Addresses are sealed."""
    in_title = Q(title_zh__icontains=text) | Q(title_en__icontains=text)
    lines = OrderLine.objects.filter(in_title, order=OuterRef("pk"))
    return found.filter(Q(number__istartswith=text) | Q(buyer__display_name__icontains=text) | Exists(lines))


def order_for_staff(number: str) -> Order:
    """Raises NotFound."""
    order = orders_for_staff().prefetch_related("events").filter(number=number).first()
    if order is None:
        raise NotFound
    return order


def never_bought(user_id: int) -> bool:
    return not Order.objects.filter(buyer_id=user_id, paid_at__isnull=False).exists()


def unpaid_orders(user_ids: Collection[int]) -> dict[int, list[OrderCard]]:
    """For the snapshots of `user:<id>`, oldest first, by user id; who owes nothing is left out."""
    found: dict[int, list[OrderCard]] = {}
    for order in Order.objects.filter(buyer_id__in=user_ids, state=Order.State.PENDING_PAYMENT).order_by("pk"):
        found.setdefault(order.buyer_id, []).append(state_of(order))
    return found


def number_of_claim(claim_id: int) -> str | None:
    """The number of the order that a claim went into."""
    line = OrderLine.objects.filter(claim_id=claim_id).select_related("order").first()
    return line.order.number if line else None


def title_of(number: str, *, line_id: int | None = None) -> Texts | None:
    """What an order is called after: the title of its first line, or of the line that is meant."""
    lines = OrderLine.objects.filter(order__number=number)
    line = (lines if line_id is None else lines.filter(pk=line_id)).first()
    return {"zh": line.title_zh, "en": line.title_en} if line else None


def paid_totals(*, channel: str) -> dict[str, Any]:
    """Orders from a channel that were paid: `{"orders", "gmv": minor units, "currency"}`.

    `gmv` sums what was paid in the shop's own currency.
    """
    currency = settings.DEFAULT_CURRENCY
    sums = Order.objects.filter(channel=channel, paid_at__isnull=False).aggregate(
        orders=Count("pk"), gmv=Sum("total", filter=Q(currency=currency))
    )
    return {"orders": sums["orders"], "gmv": sums["gmv"] or 0, "currency": currency}


def paid_per_minute(*, channel: str) -> list[dict[str, int]]:
    """`[{"at": ms at which the minute begins, "orders", "gmv"}]`, only minutes in which somebody paid, oldest first."""
    minutes = (
        Order.objects.filter(channel=channel, paid_at__isnull=False)
        .annotate(minute=TruncMinute("paid_at"))
        .values("minute")
        .annotate(orders=Count("pk"), gmv=Sum("total", filter=Q(currency=settings.DEFAULT_CURRENCY)))
        .order_by("minute")
    )
    return [{"at": to_ms(row["minute"]), "orders": row["orders"], "gmv": row["gmv"] or 0} for row in minutes]
