"""Money that waits for people, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from commerce.payments.models import LedgerEntry, Payment, Refund
from commerce.payments.selectors import balance_of
from commerce.payments.services import refunds
from project.kernel.clock import now
from tests.support.buying import api, decide, deliver, order_sku, pay
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
MONEY = "/api/studio/money/"


@pytest.fixture
def staff() -> APIClient:
    return api(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def failed() -> Refund:
    payment = pay(order_sku())
    deliver(decide(payment))
    return Refund.objects.create(
        payment=payment,
        key="r",
        reference="aftersale:1",
        state="failed",
        amount=900,
        currency="CNY",
        reason="damaged",
        problem="expired card",
        next_try_at=now(),
    )


def post(client: APIClient, path: str, body: Any = None, key: str = "k") -> int:
    status: int = client.post(f"{MONEY}{path}", body, format="json", headers={"Idempotency-Key": key}).status_code
    return status


def test_what_waits_for_people(staff: APIClient, failed: Refund) -> None:
    odd = pay(order_sku())
    Payment.objects.filter(pk=odd.pk).update(problem="succeeded: 900 CNY")
    pay(order_sku())
    Refund.objects.create(payment=odd, key="due", reference="r", amount=1, currency="CNY", next_try_at=now())
    (refund,) = staff.get(f"{MONEY}refunds/").json()["results"]
    assert (refund["id"], refund["order"], refund["problem"]) == (
        failed.pk,
        failed.payment.order.number,
        "expired card",
    )
    assert refund["amount"] == {"amount": 900, "currency": "CNY"}
    (payment,) = staff.get(f"{MONEY}payments/").json()["results"]
    assert (payment["id"], payment["order"], payment["problem"]) == (odd.pk, odd.order.number, "succeeded: 900 CNY")


def test_a_refused_refund_is_sent_again_once(staff: APIClient, failed: Refund) -> None:
    assert [post(staff, f"refunds/{failed.pk}/send-again/") for _ in range(2)] == [200, 200]
    failed.refresh_from_db()
    assert (failed.state, failed.problem) == ("due", "")
    assert staff.get(f"{MONEY}refunds/").json()["results"] == []
    assert post(staff, f"refunds/{failed.pk}/send-again/", key="other") == 409
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Sent again."]


def test_a_refused_refund_is_paid_in_another_way(staff: APIClient, failed: Refund) -> None:
    before = balance_of(order_id=failed.payment.order_id)
    for bad in ({}, {"note": "  "}, {"note": "x" * 201}):
        assert post(staff, f"refunds/{failed.pk}/paid-otherwise/", bad) == 400
    assert post(staff, f"refunds/{failed.pk}/paid-otherwise/", {"note": "bank transfer 4711"}) == 200
    failed.refresh_from_db()
    assert (failed.state, balance_of(order_id=failed.payment.order_id)) == ("done", before - 900)
    assert post(staff, f"refunds/{failed.pk}/paid-otherwise/", {"note": "again"}, key="other") == 409
    assert LedgerEntry.objects.filter(kind="refunded").count() == 1
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Paid in another way: bank transfer 4711"]
    assert refunds.send_refunds() == 0


def test_a_payment_that_does_not_fit_is_given_up(staff: APIClient) -> None:
    odd, fine = pay(order_sku()), pay(order_sku())
    Payment.objects.filter(pk=odd.pk).update(problem="another amount")
    assert post(staff, f"payments/{fine.pk}/give-up/") == 409
    assert post(staff, f"payments/{odd.pk}/give-up/", key="other") == 200
    assert dict(Payment.objects.values_list("pk", "state")) == {odd.pk: "failed", fine.pk: "started"}
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("id", ["0", str(2**63), "9" * 40])
def test_what_nobody_has_is_not_decided(staff: APIClient, id: str) -> None:
    for path in (f"refunds/{id}/send-again/", f"payments/{id}/give-up/"):
        assert post(staff, path) == 404


def test_only_who_may_decides_about_money(failed: Refund) -> None:
    clerk = make_user(is_staff=True)
    steps = {f"refunds/{failed.pk}/send-again/": None, f"refunds/{failed.pk}/paid-otherwise/": {"note": "cash"}}
    assert api(clerk).get(f"{MONEY}refunds/").status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_refund"))
    clerk = type(clerk).objects.get(pk=clerk.pk)
    assert api(clerk).get(f"{MONEY}refunds/").status_code == 200
    assert api(clerk).get(f"{MONEY}payments/").status_code == 403
    for caller in (clerk, failed.payment.order.buyer):
        assert [post(api(caller), path, body) for path, body in steps.items()] == [403, 403]
    failed.refresh_from_db()
    assert (failed.state, LogEntry.objects.count()) == ("failed", 0)
