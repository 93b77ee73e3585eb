from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from commerce.inventory.models import Stock
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.payments.models import LedgerEntry, Payment, Refund, SandboxCharge, SandboxRefund
from commerce.payments.port import ProviderUnavailable, RefundRefused
from commerce.payments.sandbox import books
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.selectors import balance_of
from commerce.payments.services import attempts, closing, refunds
from commerce.payments.services.closing import cancel_order
from project.kernel.clock import now
from tests.support.buying import charge_of, decide, deliver, lapse, lapse_order, order_sku, pay
from tests.support.factories import make_sku, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def refund() -> Refund:
    """Due: the order was closed behind the provider's back, and then paid."""
    order = order_sku()
    payment = pay(order)
    orders.close_order(order=orders.lock_order(order_id=order.pk), reason=orders.CANCELLED)
    deliver(decide(payment))
    return Refund.objects.get()


def test_a_refund_whose_outcome_is_unknown_is_sent_again_and_done_once(
    refund: Refund, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SandboxProvider.refund

    def answer_lost(self: SandboxProvider, **options: Any) -> None:
        real(self, **options)
        raise ProviderUnavailable

    with monkeypatch.context() as during:
        during.setattr(SandboxProvider, "refund", answer_lost)
        assert refunds.send_refunds() == 0
        assert refunds.send_refunds() == 0
    refund.refresh_from_db()
    assert (refund.state, refund.tries) == ("due", 1)
    assert not LedgerEntry.objects.filter(kind="refunded").exists()
    Refund.objects.update(next_try_at=now() - timedelta(seconds=1))
    assert refunds.send_refunds() == 1
    assert refunds.send_refunds() == 0
    assert SandboxRefund.objects.values_list("amount").get() == (refund.amount,)
    assert charge_of(refund.payment).refunded == refund.amount
    assert LedgerEntry.objects.filter(kind="refunded").count() == 1


def test_the_pauses_grow(refund: Refund, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: SandboxProvider, **options: Any) -> None:
        raise ProviderUnavailable

    monkeypatch.setattr(SandboxProvider, "refund", away)
    pauses = []
    for _ in range(14):
        started = now()
        refund.refresh_from_db()
        assert not refunds.send_refund(refund=refund)
        refund.refresh_from_db()
        pauses.append(round((refund.next_try_at - started).total_seconds()))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600]


@pytest.fixture
def failed(refund: Refund, monkeypatch: pytest.MonkeyPatch) -> Refund:
    """Its provider refused it for good."""

    def never(self: SandboxProvider, **options: Any) -> None:
        raise RefundRefused("expired_or_canceled_card")

    with monkeypatch.context() as during:
        during.setattr(SandboxProvider, "refund", never)
        assert refunds.send_refunds() == 0
    refund.refresh_from_db()
    return refund


def act(staff: Client, model: str, action: str, pk: int) -> None:
    page = f"/admin/commerce_payments/{model}/"
    assert staff.post(page, {"action": action, "_selected_action": [pk]}).status_code == 302


def test_what_is_refused_for_good_is_owed_and_not_asked_again(failed: Refund) -> None:
    assert (failed.state, failed.problem, failed.tries) == ("failed", "expired_or_canceled_card", 1)
    Refund.objects.update(next_try_at=now() - timedelta(seconds=1))
    assert refunds.send_refunds() == 0
    failed.payment.refresh_from_db()
    assert (failed.payment.refunded, balance_of(order_id=failed.payment.order_id)) == (failed.amount, failed.amount)
    assert not SandboxRefund.objects.exists()


def test_staff_sends_a_refund_that_failed_again(failed: Refund, admin_client: Client) -> None:
    act(admin_client, "refund", "send_again", failed.pk)
    key = failed.key
    failed.refresh_from_db()
    assert (failed.state, failed.problem, failed.tries, failed.key == key) == ("due", "", 0, False)
    assert refunds.send_refunds() == 1
    assert (charge_of(failed.payment).refunded, balance_of(order_id=failed.payment.order_id)) == (failed.amount, 0)
    # What is done stays done.
    act(admin_client, "refund", "send_again", failed.pk)
    act(admin_client, "refund", "note_paid_otherwise", failed.pk)
    assert Refund.objects.get().state == "done"
    assert (LedgerEntry.objects.filter(kind="refunded").count(), LogEntry.objects.count()) == (1, 1)


def test_staff_pays_a_refund_that_failed_in_another_way(failed: Refund, admin_client: Client) -> None:
    for _ in range(2):
        act(admin_client, "refund", "note_paid_otherwise", failed.pk)
    failed.refresh_from_db()
    assert (failed.state, balance_of(order_id=failed.payment.order_id)) == ("done", 0)
    assert (LedgerEntry.objects.filter(kind="refunded").count(), LogEntry.objects.count()) == (1, 1)
    assert (charge_of(failed.payment).refunded, refunds.send_refunds()) == (0, 0)


def test_only_who_may_change_refunds_decides_about_them(failed: Refund) -> None:
    clerk = make_user(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_refund"))
    browser = Client()
    browser.force_login(clerk)
    page = "/admin/commerce_payments/refund/"
    browser.post(page, {"action": "note_paid_otherwise", "_selected_action": [failed.pk]})
    failed.refresh_from_db()
    assert (failed.state, LogEntry.objects.count()) == ("failed", 0)


def test_a_payment_that_does_not_fit_is_shown_and_given_up_by_staff(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = make_sku(price=1000, stock=1)
    payment = pay(order_sku(sku=sku))
    decide(payment)
    SandboxCharge.objects.update(amount=900)
    lapse(payment)
    lapse_order(payment.order)
    for _ in range(2):
        assert (attempts.fail_lapsed(), closing.close_due_orders()) == (0, 0)
    payment.refresh_from_db()
    said = f"succeeded: 900 CNY, order {payment.order.number}, key {payment.provider_key}"
    assert (payment.state, payment.problem) == ("started", said)
    page = admin_client.get("/admin/commerce_payments/payment/?problem__isempty=0").content.decode()
    assert said in page
    act(admin_client, "payment", "give_up", payment.pk)
    assert closing.close_due_orders() == 1
    assert (Payment.objects.get().state, Order.objects.get().state) == ("failed", "closed")
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (1, 0)
    assert not LedgerEntry.objects.exists()


def test_a_payment_that_nothing_is_wrong_with_is_not_given_up(admin_client: Client) -> None:
    payment = pay(order_sku())
    act(admin_client, "payment", "give_up", payment.pk)
    assert (Payment.objects.get().state, LogEntry.objects.count()) == ("started", 0)


def test_the_sandbox_gives_back_no_more_than_it_took(refund: Refund) -> None:
    key = refund.payment.provider_key
    books.refund(merchant_key=key, refund_key="a", amount=refund.amount - 1)
    for wrong in ({"refund_key": "b", "amount": 2}, {"refund_key": "a", "amount": 1}):
        with pytest.raises(books.Refused):
            books.refund(merchant_key=key, **wrong)  # type: ignore[arg-type]
    assert charge_of(refund.payment).refunded == refund.amount - 1
    assert SandboxRefund.objects.count() == 1


def test_an_order_that_was_not_paid_owes_nothing() -> None:
    order = order_sku()
    pay(order)
    cancel_order(buyer_id=order.buyer_id, number=order.number)
    assert not Refund.objects.exists()
    assert Order.objects.get().close_reason == "cancelled"
