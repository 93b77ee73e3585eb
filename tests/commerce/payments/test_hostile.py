"""What an adversary, or a careless provider, sends: it is refused or harmless, and never an error of ours."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from commerce.orders.models import Order
from commerce.payments.alipay_pay import AlipayProvider
from commerce.payments.errors import PaymentsUnavailable
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent, TopUp, Wallet, WalletEntry
from commerce.payments.port import ProviderUnavailable
from commerce.payments.sandbox.provider import SandboxProvider, body_of
from commerce.payments.services import attempts, top_ups, webhooks
from commerce.payments.services.top_ups import start_top_up
from commerce.payments.stripe_pay import StripeProvider
from commerce.payments.wallet import books
from project.kernel.clock import now
from project.kernel.errors import Invalid, KeyReused
from project.kernel.money import Money
from tests.support.buying import api, charge_of, decide, deliver, order_sku, pay, post_webhook
from tests.support.factories import make_sku, make_user

pytestmark = pytest.mark.django_db


def nothing_happened() -> bool:
    return (
        not LedgerEntry.objects.exists()
        and not ProviderEvent.objects.exists()
        and Order.objects.get().state == "pending_payment"
        and Payment.objects.get().state == "started"
    )


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda body: {**body, "id": "a\x00b"}, id="a NUL in its name"),
        pytest.param(lambda body: {**body, "id": "\ud800"}, id="half a character in its name"),
        pytest.param(lambda body: {**body, "id": "a\nb"}, id="a line in its name"),
        pytest.param(lambda body: {**body, "more": {"deep": ["\x00"]}}, id="a NUL somewhere"),
        pytest.param(lambda body: {**body, "more": "\udfff"}, id="half a character somewhere"),
        pytest.param(lambda body: {**body, "more": float("nan")}, id="no number"),
        pytest.param(lambda body: {**body, "data": {**body["data"], "key": "\x00"}}, id="a NUL for a key"),
        pytest.param(lambda body: {**body, "data": {**body["data"], "amount": 10.0}}, id="a broken amount"),
        pytest.param(lambda body: {**body, "data": {**body["data"], "amount": "1000"}}, id="an amount in words"),
        pytest.param(lambda body: {**body, "data": [body["data"]]}, id="a list"),
    ],
)
def test_what_no_database_keeps_is_refused(changed: Any) -> None:
    charge = decide(pay(order_sku(sku=make_sku(price=1000))))
    answer = post_webhook(json.dumps(changed(json.loads(body_of(charge)))).encode())
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert nothing_happened()


@pytest.mark.parametrize("amount", [-1000, 0, 2**63, 10**40])
def test_an_amount_that_nobody_asked_for_settles_nothing(amount: int) -> None:
    charge = decide(pay(order_sku(sku=make_sku(price=1000))))
    body = json.loads(body_of(charge))
    body["data"]["amount"] = amount
    assert post_webhook(json.dumps(body).encode()).json() == {"error": {"code": "payment_mismatch"}}
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"id":"e","more":"' + b"x" * 3_000_000 + b'"}', id="huge"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"id":' + b"9" * 5000 + b"}", id="a long number"),
    ],
)
def test_a_body_beyond_all_bounds_is_refused(body: bytes) -> None:
    decide(pay(order_sku()))
    assert post_webhook(body).status_code == 400
    assert nothing_happened()


def test_what_nobody_signed_costs_the_database_nothing(django_assert_num_queries: Any) -> None:
    charge = decide(pay(order_sku()))
    with django_assert_num_queries(0):
        assert deliver(charge, headers={"Souk-Sandbox-Signature": "t=1,v1=0"}).status_code == 400


def test_a_name_that_comes_again_for_another_payment_is_heard() -> None:
    first, second = decide(pay(order_sku())), decide(pay(order_sku()))
    deliver(first)
    body = json.loads(body_of(second)) | {"id": first.event_id}
    assert post_webhook(json.dumps(body).encode()).status_code == 200
    assert set(Order.objects.values_list("state")) == {("paid",)}
    assert LedgerEntry.objects.count() == 2
    body["data"]["amount"] += 1
    assert post_webhook(json.dumps(body).encode()).json() == {"error": {"code": "payment_mismatch"}}
    assert (LedgerEntry.objects.count(), ProviderEvent.objects.count()) == (2, 1)


def test_what_can_be_read_no_more_is_put_aside() -> None:
    past = now() - timedelta(minutes=1)
    for number, body in enumerate(({}, {"id": "x"})):
        ProviderEvent.objects.create(provider="sandbox", event_id=f"e{number}", body=body)
    ProviderEvent.objects.update(received_at=past)
    assert (webhooks.process_left(), webhooks.process_left()) == (0, 0)
    assert set(ProviderEvent.objects.values_list("outcome")) == {("unreadable",)}
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


def test_a_webhook_may_be_faster_than_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = SandboxProvider.start

    def fast(self: SandboxProvider, **about: Any) -> str:
        url = begin(self, **about)
        deliver(decide(Payment.objects.get()))
        return url

    monkeypatch.setattr(SandboxProvider, "start", fast)
    order = order_sku()
    assert pay(order).state == "succeeded"
    assert (Order.objects.get().state, LedgerEntry.objects.count()) == ("paid", 1)


NO_PAGES = [
    "javascript:alert(1)",
    "data:text/html,x",
    "x",
    "//evil.example/",
    "https://a b/",
    "https://x/" + "y" * 2000,
]


@pytest.mark.parametrize("url", ["", *NO_PAGES])
def test_what_is_no_page_is_not_opened(url: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    begin = SandboxProvider.start
    order, user = order_sku(), make_user()

    def nonsense(self: SandboxProvider, **about: Any) -> str:
        begin(self, **about)
        return url

    def start_both() -> tuple[Payment, TopUp]:
        payment = attempts.start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="sandbox")
        return payment, start_top_up(user_id=user.pk, amount=5000, key="k", provider="sandbox")

    with monkeypatch.context() as careless:
        careless.setattr(SandboxProvider, "start", nonsense)
        with pytest.raises(PaymentsUnavailable):
            attempts.start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="sandbox")
        with pytest.raises(PaymentsUnavailable):
            start_top_up(user_id=user.pk, amount=5000, key="k", provider="sandbox")
    assert Payment.objects.values_list("state", "pay_url").get() == ("started", "")
    assert TopUp.objects.values_list("state", "pay_url").get() == ("started", "")
    # Nothing was decided: the same again goes on.
    payment, top_up = start_both()
    assert all(one.pay_url.startswith("/sandbox/pay/") for one in (payment, top_up))


def test_neither_a_page_nor_an_answer_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: SandboxProvider, *, key: str) -> Any:
        raise ProviderUnavailable

    monkeypatch.setattr(SandboxProvider, "start", lambda self, **_: "")
    monkeypatch.setattr(SandboxProvider, "query", away)
    with pytest.raises(PaymentsUnavailable):
        pay(order_sku())
    assert nothing_happened()


def test_what_is_somebody_elses_is_not_there(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    order = order_sku()
    payment, top_up = pay(order), start_top_up(user_id=order.buyer_id, amount=5000, key="k")
    stranger, keys = api(make_user()), {"Idempotency-Key": "k"}
    for method, path, other in [
        ("get", f"payments/{payment.pk}/", f"payments/{payment.pk + 1}/"),
        ("get", f"payments/{payment.pk}/", f"payments/{2**70}/"),
        ("get", f"orders/{order.number}/", "orders/202601010000000000/"),
        ("post", f"orders/{order.number}/cancel/", "orders/202601010000000000/cancel/"),
        ("get", f"wallet/top-ups/{top_up.pk}/", f"wallet/top-ups/{top_up.pk + 1}/"),
        ("post", f"wallet/top-ups/{top_up.pk}/cancel/", f"wallet/top-ups/{2**70}/cancel/"),
    ]:
        theirs, nobodys = (getattr(stranger, method)(f"/api/{one}", headers=keys) for one in (path, other))
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content) == (404, theirs.content)
    for number in (order.number, "202601010000000000"):
        answer: Any = stranger.post(
            "/api/payments/", {"order": number}, format="json", headers={"Idempotency-Key": number}
        )
        assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})
    assert (Payment.objects.get().state, TopUp.objects.get().state) == ("started", "started")
    assert Client().get(f"/sandbox/pay/{charge_of(payment).token[:-1]}/").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"amount": -5000},
        {"amount": 0},
        {"amount": 2**63},
        {"amount": 10**40},
        {"amount": 50.5},
        {"amount": True},
        {"amount": "9e9"},
        {"amount": 5000, "provider": "wallet"},
        {"amount": 5000, "provider": "../sandbox"},
    ],
)
def test_a_top_up_of_something_else_is_refused(body: dict[str, Any], settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    answer: Any = api(make_user()).post("/api/wallet/top-ups/", body, format="json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400
    assert not TopUp.objects.exists()


def test_a_top_up_is_credited_once_whoever_tells_it(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    user = make_user()
    top_up = start_top_up(user_id=user.pk, amount=5000, key="k")
    charge: Any = decide(top_up)  # type: ignore[arg-type]
    TopUp.objects.update(created_at=now() - timedelta(minutes=1))
    for name in ("one", "two"):
        body = json.loads(body_of(charge)) | {"id": name}
        assert post_webhook(json.dumps(body).encode()).status_code == 200
        top_ups.check_top_up(user_id=user.pk, top_up_id=top_up.pk)
    # Somebody else's order number on it, or another amount, is no top-up.
    for changes in ({"order": "202601010000000000"}, {"amount": 5001}, {"currency": "USD"}):
        body = json.loads(body_of(charge)) | {"id": json.dumps(changes)}
        body["data"] |= changes
        assert post_webhook(json.dumps(body).encode()).json() == {"error": {"code": "payment_mismatch"}}
    assert (Wallet.objects.get().balance, WalletEntry.objects.count()) == (5000, 1)


def test_a_wallet_holds_no_more_than_can_be_counted() -> None:
    user, staff = make_user(), make_user(is_staff=True)
    books.credit(user_id=user.pk, amount=Money(10**15, "CNY"), reference="1", by=staff)
    for amount in (1, 2**62, 2**63):
        with pytest.raises(Invalid):
            books.credit(user_id=user.pk, amount=Money(amount, "CNY"), reference="2", by=staff)
    assert (Wallet.objects.get().balance, WalletEntry.objects.count()) == (10**15, 1)
    with pytest.raises(Invalid):
        books.put(user_id=user.pk, amount=Money(-1, "CNY"), kind="refunded", reference="refund:1")


def test_a_debit_that_was_for_something_else_is_not_taken_for_this() -> None:
    user, staff = make_user(), make_user(is_staff=True)
    books.credit(user_id=user.pk, amount=Money(100, "CNY"), reference="1", by=staff)
    books.take(user_id=user.pk, amount=Money(10, "CNY"), reference="pay:k", order_number="1")
    for amount in (Money(90, "CNY"), Money(10, "USD")):
        with pytest.raises(KeyReused):
            books.take(user_id=user.pk, amount=amount, reference="pay:k", order_number="1")
    assert Wallet.objects.get(currency="CNY").balance == 90


@pytest.mark.parametrize(
    ("provider", "amount", "taken"),
    [
        (StripeProvider(), 99_999_999, True),
        (StripeProvider(), 100_000_000, False),
        (StripeProvider(), -1, False),
        (AlipayProvider(), 10_000_000_000, True),
        (AlipayProvider(), 10_000_000_001, False),
        (AlipayProvider(), 0, False),
    ],
)
def test_an_amount_that_a_provider_never_charges_is_not_begun(provider: Any, amount: int, taken: bool) -> None:
    assert provider.takes(Money(amount, "CNY")) is taken
