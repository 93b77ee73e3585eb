"""From paid to completed: every step from every state, legal or refused, and what a refusal leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from commerce.inventory.models import Stock
from commerce.orders import services
from commerce.orders.errors import IllegalTransition
from commerce.orders.models import Order, OrderEvent
from tests.support.announced import Announced
from tests.support.buying import api, order_sku
from tests.support.factories import make_sku, make_user

pytestmark = pytest.mark.django_db

STEPS: dict[str, Callable[[Order], Any]] = {
    "pay": lambda order: services.pay_order(order=order) or pytest.fail("nothing was handed over"),
    "ship": lambda order: services.ship_order(order=order),
    "receive": lambda order: services.receive_order(order=order, by="buyer"),
    "complete": lambda order: services.complete_order(order=order),
    "refund": lambda order: services.close_refunded(order=order),
}
WAY_TO: dict[str, list[str]] = {
    "pending_payment": [],
    "paid": ["pay"],
    "shipped": ["pay", "ship"],
    "received": ["pay", "ship", "receive"],
    "completed": ["pay", "ship", "receive", "complete"],
    "closed": ["pay", "refund"],
}
LEADS_TO = {
    ("paid", "ship"): "shipped",
    ("shipped", "receive"): "received",
    ("received", "complete"): "completed",
    ("paid", "refund"): "closed",
    ("shipped", "refund"): "closed",
    ("received", "refund"): "closed",
}


def locked(order: Order) -> Order:
    return services.lock_order(order_id=order.pk)


def order_in(state: str) -> Order:
    order = order_sku(sku=make_sku(stock=5))
    for step in WAY_TO[state]:
        STEPS[step](locked(order))
    order.refresh_from_db()
    assert order.state == state
    return order


@pytest.mark.parametrize("step", ["ship", "receive", "complete", "refund"])
@pytest.mark.parametrize("state", list(WAY_TO))
def test_a_step_is_taken_from_where_it_is_legal(state: str, step: str, published: Announced) -> None:
    order = order_in(state)
    before = Order.objects.values().get(pk=order.pk), list(OrderEvent.objects.values())
    published.clear()
    if to := LEADS_TO.get((state, step)):
        STEPS[step](locked(order))
        after = Order.objects.get(pk=order.pk)
        assert (after.state, after.version) == (to, order.version + 1)
        told = ["notice.added"] if step == "ship" else []
        assert published.types == ["order.changed", *told]
        return
    with pytest.raises(IllegalTransition) as refusal:
        STEPS[step](locked(order))
    assert refusal.value.detail == {"state": state}
    assert (Order.objects.values().get(pk=order.pk), list(OrderEvent.objects.values())) == before
    assert published == []


@pytest.mark.parametrize("state", ["paid", "shipped", "received", "completed", "closed"])
def test_more_money_for_a_paid_order_buys_nothing(state: str) -> None:
    order = order_in(state)
    sold = Stock.objects.values_list("on_hand", "reserved").get()
    assert not services.pay_order(order=locked(order))
    assert Order.objects.get(pk=order.pk).state == state
    assert Stock.objects.values_list("on_hand", "reserved").get() == sold


def test_each_step_leaves_its_time() -> None:
    order = order_in("completed")
    stamps = [order.created_at, order.paid_at, order.shipped_at, order.received_at, order.completed_at]
    assert None not in stamps
    assert [event.type for event in order.events.all()] == [
        *("order.opened", "order.paid", "order.shipped", "order.received", "order.completed")
    ]


def test_no_more_units_are_refunded_than_were_bought() -> None:
    order = order_sku(sku=make_sku(stock=5), quantity=3)
    line = order.lines.get()
    with pytest.raises(IllegalTransition):
        services.note_refunded_units(order=locked(order), line_id=line.pk, quantity=1)
    services.pay_order(order=locked(order))
    services.note_refunded_units(order=locked(order), line_id=line.pk, quantity=2)
    for quantity in (2, 0, -1):
        with pytest.raises(IllegalTransition):
            services.note_refunded_units(order=locked(order), line_id=line.pk, quantity=quantity)
    line.refresh_from_db()
    assert line.refunded_quantity == 2


INVOICE = {"kind": "company", "title": "上海某某有限公司", "tax_number": "91310000MA1FL0000X", "email": "a@example.com"}


def test_an_invoice_is_asked_for_and_asked_for_again() -> None:
    order = order_in("paid")
    buyer = api(order.buyer)
    url = f"/api/orders/{order.number}/invoice/"
    assert buyer.put(url, INVOICE, format="json").json()["invoice"] == INVOICE
    personal = {"kind": "personal", "title": "李雷", "email": "b@example.com"}
    answer = buyer.put(url, personal, format="json")
    assert answer.json()["invoice"] == personal
    assert [event["type"] for event in answer.json()["events"]][-2:] == ["order.invoice_requested"] * 2
    assert "example.com" not in str(Order.objects.filter(pk=order.pk).extra(select={"raw": "invoice"}).values("raw"))


@pytest.mark.parametrize(
    "broken",
    [
        {"tax_number": ""},
        {"tax_number": "1"},
        {"title": ""},
        {"email": "nobody"},
        {"kind": "gift"},
        {"title": "x" * 101},
    ],
)
def test_a_broken_request_for_an_invoice_changes_nothing(broken: dict[str, str]) -> None:
    order = order_in("paid")
    answer = api(order.buyer).put(f"/api/orders/{order.number}/invoice/", {**INVOICE, **broken}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == set(broken)
    assert Order.objects.get(pk=order.pk).invoice is None


def test_no_invoice_for_a_closed_order_or_somebody_elses() -> None:
    order = order_in("closed")
    url = f"/api/orders/{order.number}/invoice/"
    assert api(order.buyer).put(url, INVOICE, format="json").status_code == 409
    assert api(make_user()).put(url, INVOICE, format="json").status_code == 404
    assert Order.objects.get(pk=order.pk).invoice is None
