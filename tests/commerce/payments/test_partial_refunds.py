from __future__ import annotations

from datetime import timedelta
from unittest.mock import ANY

import pytest
from django.db import IntegrityError, transaction

from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments.errors import RefundTooLarge
from commerce.payments.events import RefundDone
from commerce.payments.models import LedgerEntry, Payment, Refund, SandboxRefund
from commerce.payments.sandbox import books
from commerce.payments.selectors import balance_of
from commerce.payments.services import refunds
from project.kernel.clock import now
from project.kernel.errors import Invalid, KeyReused
from project.kernel.money import Money
from tests.support.announced import Announced
from tests.support.buying import charge_of, decide, deliver, order_sku, pay
from tests.support.factories import make_sku, make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db


def paid_order(*, price: int = 1000) -> Order:
    order = order_sku(sku=make_sku(price=price), buyer=make_user(password=None))
    deliver(decide(pay(order)))
    return Order.objects.get(pk=order.pk)


def ask(order: Order, amount: int, reference: str) -> Refund:
    with transaction.atomic():
        locked = orders.lock_order(order_id=order.pk)
        return refunds.request_refund(order=locked, amount=amount, reference=reference, reason="aftersale")


def promised(order: Order) -> list[int]:
    return list(Payment.objects.filter(order=order).order_by("pk").values_list("refunded", flat=True))


def test_parts_of_the_money_go_back(published: Announced) -> None:
    order = paid_order()
    first = ask(order, 300, "aftersale:1")
    ask(order, 200, "aftersale:2")
    assert (first.state, first.amount, first.currency, first.reason) == ("due", 300, "CNY", "aftersale")
    published.clear()
    assert refunds.send_refunds() == 2
    assert refunds.send_refunds() == 0
    assert (balance_of(order_id=order.pk), promised(order)) == (500, [500])
    assert charge_of(first.payment).refunded == 500
    assert published.of(RefundDone) == [
        RefundDone(order_id=order.pk, reference="aftersale:1", amount=300, at=ANY),
        RefundDone(order_id=order.pk, reference="aftersale:2", amount=200, at=ANY),
    ]


def test_the_same_reference_goes_back_once() -> None:
    order = paid_order()
    first = ask(order, 300, "aftersale:1")
    assert ask(order, 300, "aftersale:1") == first
    refunds.send_refunds()
    assert ask(order, 300, "aftersale:1") == first
    with pytest.raises(KeyReused):
        ask(order, 301, "aftersale:1")
    assert (Refund.objects.count(), promised(order)) == (1, [300])


@pytest.mark.parametrize("sent", [True, False])
def test_no_more_goes_back_than_came_in(sent: bool) -> None:
    order = paid_order()
    ask(order, 700, "aftersale:1")
    if sent:
        refunds.send_refunds()
    with pytest.raises(RefundTooLarge) as refusal:
        ask(order, 301, "aftersale:2")
    assert refusal.value.detail == {"left": 300}
    assert (Refund.objects.count(), promised(order)) == (1, [700])
    ask(order, 300, "aftersale:3")
    assert promised(order) == [1000]


def test_nothing_goes_back_for_what_was_not_paid() -> None:
    order = order_sku()
    pay(order)
    with pytest.raises(RefundTooLarge):
        ask(order, 1, "aftersale:1")
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_is_of_something(amount: int) -> None:
    order = paid_order()
    with pytest.raises(Invalid):
        ask(order, amount, "aftersale:1")
    assert promised(order) == [0]


def test_a_demand_goes_back_over_several_payments(published: Announced) -> None:
    order = paid_order()
    first = Payment.objects.get()
    second = Payment.objects.create(
        order=order,
        provider="sandbox",
        provider_key="second",
        key="second",
        state="succeeded",
        amount=400,
        currency="CNY",
        expires_at=now() + timedelta(minutes=5),
    )
    LedgerEntry.objects.create(payment=second, kind="paid", amount=400, currency="CNY", reference="second")
    refund = ask(order, 1200, "aftersale:1")
    assert (refund.payment, refund.amount, promised(order)) == (first, 1000, [1000, 200])
    assert ask(order, 1200, "aftersale:1") == refund
    published.clear()
    assert refunds.send_refunds() == 1
    assert "refund.done" not in published.types
    # The sandbox did not know of the second; now it does, and the whole is done.
    amount = Money(second.amount, second.currency)
    books.open_charge(merchant_key="second", order_number=order.number, amount=amount, expires_at=second.expires_at)
    decide(second)
    Refund.objects.update(next_try_at=now() - timedelta(seconds=1))
    assert refunds.send_refunds() == 1
    assert published.types.count("refund.done") == 1
    assert balance_of(order_id=order.pk) == 200


def test_the_database_holds_the_line() -> None:
    order = paid_order()
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(order=order).update(refunded=1001)
    assert promised(order) == [0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_hundred_refunds_at_once_give_back_no_more_than_was_paid() -> None:
    order = paid_order()

    def one(n: int) -> object:
        # Each demand comes twice, as from a button that was pressed twice.
        results = [ask(order, 30, f"aftersale:{n}").amount for _ in range(5)]
        return sum(results) // 5

    answers = at_once([lambda n=n: one(n // 2) for n in range(40)])  # type: ignore[misc]
    assert answers == {30: 40}
    assert promised(order) == [600]
    more = at_once([lambda n=n: ask(order, 30, f"aftersale:{100 + n}").amount for n in range(40)])  # type: ignore[misc]
    assert more == {30: 13, "refund_too_large": 27}
    assert promised(order) == [990]
    at_once([refunds.send_refunds] * 5)
    refunds.send_refunds()
    assert balance_of(order_id=order.pk) == 10
    assert sum(SandboxRefund.objects.values_list("amount", flat=True)) == 990
    assert LedgerEntry.objects.filter(kind="refunded").count() == 33
