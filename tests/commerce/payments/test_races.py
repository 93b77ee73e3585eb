from __future__ import annotations

import pytest

from commerce.flash_sales.models import Allotment, Claim
from commerce.inventory.models import Stock
from commerce.orders.models import Order, OrderEvent
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent, Refund, SandboxCharge
from commerce.payments.services import closing
from tests.support.buying import address_of, api, decide, deliver, lapse_order, make_claim, order_claim, order_sku, pay
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_fifty_identical_webhooks_pay_once() -> None:
    order = order_claim(make_claim(shopper=make_user()))
    charge = decide(pay(order))
    assert at_once([lambda: deliver(charge).status_code] * 50) == {200: 50}
    assert LedgerEntry.objects.values_list("kind", "amount").get() == ("paid", order.total)
    assert ProviderEvent.objects.values_list("outcome").get() == ("done",)
    assert OrderEvent.objects.filter(type="order.paid").count() == 1
    assert Allotment.objects.values_list("held", "sold").get() == (0, 1)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("attempt", range(5))
def test_a_cancellation_against_the_money(attempt: int) -> None:
    order = order_claim(make_claim(shopper=make_user()))
    payment = pay(order)

    def cancel() -> object:
        return closing.cancel_order(buyer_id=order.buyer_id, number=order.number).state

    def money() -> object:
        charge = decide(payment)
        return deliver(charge).status_code if charge.state == "succeeded" else charge.state

    lapse_order(order)
    at_once([cancel, money, closing.close_due_orders, cancel, money])
    order.refresh_from_db()
    payment.refresh_from_db()
    charge = SandboxCharge.objects.get()
    outcome = (order.state, payment.state, charge.state, Claim.objects.get().state)
    assert outcome in (
        ("paid", "succeeded", "succeeded", "sold"),
        ("closed", "closed", "closed", "released"),
        ("closed", "failed", "closed", "released"),
    )
    is_paid = order.state == "paid"
    assert LedgerEntry.objects.count() == int(is_paid)
    assert Allotment.objects.values_list("held", "sold").get() == (0, int(is_paid))
    assert OrderEvent.objects.filter(type__in=["order.paid", "order.closed"]).count() == 1
    assert not Refund.objects.exists()


def test_one_key_from_many_threads_orders_once() -> None:
    sku, buyer = make_sku(stock=100), make_user()
    body = {
        "lines": [{"sku": sku.pk, "quantity": 1}],
        "address": address_of(buyer.pk),
        "expected_total": sku.price,
    }
    clients = [api(buyer) for _ in range(20)]

    def checkout(n: int) -> int:
        return int(clients[n].post("/api/checkout/", body, headers={"Idempotency-Key": "k"}).status_code)

    answers = at_once([lambda n=n: checkout(n) for n in range(20)])  # type: ignore[misc]
    assert set(answers) <= {201, 409}
    assert answers[201] >= 1
    assert Order.objects.count() == 1
    assert Stock.objects.get(sku=sku).reserved == 1


def test_a_claim_is_ordered_once_by_many_threads() -> None:
    claim = make_claim(shopper=make_user())
    answers = at_once([lambda: order_claim(claim).state] * 20)
    assert answers == {"pending_payment": 1, "already_ordered": 19}
    assert Order.objects.count() == 1


def test_many_threads_begin_one_payment() -> None:
    order = order_claim(make_claim(shopper=make_user()))
    answers = at_once([lambda: pay(order).pk] * 20)
    assert answers == {Payment.objects.get().pk: 20}
    assert SandboxCharge.objects.count() == 1


def test_the_last_units_are_ordered_once() -> None:
    sku, buyers = make_sku(stock=5), [make_user(password=None) for _ in range(20)]
    answers = at_once([lambda buyer=buyer: order_sku(buyer=buyer, sku=sku).state for buyer in buyers])  # type: ignore[misc]
    assert answers == {"pending_payment": 5, "out_of_stock": 15}
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (5, 5)


def test_orders_of_one_sale_are_paid_and_cancelled_side_by_side() -> None:
    sale = make_sale(total=20)
    placed = [order_claim(make_claim(shopper=make_user(password=None), sale=sale)) for _ in range(20)]
    charges = [decide(pay(order)) for order in placed[:10]]

    def cancel(order: Order) -> object:
        return closing.cancel_order(buyer_id=order.buyer_id, number=order.number).state

    answers = at_once(
        [lambda charge=charge: deliver(charge).status_code for charge in charges]  # type: ignore[misc]
        + [lambda order=order: cancel(order) for order in placed[10:]]  # type: ignore[misc]
    )
    assert answers == {200: 10, "closed": 10}
    assert Allotment.objects.values_list("held", "sold").get() == (0, 10)
    assert LedgerEntry.objects.count() == 10
