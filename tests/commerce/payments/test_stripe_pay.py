"""Stripe with its own SDK, against a stand-in that keeps sessions and refunds and signs its webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import stripe
from django.test import Client

from commerce.orders.models import Order
from commerce.payments import config, stripe_pay
from commerce.payments.errors import PaymentsUnavailable
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent, ReconciliationRow
from commerce.payments.port import BadStatement, ChargeState, ProviderUnavailable, RefundRefused, StatementEntry
from commerce.payments.providers import provider_of
from commerce.payments.services import attempts
from commerce.payments.services.attempts import start_payment
from commerce.payments.stripe_pay import StripeProvider
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.stand_ins.server import Answer, Asked, StandIn, stand_in
from tests.support.buying import order_sku
from tests.support.comparing import compare
from tests.support.factories import make_sku

pytestmark = pytest.mark.django_db

SECRET = "whsec_of_the_tests"
WEBHOOKS = "/api/payments/webhooks/stripe/"


class Books:
    """What Stripe keeps: the same idempotency key is the same session."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.intent = "succeeded"

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if path == "/v1/checkout/sessions":
            self.keys.append(asked.headers["Idempotency-Key"])
            return _json(200, self._open(form))
        if path.startswith("/v1/checkout/sessions/"):
            session = self.sessions[path.split("/")[4]]
            if path.endswith("/expire"):
                if session["status"] != "open":
                    return _json(400, {"error": {"type": "invalid_request_error", "message": "not open"}})
                session["status"] = "expired"
            return _json(200, session)
        if path.startswith("/v1/payment_intents/"):
            return _json(200, {"id": path.split("/")[3], "object": "payment_intent", "status": self.intent})
        if path == "/v1/refunds" and asked.method == "GET":
            return _json(200, {"object": "list", "url": path, "has_more": False, "data": self.refunds})
        if path == "/v1/refunds":
            refund = {
                "id": f"re_{len(self.refunds)}",
                "object": "refund",
                "status": "succeeded",
                "amount": int(form["amount"]),
                "currency": "cny",
                "metadata": {"key": form["metadata[key]"]},
            }
            self.refunds.append(refund)
            return _json(200, refund)
        charge = {
            "id": "ch_1",
            "object": "charge",
            "amount": 1000,
            "currency": "cny",
            "metadata": {"key": "k1"},
        }
        moved = [
            {"id": "txn_1", "object": "balance_transaction", "type": "charge", "source": charge},
            {"id": "txn_2", "object": "balance_transaction", "type": "payout", "source": {"id": "po_1"}},
            *(
                {"id": f"txn_{one['id']}", "object": "balance_transaction", "type": "refund", "source": one}
                for one in self.refunds
            ),
        ]
        return _json(200, {"object": "list", "url": path, "has_more": False, "data": moved})

    def _open(self, form: dict[str, str]) -> dict[str, Any]:
        key = form["client_reference_id"]
        return self.sessions.setdefault(
            f"cs_test_{key}",
            {
                "id": f"cs_test_{key}",
                "object": "checkout.session",
                "client_reference_id": key,
                "status": "open",
                "payment_status": "unpaid",
                "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
                "currency": form["line_items[0][price_data][currency]"],
                "metadata": {"key": form["metadata[key]"], "order": form["metadata[order]"]},
                "url": f"https://checkout.stripe.com/c/pay/cs_test_{key}",
                "payment_intent": None,
                "customer_details": {"email": "somebody@example.com"},
            },
        )

    def pay(self, payment: Payment) -> dict[str, Any]:
        session = self.sessions[f"cs_test_{payment.provider_key}"]
        session.update(status="complete", payment_status="paid", payment_intent="pi_1")
        return session


def _json(status: int, body: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    settings.PAYMENT_PROVIDERS = ["stripe"]
    with stand_in() as found:
        monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_1")
        monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
        monkeypatch.setenv("STRIPE_GATEWAY", found.url)
        yield found


@pytest.fixture
def books(server: StandIn) -> Books:
    books = Books()
    server.answer = books.answer
    return books


def begin(order: Order) -> Payment:
    return start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="stripe")


