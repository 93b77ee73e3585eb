from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from commerce.orders.models import Order
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent, SandboxCharge
from commerce.payments.sandbox import signing
from commerce.payments.sandbox.provider import body_of
from commerce.payments.services import webhooks
from project.kernel.clock import now
from tests.support.announced import Announced
from tests.support.buying import decide, deliver, order_sku, pay, post_webhook

pytestmark = pytest.mark.django_db
SECRET = "a secret of the sandbox"


@pytest.fixture
def order() -> Order:
    return order_sku()


@pytest.fixture
def charge(order: Order) -> SandboxCharge:
    return decide(pay(order))


def nothing_happened() -> bool:
    return (
        not LedgerEntry.objects.exists()
        and Order.objects.get().state == "pending_payment"
        and Payment.objects.get().state == "started"
    )


def signed(body: bytes, /, **changes: Any) -> dict[str, str]:
    return {signing.HEADER: signing.sign(**{"body": body, "secret": SECRET, "at": now(), **changes})}


def test_a_webhook_pays_the_order(charge: SandboxCharge, published: Announced) -> None:
    published.clear()
    answer = deliver(charge)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    order = Order.objects.get()
    assert (order.state, Payment.objects.get().state) == ("paid", "succeeded")
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.amount, entry.reference) == ("paid", order.total, charge.merchant_key)
    event = ProviderEvent.objects.get()
    assert (event.event_id, event.outcome) == (charge.event_id, "done")
    assert event.processed_at is not None
    assert published.types == ["order.paid", "order.changed", "notice.added"]


def test_a_replayed_webhook_changes_nothing(charge: SandboxCharge, published: Announced) -> None:
    deliver(charge)
    before = Order.objects.values().get()
    published.clear()
    for _ in range(5):
        assert deliver(charge).status_code == 200
    assert Order.objects.values().get() == before
    assert (LedgerEntry.objects.count(), ProviderEvent.objects.count(), published) == (1, 1, [])


def test_a_declined_charge_fails_the_payment_alone(order: Order) -> None:
    assert deliver(decide(pay(order), paid=False)).status_code == 200
    assert (Order.objects.get().state, Payment.objects.get().state) == ("pending_payment", "failed")
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"secret": "another"}, id="another secret"),
        pytest.param({"secret": ""}, id="empty secret"),
        pytest.param({"body": b"{}"}, id="another body"),
        pytest.param({"at": timedelta(minutes=-5, seconds=-5)}, id="too old"),
        pytest.param({"at": timedelta(minutes=5, seconds=5)}, id="from the future"),
    ],
)
def test_what_the_provider_did_not_sign_is_refused(charge: SandboxCharge, changes: dict[str, Any]) -> None:
    if "at" in changes:
        changes = {"at": now() + changes["at"]}
    answer = deliver(charge, headers=signed(body_of(charge), **changes))
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "bad_signature"}})
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    "header",
    ["", "t=,v1=", "t=1", "v1=abc", "t=x,v1=abc", "t=١,v1=abc", "t=-1,v1=0", "t=99999999999999999999,v1=0", "nonsense"],
)
def test_a_signature_of_another_form_is_refused(charge: SandboxCharge, header: str) -> None:
    answer = deliver(charge, headers={signing.HEADER: header.encode().decode("latin-1")})
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "bad_signature"}})
    assert nothing_happened()


def test_a_webhook_without_a_signature_is_refused(charge: SandboxCharge) -> None:
    assert deliver(charge, headers={}).json() == {"error": {"code": "bad_signature"}}
    assert nothing_happened()


def test_a_changed_byte_is_seen(charge: SandboxCharge) -> None:
    body = body_of(charge)
    answer = deliver(charge, body=body.replace(b"succeeded", b"succeedee"), headers=signed(body))
    assert answer.json() == {"error": {"code": "bad_signature"}}
    assert nothing_happened()


def test_without_a_secret_the_door_stays_shut(charge: SandboxCharge, settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_SECRET = ""
    answer = deliver(charge, headers=signed(body_of(charge), secret=""))
    assert (answer.status_code, answer.json()) == (403, {"error": {"code": "forbidden"}})
    assert nothing_happened()


def test_there_is_no_door_for_a_provider_that_is_not_offered(charge: SandboxCharge, settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = []
    assert deliver(charge).status_code == 404
    assert nothing_happened()


@pytest.mark.parametrize(
    "changes",
    [{"amount": 1}, {"currency": "USD"}, {"order": "202601010000000000"}, {"amount": 0}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_charge_that_does_not_fit_settles_nothing(charge: SandboxCharge, changes: dict[str, Any]) -> None:
    body = json.loads(body_of(charge))
    body["data"].update(changes)
    for _ in range(2):
        answer = post_webhook(json.dumps(body).encode())
        assert (answer.status_code, answer.json()) == (400, {"error": {"code": "payment_mismatch"}})
    assert nothing_happened()
    assert ProviderEvent.objects.values_list("outcome").get() == ("mismatch",)


def test_a_charge_that_nobody_knows_is_written_down(charge: SandboxCharge) -> None:
    body = json.loads(body_of(charge))
    body["data"]["key"] = "unheard of"
    assert post_webhook(json.dumps(body).encode()).status_code == 200
    assert nothing_happened()
    assert ProviderEvent.objects.values_list("outcome").get() == ("unknown_payment",)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{}", b"\xff", b'{"id":"e","type":"charge.exploded","data":{}}', b'{"id":1}'],
)
def test_a_body_of_another_form_is_refused(charge: SandboxCharge, body: bytes) -> None:
    answer = post_webhook(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()


def test_what_was_written_down_and_left_is_found_again(charge: SandboxCharge, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_: Any) -> None:
        raise DatabaseError("busy")

    with monkeypatch.context() as during:
        during.setattr(webhooks, "settle", busy)
        assert deliver(charge).status_code == 200
    assert nothing_happened()
    assert webhooks.process_left() == 0
    ProviderEvent.objects.update(received_at=now() - timedelta(seconds=10))
    assert webhooks.process_left() == 1
    assert webhooks.process_left() == 0
    assert (Order.objects.get().state, ProviderEvent.objects.get().outcome) == ("paid", "done")
