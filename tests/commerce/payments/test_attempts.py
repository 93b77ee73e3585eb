from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.flash_sales.errors import ClaimExpired
from commerce.flash_sales.models import Claim
from commerce.flash_sales.services import release_claim, release_lapsed_holds
from commerce.orders.errors import IllegalTransition, OrderExpired
from commerce.orders.models import Order
from commerce.payments.errors import PaymentsUnavailable
from commerce.payments.models import LedgerEntry, Payment, SandboxCharge
from commerce.payments.port import Charge, ProviderUnavailable
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import attempts, closing
from project.kernel.clock import now
from tests.support.buying import api, charge_of, decide, lapse, lapse_order, make_claim, order_claim, order_sku, pay
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return order_sku()


def older(payment: Payment) -> None:
    """Old enough to be asked about."""
    Payment.objects.filter(pk=payment.pk).update(created_at=now() - timedelta(minutes=1), asked_at=None)


def provider_away(monkeypatch: pytest.MonkeyPatch, *calls: str) -> None:
    def away(*args: Any, **kwargs: Any) -> Charge:
        raise ProviderUnavailable

    for call in calls:
        monkeypatch.setattr(SandboxProvider, call, away)


def start(order: Order, *, client: APIClient | None = None, key: str = "k1") -> Any:
    return (client or api(order.buyer)).post(
        "/api/payments/", {"order": order.number}, headers={"Idempotency-Key": key}
    )


def test_a_payment_begins_at_the_provider(order: Order) -> None:
    answer = start(order)
    payment = Payment.objects.get()
    charge = charge_of(payment)
    assert answer.status_code == 201
    body = answer.json()
    assert body == {
        "id": payment.pk,
        "order": order.number,
        "provider": "sandbox",
        "state": "started",
        "amount": {"amount": order.total, "currency": "CNY"},
        "pay_url": f"/sandbox/pay/{charge.token}/",
        "expires_at": body["expires_at"],
    }
    assert (charge.state, charge.amount, charge.currency) == ("open", order.total, "CNY")
    assert (charge.order_number, charge.expires_at) == (order.number, payment.expires_at)
    assert api(order.buyer).get(f"/api/payments/{payment.pk}/").json() == body


def test_the_same_key_is_the_same_attempt(order: Order) -> None:
    first, again = start(order), start(order)
    assert (again.status_code, again.json()) == (201, first.json())
    assert Payment.objects.count() == SandboxCharge.objects.count() == 1


def test_another_key_goes_on_with_the_open_attempt(order: Order) -> None:
    first, again = start(order), start(order, key="k2")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Payment.objects.count() == 1


def test_a_key_is_required(order: Order) -> None:
    answer = api(order.buyer).post("/api/payments/", {"order": order.number})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["Idempotency-Key"])
    assert not Payment.objects.exists()


def test_somebody_elses_order_and_payment_are_not_there(order: Order) -> None:
    other = api(make_user())
    assert start(order, client=other).status_code == 404
    assert not Payment.objects.exists()
    payment = pay(order)
    answer = other.get(f"/api/payments/{payment.pk}/")
    assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})
    assert start(order, client=APIClient()).status_code == 401


def test_an_attempt_keeps_the_order_open_and_its_claim_held() -> None:
    claim = make_claim(shopper=make_user())
    order = order_claim(claim)
    payment = pay(order)
    order.refresh_from_db()
    claim.refresh_from_db()
    assert order.expires_at == claim.expires_at == payment.expires_at
    Claim.objects.update(expires_at=now() - timedelta(seconds=1))
    assert release_lapsed_holds() == 0


def test_attempts_do_not_keep_an_order_open_for_ever(settings: Any) -> None:
    order = order_claim(make_claim(shopper=make_user()))
    Order.objects.update(created_at=now() - timedelta(seconds=settings.ORDER_UNPAID_SECS + 500))
    payment = pay(order)
    left = payment.expires_at - now()
    assert timedelta(seconds=90) < left <= timedelta(seconds=100)


def test_what_is_over_is_not_paid(order: Order) -> None:
    lapse_order(order)
    with pytest.raises(OrderExpired):
        pay(order)
    closing.close_due_orders()
    with pytest.raises(IllegalTransition):
        pay(order)
    lost = order_claim(make_claim(shopper=make_user()))
    release_claim(claim=lost.lines.get().claim, reason="lapsed")  # type: ignore[arg-type]
    with pytest.raises(ClaimExpired):
        pay(lost)
    assert not Payment.objects.exists()