@pytest.fixture
def payment(books: Books) -> Payment:
    return begin(order_sku(sku=make_sku(price=1000)))


def event(session: dict[str, Any], kind: str = "checkout.session.completed", **changes: Any) -> bytes:
    body = {"id": "evt_1", "object": "event", "type": kind, "livemode": False, "data": {"object": session}, **changes}
    return json.dumps(body).encode()


def post(body: bytes, *, secret: str = SECRET, at: int | None = None, signed: bytes | None = None) -> Any:
    header = stripe.WebhookSignature.generate_signature_header((signed or body).decode(), secret, at)
    client = Client(headers={"Stripe-Signature": header})
    return client.post(WEBHOOKS, data=body, content_type="application/json")


def nothing_happened() -> bool:
    return not LedgerEntry.objects.exists() and Payment.objects.get().state == "started"


def test_a_payment_begins_on_a_page_of_stripe(books: Books, payment: Payment) -> None:
    assert payment.pay_url == f"https://checkout.stripe.com/c/pay/cs_test_{payment.provider_key}"
    assert books.keys == [payment.provider_key]
    charge = StripeProvider().query(key=payment.provider_key)
    assert (charge.state, charge.amount) == (ChargeState.OPEN, Money(1000, "CNY"))
    assert charge.order_number == payment.order.number
    assert StripeProvider().query(key="unheard of").state == ChargeState.UNKNOWN


