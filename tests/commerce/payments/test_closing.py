from __future__ import annotations

from typing import Any

import pytest

from commerce.flash_sales.models import Allotment, Claim
from commerce.inventory.models import Stock
from commerce.orders.models import Order
from commerce.payments.models import LedgerEntry, Payment, Refund, SandboxCharge
from commerce.payments.selectors import balance_of
from commerce.payments.services import closing, refunds
from tests.commerce.payments.test_attempts import provider_away
from tests.support.buying import (
    api,
    charge_of,
    decide,
    deliver,
    lapse,
    lapse_order,
    make_claim,
    order_claim,
    order_sku,
    pay,
)
from tests.support.factories import make_sale, make_sku, make_user

pytestmark = pytest.mark.django_db


def cancel(order: Order, key: str = "k") -> Any:
    return api(order.buyer).post(f"/api/orders/{order.number}/cancel/", headers={"Idempotency-Key": key})


def test_a_cancelled_order_gives_its_units_back_and_takes_no_money() -> None:
    order = order_sku(sku=make_sku(stock=5))
    payment = pay(order)
    answer = cancel(order)
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["close_reason"]) == ("closed", "cancelled")
    assert [event["type"] for event in answer.json()["events"]] == ["order.opened", "order.closed"]
    assert Stock.objects.values_list("on_hand", "reserved").get() == (5, 0)
    assert (Payment.objects.get().state, charge_of(payment).state) == ("closed", "closed")
    decide(payment)
    assert charge_of(payment).state == "closed"


def test_an_order_is_cancelled_once() -> None:
    order = order_sku()
    first = cancel(order)
    before = Order.objects.values().get()
    for key in ("k", "another"):
        answer = cancel(order, key)
        assert (answer.status_code, answer.json()) == (200, first.json())
    assert Order.objects.values().get() == before
    assert order.events.filter(type="order.closed").count() == 1


def test_an_order_that_ran_out_is_not_cancelled() -> None:
    order = order_sku()
    lapse_order(order)
    closing.close_due_orders()
    before = Order.objects.values().get()
    answer = cancel(order)
    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "illegal_transition", "detail": {"state": "closed"}}}
    assert Order.objects.values().get() == before


def test_money_that_is_faster_than_a_cancellation_wins() -> None:
    order = order_sku()
    decide(pay(order))
    answer = cancel(order)
    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "illegal_transition", "detail": {"state": "paid"}}}
    assert (Order.objects.get().state, Payment.objects.get().state) == ("paid", "succeeded")
    assert balance_of(order_id=order.pk) == order.total


def test_unpaid_orders_close_with_their_time_and_only_then() -> None:
    claim = make_claim(shopper=make_user())
    due, in_time = order_claim(claim), order_sku()
    lapse_order(due)
    assert closing.close_due_orders() == 1
    assert closing.close_due_orders() == 0
    due.refresh_from_db()
    in_time.refresh_from_db()
    claim.refresh_from_db()
    assert (due.state, due.close_reason, in_time.state) == ("closed", "expired", "pending_payment")
    assert (claim.state, claim.release_reason) == (Claim.State.RELEASED, "expired")
    assert Allotment.objects.values_list("held", "sold").get() == (0, 0)


def test_a_provider_that_does_not_answer_holds_up_no_orders_without_an_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(closing, "MOST_AT_ONCE", 1)
    stuck, other = order_sku(), order_sku()
    pay(stuck)
    provider_away(monkeypatch, "close")
    for order in (stuck, other):
        lapse_order(order)
    assert closing.close_due_orders() == 1
    stuck.refresh_from_db()
    other.refresh_from_db()
    assert (stuck.state, other.state) == ("pending_payment", "closed")


def test_an_open_attempt_is_ended_before_its_order_closes() -> None:
    order = order_claim(make_claim(shopper=make_user()))
    payment = pay(order)
    lapse_order(order)
    assert closing.close_due_orders() == 1
    assert (Payment.objects.get().state, charge_of(payment).state) == ("failed", "closed")


def test_a_due_order_that_was_paid_in_time_is_paid() -> None:
    order = order_claim(make_claim(shopper=make_user()))
    decide(pay(order))
    lapse_order(order)
    assert closing.close_due_orders() == 0
    assert Order.objects.get().state == "paid"


def late_money(payment: Payment) -> SandboxCharge:
    """A provider that took money for what it had closed."""
    charge = charge_of(payment)
    SandboxCharge.objects.filter(pk=charge.pk).update(state="succeeded", event_id="evt_late")
    return charge_of(payment)


def test_late_money_buys_the_goods_when_there_are_some() -> None:
    order = order_claim(make_claim(shopper=make_user()))
    payment = pay(order)
    lapse(payment)
    lapse_order(order)
    closing.close_due_orders()
    assert deliver(late_money(payment)).status_code == 200
    assert (Order.objects.get().state, Payment.objects.get().state) == ("paid", "succeeded")
    assert Allotment.objects.values_list("held", "sold").get() == (0, 1)
    assert not Refund.objects.exists()


def test_late_money_goes_back_once_when_there_are_none() -> None:
    sale = make_sale(total=1)
    order = order_claim(make_claim(shopper=make_user(), sale=sale))
    payment = pay(order)
    lapse_order(order)
    closing.close_due_orders()
    make_claim(shopper=make_user(), sale=sale)
    charge = late_money(payment)
    for _ in range(3):
        assert deliver(charge).status_code == 200
        refunds.send_refunds()
    assert (Order.objects.get().state, Payment.objects.get().state) == ("closed", "succeeded")
    assert list(LedgerEntry.objects.order_by("pk").values_list("kind", "amount")) == [
        ("paid", order.total),
        ("refunded", order.total),
    ]
    assert (balance_of(order_id=order.pk), charge_of(payment).refunded) == (0, order.total)
    assert Refund.objects.get().state == "done"
    assert Allotment.objects.values_list("held", "sold").get() == (1, 0)
    assert list(order.events.values_list("type", flat=True)) == [
        "order.opened",
        "order.extended",
        "order.closed",
        "order.refunded",
    ]


def test_money_for_a_cancelled_order_goes_back() -> None:
    order = order_sku(sku=make_sku(stock=5))
    payment = pay(order)
    cancel(order)
    deliver(late_money(payment))
    assert refunds.send_refunds() == 1
    assert (Order.objects.get().state, balance_of(order_id=order.pk)) == ("closed", 0)
    assert Stock.objects.values_list("on_hand", "reserved").get() == (5, 0)


def test_a_second_payment_for_a_paid_order_goes_back() -> None:
    order = order_sku()
    first = pay(order)
    decide(first, paid=False)
    deliver(charge_of(first))
    second = pay(order)
    deliver(decide(second))
    SandboxCharge.objects.filter(pk=charge_of(first).pk).update(state="succeeded", event_id="evt_late")
    deliver(charge_of(first))
    assert refunds.send_refunds() == 1
    assert (Order.objects.get().state, balance_of(order_id=order.pk)) == ("paid", order.total)
    assert charge_of(first).refunded == order.total
    assert charge_of(second).refunded == 0