def test_a_declined_order_may_be_tried_again(order: Order) -> None:
    first = pay(order)
    decide(first, paid=False)
    older(first)
    checked = attempts.check_payment(buyer_id=order.buyer_id, payment_id=first.pk)
    assert checked.state == "failed"
    second = pay(order)
    assert second.pk != first.pk
    assert Order.objects.get().state == "pending_payment"


def test_a_lost_webhook_does_not_strand_the_buyer(order: Order) -> None:
    payment = pay(order)
    decide(payment)
    client = api(order.buyer)
    assert client.get(f"/api/payments/{payment.pk}/").json()["state"] == "started"
    older(payment)
    assert client.get(f"/api/payments/{payment.pk}/").json()["state"] == "succeeded"
    assert Order.objects.get().state == "paid"
    assert LedgerEntry.objects.values_list("kind", "amount").get() == ("paid", order.total)


def test_a_provider_is_not_asked_too_often(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = pay(order)
    older(payment)
    asked = []
    query = SandboxProvider.query
    monkeypatch.setattr(SandboxProvider, "query", lambda self, *, key: asked.append(key) or query(self, key=key))
    for _ in range(5):
        attempts.check_payment(buyer_id=order.buyer_id, payment_id=payment.pk)
    assert asked == [payment.provider_key]


def test_a_provider_that_is_away_leaves_the_payment_open(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = pay(order)
    older(payment)
    provider_away(monkeypatch, "query", "close")
    assert attempts.check_payment(buyer_id=order.buyer_id, payment_id=payment.pk).state == "started"
    lapse(payment)
    lapse_order(order)
    assert (attempts.fail_lapsed(), closing.close_due_orders()) == (0, 0)
    with pytest.raises(PaymentsUnavailable):
        closing.cancel_order(buyer_id=order.buyer_id, number=order.number)
    assert (Payment.objects.get().state, Order.objects.get().state) == ("started", "pending_payment")


def test_an_attempt_whose_beginning_failed_is_begun_again(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as during:
        provider_away(during, "start")
        answer = start(order)
        assert (answer.status_code, answer.json()) == (503, {"error": {"code": "payments_unavailable"}})
    payment = Payment.objects.get()
    assert (payment.state, payment.pay_url) == ("started", "")
    assert start(order).status_code == 201
    assert charge_of(payment).state == "open"
    assert Payment.objects.count() == 1


def test_an_attempt_ends_with_its_time(order: Order) -> None:
    payment = pay(order)
    lapse(payment)
    assert attempts.fail_lapsed() == 1
    assert attempts.fail_lapsed() == 0
    assert (Payment.objects.get().state, charge_of(payment).state) == ("failed", "closed")
    assert Order.objects.get().state == "pending_payment"


def test_money_that_came_in_time_counts_when_the_time_is_over(order: Order) -> None:
    payment = pay(order)
    decide(payment)
    lapse(payment)
    lapse_order(order)
    assert attempts.fail_lapsed() == 1
    assert (Payment.objects.get().state, Order.objects.get().state) == ("succeeded", "paid")


def test_an_order_cancelled_while_its_payment_begins(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = SandboxProvider.start

    def slow(self: SandboxProvider, **options: Any) -> str:
        closing.cancel_order(buyer_id=order.buyer_id, number=order.number)
        return begin(self, **options)

    monkeypatch.setattr(SandboxProvider, "start", slow)
    answer = start(order)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "illegal_transition")
    payment = Payment.objects.get()
    assert (payment.state, charge_of(payment).state, Order.objects.get().state) == ("closed", "closed", "closed")


@pytest.mark.parametrize(
    ("named", "demo", "status"), [([], False, 503), ([], True, 201), (["sandbox"], False, 201), (["other"], True, 503)]
)
def test_play_money_is_offered_only_where_it_was_asked_for(
    order: Order, settings: Any, named: list[str], demo: bool, status: int
) -> None:
    settings.PAYMENT_PROVIDERS, settings.DEMO = named, demo
    answer = start(order)
    assert answer.status_code == status
    assert Payment.objects.count() == (status == 201)