def test_a_time_out_is_settled_by_asking(server: StandIn, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECS", (0.5, 0.2))
    order = order_sku(sku=make_sku(price=1000))
    server.pause_secs = 0.6
    with pytest.raises(PaymentsUnavailable):
        begin(order)
    server.pause_secs = 0
    payment = Payment.objects.get()
    books.pay(payment)
    Payment.objects.update(created_at=now() - timedelta(minutes=1))
    assert attempts.check_payment(buyer_id=order.buyer_id, payment_id=payment.pk).state == "succeeded"
    assert Order.objects.get().state == "paid"
    assert (books.keys, len(books.sessions)) == ([payment.provider_key] * 2, 1)


def test_an_attempt_is_closed_unless_money_was_faster(books: Books, payment: Payment) -> None:
    provider, key = StripeProvider(), payment.provider_key
    assert provider.close(key=key).state == ChargeState.CLOSED
    assert provider.close(key=key).state == ChargeState.CLOSED
    books.pay(payment)
    assert provider.close(key=key).state == ChargeState.SUCCEEDED


def test_a_refund_is_made_once(books: Books, payment: Payment) -> None:
    books.pay(payment)
    for _ in range(2):
        StripeProvider().refund(
            key=payment.provider_key, refund_key="r1", amount=Money(300, "CNY"), paid=Money(1000, "CNY")
        )
    assert [refund["amount"] for refund in books.refunds] == [300]
    books.refunds[0]["status"] = "pending"
    with pytest.raises(ProviderUnavailable):
        StripeProvider().refund(
            key=payment.provider_key, refund_key="r1", amount=Money(300, "CNY"), paid=Money(1000, "CNY")
        )


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_stripe_gave_up_is_refused_for_good(books: Books, payment: Payment, status: str) -> None:
    books.pay(payment)
    about = {"key": payment.provider_key, "amount": Money(300, "CNY"), "paid": Money(1000, "CNY")}
    StripeProvider().refund(refund_key="r1", **about)
    books.refunds[0] |= {"status": status, "failure_reason": "lost_or_stolen_card"}
    with pytest.raises(RefundRefused, match=f"{status}: lost_or_stolen_card"):
        StripeProvider().refund(refund_key="r1", **about)
    # Under another key it is another one.
    StripeProvider().refund(refund_key="r2", **about)
    assert [refund["status"] for refund in books.refunds] == [status, "succeeded"]


@pytest.mark.parametrize(
    ("code", "error"), [("charge_already_refunded", RefundRefused), ("balance_insufficient", ProviderUnavailable)]
)
def test_a_refund_that_stripe_never_makes_is_told_from_one_that_waits(
    server: StandIn, books: Books, payment: Payment, code: str, error: type[Exception]
) -> None:
    books.pay(payment)
    refusal = _json(400, {"error": {"type": "invalid_request_error", "code": code, "message": "no"}})
    is_refund = lambda asked: asked.method == "POST" and asked.path == "/v1/refunds"  # noqa: E731
    server.answer = lambda asked: refusal if is_refund(asked) else books.answer(asked)
    with pytest.raises(error):
        StripeProvider().refund(
            key=payment.provider_key, refund_key="r1", amount=Money(300, "CNY"), paid=Money(1000, "CNY")
        )
    assert books.refunds == []


def test_an_error_decides_nothing(server: StandIn, books: Books, payment: Payment) -> None:
    server.answer = lambda asked: _json(500, {"error": {"type": "api_error"}})
    for call in (StripeProvider().query, StripeProvider().close):
        with pytest.raises(ProviderUnavailable):
            call(key=payment.provider_key)
    assert nothing_happened()


def test_a_webhook_pays_the_order_once(books: Books, payment: Payment) -> None:
    body = event(books.pay(payment))
    for _ in range(3):
        assert post(body).status_code == 200
    assert (Order.objects.get().state, LedgerEntry.objects.count()) == ("paid", 1)
    kept = ProviderEvent.objects.get()
    assert (kept.outcome, "customer_details" in kept.body["data"]["object"]) == ("done", False)


def test_what_is_not_about_a_payment_is_ignored(books: Books, payment: Payment) -> None:
    assert post(event({"id": "cus_1"}, "customer.created")).status_code == 200
    assert ProviderEvent.objects.get().outcome == "ignored"
    assert nothing_happened()


@pytest.mark.parametrize("how", ["secret", "changed", "old", "none"])
def test_a_webhook_that_stripe_did_not_sign_just_now_is_refused(books: Books, payment: Payment, how: str) -> None:
    body = event(books.pay(payment))
    answer = {
        "secret": lambda: post(body, secret="another"),
        "changed": lambda: post(body + b" ", signed=body),
        "old": lambda: post(body, at=int(time.time()) - 305),
        "none": lambda: Client().post(WEBHOOKS, data=body, content_type="application/json"),
    }[how]()  # type: ignore[no-untyped-call]
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "bad_signature"}})
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"amount_total": 1}, {"currency": "usd"}, {"metadata": {"order": "202601010000000000"}}]
)
def test_a_webhook_about_something_else_settles_nothing(
    books: Books, payment: Payment, changes: dict[str, Any]
) -> None:
    answer = post(event({**books.pay(payment), **changes}))
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "payment_mismatch"}})
    assert nothing_happened()


def test_money_of_another_mode_settles_nothing(books: Books, payment: Payment) -> None:
    assert post(event(books.pay(payment), livemode=True)).json() == {"error": {"code": "payment_mismatch"}}
    assert nothing_happened()


@pytest.mark.parametrize("id", ["", "x" * 129, "a\x00b"])
def test_a_webhook_without_a_name_is_refused(books: Books, payment: Payment, id: str) -> None:
    answer = post(event(books.pay(payment), id=id))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()


def test_the_session_of_another_application_settles_nothing(books: Books, payment: Payment) -> None:
    strange = {**books.pay(payment), "client_reference_id": None, "metadata": {}}
    assert post(event(strange)).status_code == 200
    assert ProviderEvent.objects.get().outcome == "unknown_payment"
    assert nothing_happened()


def test_news_of_a_refund_that_nobody_asked_for_changes_nothing(books: Books, payment: Payment) -> None:
    assert post(event({"id": "ch_1", "refunded": True, "amount_refunded": 1000}, "charge.refunded")).status_code == 200
    assert ProviderEvent.objects.get().outcome == "ignored"
    assert nothing_happened()


