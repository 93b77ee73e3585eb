"""Alipay with its SDK, against a stand-in that signs as Alipay does."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client

from commerce.orders.models import Order
from commerce.payments import config
from commerce.payments.alipay_pay import AlipayProvider
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent
from commerce.payments.port import ChargeState, ProviderUnavailable, RefundRefused
from commerce.payments.services import attempts
from commerce.payments.services.attempts import start_payment
from commerce.payments.yuan import to_fen, to_yuan
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.stand_ins.alipay import OURS, STRANGER, THEIRS, says, sign
from tests.commerce.payments.stand_ins.server import StandIn
from tests.support.buying import order_sku
from tests.support.factories import make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(alipay: StandIn) -> Payment:
    order = order_sku(sku=make_sku(price=1005))
    return start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="alipay")


def notice(payment: Payment, *, key: rsa.RSAPrivateKey = THEIRS, age: timedelta = timedelta(), **changes: str) -> bytes:
    told_at = (now() - age).astimezone(ZoneInfo("Asia/Shanghai"))
    form = {
        "notify_id": "ac05099524730693a8b330c5ecf72da9786",
        "notify_time": told_at.strftime("%Y-%m-%d %H:%M:%S"),
        "app_id": "2021000000000001",
        "seller_id": "2088000000000001",
        "out_trade_no": payment.provider_key,
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "10.05",
        "passback_params": payment.order.number,
        "buyer_logon_id": "som***@example.com",
        **changes,
    }
    text = "&".join(f"{name}={value}" for name, value in sorted(form.items()))
    return urlencode({**form, "sign_type": "RSA2", "sign": sign(text, key)}).encode()


def post(body: bytes) -> Any:
    return Client().post("/api/payments/webhooks/alipay/", data=body, content_type="application/x-www-form-urlencoded")


def nothing_happened() -> bool:
    return not LedgerEntry.objects.exists() and Payment.objects.get().state == "started"


def test_a_payment_begins_on_a_signed_page(alipay: StandIn, payment: Payment) -> None:
    form = dict(parse_qsl(payment.pay_url.partition("?")[2]))
    trade = json.loads(form["biz_content"])
    assert (trade["out_trade_no"], trade["total_amount"]) == (payment.provider_key, "10.05")
    signature = form.pop("sign")
    text = "&".join(f"{name}={value}" for name, value in sorted(form.items()))
    OURS.public_key().verify(b64decode(signature), text.encode(), padding.PKCS1v15(), SHA256())
    assert alipay.asked == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("WAIT_BUYER_PAY", ChargeState.OPEN),
        ("TRADE_SUCCESS", ChargeState.SUCCEEDED),
        ("TRADE_FINISHED", ChargeState.SUCCEEDED),
        ("TRADE_CLOSED", ChargeState.CLOSED),
    ],
)
def test_states_are_understood(alipay: StandIn, payment: Payment, status: str, state: ChargeState) -> None:
    key = payment.provider_key
    alipay.answer = says(code="10000", out_trade_no=key, trade_status=status, total_amount="10.05")
    charge = AlipayProvider().query(key=key)
    assert (charge.key, charge.state, charge.amount) == (key, state, Money(1005, "CNY"))


def test_a_trade_that_is_not_there_is_unknown(alipay: StandIn, payment: Payment) -> None:
    alipay.answer = says(code="40004", sub_code="ACQ.TRADE_NOT_EXIST")
    assert AlipayProvider().query(key=payment.provider_key).state == ChargeState.UNKNOWN
    assert AlipayProvider().close(key=payment.provider_key).state == ChargeState.UNKNOWN
    alipay.answer = says(code="10000")
    assert AlipayProvider().close(key=payment.provider_key).state == ChargeState.CLOSED


def test_an_answer_that_alipay_did_not_sign_decides_nothing(alipay: StandIn, payment: Payment) -> None:
    key = payment.provider_key
    alipay.answer = says(STRANGER, code="10000", out_trade_no=key, trade_status="TRADE_SUCCESS", total_amount="10.05")
    with pytest.raises(ProviderUnavailable):
        AlipayProvider().query(key=key)
    assert nothing_happened()


def test_a_time_out_is_settled_by_asking_again(
    alipay: StandIn, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECS", (0.5, 0.2))
    key = payment.provider_key
    alipay.answer = says(code="10000", out_trade_no=key, trade_status="TRADE_SUCCESS", total_amount="10.05")
    alipay.pause_secs = 0.6
    Payment.objects.update(created_at=now() - timedelta(minutes=1))
    buyer = payment.order.buyer_id
    assert attempts.check_payment(buyer_id=buyer, payment_id=payment.pk).state == "started"
    alipay.pause_secs = 0
    Payment.objects.update(asked_at=None)
    assert attempts.check_payment(buyer_id=buyer, payment_id=payment.pk).state == "succeeded"
    assert Order.objects.get().state == "paid"


def test_a_refund_is_done_when_alipay_says_so(alipay: StandIn, payment: Payment) -> None:
    def send() -> None:
        amount, paid = Money(300, "CNY"), Money(1005, "CNY")
        AlipayProvider().refund(key=payment.provider_key, refund_key="r1", amount=amount, paid=paid)

    alipay.answer = says(code="10000", fund_change="N")
    with pytest.raises(ProviderUnavailable):
        send()
    alipay.answer = says(code="10000", fund_change="N", refund_status="REFUND_SUCCESS", refund_amount="3.00")
    send()
    alipay.answer = says(code="10000", fund_change="Y")
    send()
    assert len(alipay.asked) == 5
    alipay.answer = says(code="40004", sub_code="ACQ.TRADE_HAS_FINISHED")
    with pytest.raises(RefundRefused, match="TRADE_HAS_FINISHED"):
        send()


def test_a_notice_pays_the_order_once(payment: Payment) -> None:
    for _ in range(3):
        answer = post(notice(payment))
        assert (answer.status_code, answer.content) == (200, b"success")
    assert (Order.objects.get().state, LedgerEntry.objects.count()) == ("paid", 1)
    assert "buyer_logon_id" not in ProviderEvent.objects.get().body


@pytest.mark.parametrize("how", ["stranger", "changed", "twice", "old", "future", "RSA", "empty"])
def test_a_notice_that_alipay_did_not_sign_is_refused(payment: Payment, how: str) -> None:
    body = {
        "stranger": notice(payment, key=STRANGER),
        "changed": notice(payment).replace(b"10.05", b"10.06"),
        "twice": notice(payment) + b"&total_amount=10.05",
        "old": notice(payment, age=timedelta(hours=26)),
        "future": notice(payment, age=-timedelta(minutes=6)),
        "RSA": notice(payment).replace(b"sign_type=RSA2", b"sign_type=RSA"),
        "empty": b"",
    }[how]
    answer = post(body)
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "bad_signature"}})
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [{"total_amount": "0.01"}, {"app_id": "x"}, {"seller_id": "x"}, {"passback_params": "202601010000000000"}],
)
def test_a_notice_about_something_else_settles_nothing(payment: Payment, changes: dict[str, Any]) -> None:
    answer = post(notice(payment, **changes))
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "payment_mismatch"}})
    assert nothing_happened()


def test_yuan_are_exact() -> None:
    assert [to_yuan(fen) for fen in (1, 10, 1005, 10**15 + 1)] == ["0.01", "0.10", "10.05", "10000000000000.01"]
    assert [to_fen(yuan) for yuan in ("0.01", "0.1", "10.05", "10000000000000.01")] == [1, 10, 1005, 10**15 + 1]
    for wrong in ("", "1.005", "1e3", "NaN", "١", "1,000.00", " 1"):
        with pytest.raises(ValueError, match="^"):
            to_fen(wrong)


NONSENSE = [b"", b"[]", b"null", b'"x"', b"{}", b"<html>busy</html>", b"\xff\xfe", b"[" * 2000]


@pytest.mark.parametrize("content", NONSENSE)
def test_an_answer_without_sense_decides_nothing(alipay: StandIn, payment: Payment, content: bytes) -> None:
    provider, key = AlipayProvider(), payment.provider_key
    calls: list[Any] = [
        lambda: provider.query(key=key),
        lambda: provider.close(key=key),
        lambda: provider.refund(key=key, refund_key="r", amount=Money(1, "CNY"), paid=Money(1005, "CNY")),
        lambda: provider.statement(day=now().date()),
    ]
    for status in (200, 500):
        alipay.answer = lambda asked, status=status: (status, {"Content-Type": "application/json"}, content)
        for call in calls:
            with pytest.raises(ProviderUnavailable):
                call()
    assert nothing_happened()


def test_the_refund_of_another_trade_is_not_ours(alipay: StandIn, payment: Payment) -> None:
    about = {"key": payment.provider_key, "refund_key": "r1", "amount": Money(300, "CNY"), "paid": Money(1005, "CNY")}
    alipay.answer = says(code="10000", fund_change="Y", out_trade_no="another")
    with pytest.raises(ProviderUnavailable):
        AlipayProvider().refund(**about)
    alipay.answer = says(code="10000", fund_change="Y", out_trade_no=payment.provider_key)
    AlipayProvider().refund(**about)


def test_news_of_a_refund_that_nobody_asked_for_changes_nothing(payment: Payment) -> None:
    back = {"refund_fee": "10.05", "out_biz_no": "r9", "gmt_refund": "2026-11-03 10:00:00"}
    assert post(notice(payment, out_trade_no="unheard-of", trade_status="TRADE_CLOSED", **back)).status_code == 200
    assert ProviderEvent.objects.get().outcome == "unknown_payment"
    assert nothing_happened()
