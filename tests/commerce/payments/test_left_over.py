"""One row that nobody can work on holds up no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commerce.inventory.models import Stock
from commerce.orders.models import Order
from commerce.payments.models import Payment, ProviderEvent, Refund
from commerce.payments.services import attempts, closing, refunds, webhooks
from project.kernel.clock import now
from tests.support.buying import decide, lapse, lapse_order, order_sku, pay
from tests.support.factories import make_sku

pytestmark = pytest.mark.django_db


def test_orders_are_closed_past_one_that_cannot_be() -> None:
    stuck, fine = order_sku(sku=make_sku(stock=5)), order_sku(sku=make_sku(stock=5))
    lapse_order(stuck)
    lapse_order(fine)
    Stock.objects.filter(sku=stuck.lines.get().sku_id).update(reserved=0)
    assert closing.close_due_orders() == 1
    assert Order.objects.get(pk=stuck.pk).state == "pending_payment"
    assert Order.objects.get(pk=fine.pk).state == "closed"


def test_attempts_are_ended_past_one_of_a_provider_that_is_gone() -> None:
    stuck, fine = pay(order_sku()), pay(order_sku())
    lapse(stuck)
    lapse(fine)
    Payment.objects.filter(pk=stuck.pk).update(provider="gone")
    assert attempts.fail_lapsed() == 1
    assert Payment.objects.get(pk=stuck.pk).state == "started"
    assert Payment.objects.get(pk=fine.pk).state == "failed"


def test_webhooks_are_worked_on_past_one_that_nobody_can_read() -> None:
    stuck = ProviderEvent.objects.create(provider="sandbox", event_id="1", body={"id": "1"})
    data = {"key": "?", "order": "?", "amount": 1, "currency": "CNY"}
    body = {"id": "2", "type": "charge.succeeded", "data": data}
    fine = ProviderEvent.objects.create(provider="sandbox", event_id="2", body=body)
    ProviderEvent.objects.update(received_at=now() - timedelta(minutes=1))
    assert webhooks.process_left() == 1
    outcomes = ProviderEvent.objects.filter(processed_at__isnull=False).values_list("pk", "outcome")
    assert dict(outcomes) == {stuck.pk: "unreadable", fine.pk: "unknown_payment"}


def test_refunds_are_sent_past_one_of_a_provider_that_is_gone() -> None:
    owed = []
    for _ in range(2):
        payment = pay(order_sku())
        decide(payment)
        owed.append(
            Refund.objects.create(
                payment=payment,
                key=f"refund-{payment.pk}",
                amount=payment.amount,
                currency=payment.currency,
                reason="no_goods",
                next_try_at=now(),
            )
        )
    stuck, fine = owed
    Payment.objects.filter(pk=stuck.payment_id).update(provider="gone")
    assert refunds.send_refunds() == 1
    assert Refund.objects.get(pk=stuck.pk).state == "due"
    assert Refund.objects.get(pk=fine.pk).state == "done"