NONSENSE = [
    b"",
    b"[]",
    b"null",
    b'"x"',
    b"{}",
    b"<html>busy</html>",
    b"\xff\xfe",
    b"[" * 2000,
    b'{"id": 5}',
    b'{"data": 5}',
]


@pytest.mark.parametrize("content", NONSENSE)
def test_an_answer_without_sense_decides_nothing(
    server: StandIn, books: Books, payment: Payment, content: bytes
) -> None:
    provider, key = StripeProvider(), payment.provider_key
    calls: list[Any] = [
        lambda: provider.query(key=key),
        lambda: provider.close(key=key),
        lambda: provider.refund(key=key, refund_key="r", amount=Money(1, "CNY"), paid=Money(1000, "CNY")),
        lambda: provider.start(key="new", order_number="1", amount=Money(1000, "CNY"), expires_at=now()),
        lambda: provider.statement(day=now().date()),
    ]
    for status in (200, 400, 404):
        server.answer = lambda asked, status=status: (status, {"Content-Type": "application/json"}, content)
        for call in calls:
            with pytest.raises((ProviderUnavailable, BadStatement)):
                call()
    assert nothing_happened()


def test_a_refund_of_another_amount_is_not_ours(books: Books, payment: Payment) -> None:
    books.pay(payment)
    about = {"key": payment.provider_key, "refund_key": "r1", "amount": Money(300, "CNY"), "paid": Money(1000, "CNY")}
    StripeProvider().refund(**about)
    books.refunds[0]["amount"] = 299
    with pytest.raises(ProviderUnavailable):
        StripeProvider().refund(**about)


@pytest.mark.parametrize(("currency", "taken"), [("JPY", True), ("USD", True), ("ISK", False), ("KWD", False)])
def test_only_currencies_that_both_count_alike_are_charged(currency: str, taken: bool) -> None:
    assert StripeProvider().takes(Money(100, currency)) is taken


def test_the_statement_is_read(books: Books, payment: Payment) -> None:
    books.pay(payment)
    StripeProvider().refund(
        key=payment.provider_key, refund_key="r1", amount=Money(300, "CNY"), paid=Money(1000, "CNY")
    )
    assert StripeProvider().statement(day=now().date()) == [
        StatementEntry(kind="paid", key="k1", amount=Money(1000, "CNY")),
        StatementEntry(kind="refunded", key="r1", amount=Money(300, "CNY")),
    ]


@pytest.mark.parametrize("source", [None, {"id": "ch_9", "object": "charge"}, {"id": "ch_9", "amount": "x"}])
def test_a_statement_that_cannot_be_read_is_stored_nowhere(server: StandIn, source: Any) -> None:
    moved = [{"id": "txn_1", "object": "balance_transaction", "type": "charge", "source": source}]
    server.answer = lambda asked: _json(
        200, {"object": "list", "url": "/v1/balance_transactions", "has_more": False, "data": moved}
    )
    assert compare(StripeProvider(), now().date()).state == "unreadable"
    assert not ReconciliationRow.objects.exists()


def test_a_statement_beyond_all_bounds_is_not_kept(
    books: Books, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_pay, "MOST_ENTRIES", 0)
    with pytest.raises(BadStatement, match="more than 0"):
        StripeProvider().statement(day=now().date())


@pytest.mark.parametrize(
    ("intent", "state"),
    [
        ("processing", ChargeState.OPEN),
        ("requires_action", ChargeState.OPEN),
        ("requires_payment_method", ChargeState.DECLINED),
        ("canceled", ChargeState.DECLINED),
    ],
)
def test_a_debit_that_failed_is_found_without_its_webhook(
    payment: Payment, books: Books, intent: str, state: ChargeState
) -> None:
    """Completed with a bank debit, which takes days: the session stays complete and unpaid, whatever comes of it."""
    books.pay(payment)["payment_status"] = "unpaid"
    books.intent = intent
    provider = provider_of(payment.provider)
    assert provider.query(key=payment.provider_key).state == state
    assert provider.close(key=payment.provider_key).state == state
