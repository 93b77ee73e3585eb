"""WeChat Pay with its own SDK, against a stand-in that signs as the platform does."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client

from commerce.orders.models import Order
from commerce.payments import config, statements, wechat_bill
from commerce.payments.errors import NotCharged, PaymentsUnavailable
from commerce.payments.models import LedgerEntry, Payment, ProviderEvent, ReconciliationRow
from commerce.payments.port import BadStatement, ChargeState, ProviderUnavailable, RefundRefused, StatementEntry
from commerce.payments.services import attempts
from commerce.payments.services.attempts import start_payment
from commerce.payments.wechat_pay import WeChatPayProvider
from project.kernel.clock import now
from project.kernel.money import Money
from tests.commerce.payments.stand_ins.keys import pem, public_pem
from tests.commerce.payments.stand_ins.server import Answer, Asked, StandIn, stand_in
from tests.support.buying import lapse, order_sku
from tests.support.comparing import compare
from tests.support.factories import make_sku

pytestmark = pytest.mark.django_db

MERCHANT = rsa.generate_private_key(65537, 2048)
PLATFORM = rsa.generate_private_key(65537, 2048)
STRANGER = rsa.generate_private_key(65537, 2048)
APIV3_KEY = "0123456789abcdef0123456789abcdef"
WEBHOOKS = "/api/payments/webhooks/wechat/"


def signed(
    body: bytes, *, key: rsa.RSAPrivateKey = PLATFORM, serial: str = "PUB_KEY_ID_1", at: int | None = None
) -> Any:
    stamp = str(int(time.time()) if at is None else at)
    signature = key.sign(f"{stamp}\nnonce\n".encode() + body + b"\n", padding.PKCS1v15(), SHA256())
    return {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Signature": b64encode(signature).decode(),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def answers(status: int, body: dict[str, Any] | None, *, key: rsa.RSAPrivateKey = PLATFORM) -> Answer:
    content = json.dumps(body).encode() if body is not None else b""
    return status, {"Content-Type": "application/json", **signed(content, key=key)}, content


@pytest.fixture
def wechat(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    settings.PAYMENT_PROVIDERS = ["wechat"]
    with stand_in() as server:
        values = {
            "MCHID": "1900000109",
            "APPID": "wxd678efh567hg6787",
            "KEY": pem(MERCHANT),
            "CERT_SERIAL": "444F4864EA9B34415",
            "APIV3_KEY": APIV3_KEY,
            "PUBLIC_KEY": public_pem(PLATFORM),
            "PUBLIC_KEY_ID": "PUB_KEY_ID_1",
            "GATEWAY": server.url,
        }
        for name, value in values.items():
            monkeypatch.setenv(f"WECHAT_PAY_{name}", value)
        server.answer = lambda asked: answers(200, {"code_url": "weixin://wxpay/bizpayurl?pr=1"})
        yield server


@pytest.fixture
def payment(wechat: StandIn) -> Payment:
    order = order_sku(sku=make_sku(price=1000))
    started = start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="wechat")
    wechat.asked.clear()
    return started


def transaction_of(payment: Payment, state: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    return {
        "appid": "wxd678efh567hg6787",
        "mchid": "1900000109",
        "out_trade_no": payment.provider_key,
        "transaction_id": "1217752501201407033233368018",
        "trade_state": state,
        "attach": payment.order.number,
        "payer": {"openid": "somebody"},
        "amount": {"total": payment.amount, "payer_total": payment.amount, "currency": "CNY"},
        **changes,
    }


def callback(
    resource: dict[str, Any],
    *,
    key: str = APIV3_KEY,
    event: str = "TRANSACTION.SUCCESS",
    id: Any = "EV-2018022511223320",
) -> bytes:
    sealed = AESGCM(key.encode()).encrypt(b"nonce1234567", json.dumps(resource).encode(), b"transaction")
    return json.dumps(
        {
            "id": id,
            "event_type": event,
            "resource_type": "encrypt-resource",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": b64encode(sealed).decode(),
                "associated_data": "transaction",
                "nonce": "nonce1234567",
            },
        }
    ).encode()


def post(body: bytes, headers: dict[str, str]) -> Any:
    return Client(headers=headers).post(WEBHOOKS, data=body, content_type="application/json")


def nothing_happened() -> bool:
    return not LedgerEntry.objects.exists() and Payment.objects.get().state == "started"


def test_a_payment_begins_with_what_the_buyer_scans(wechat: StandIn) -> None:
    order = order_sku(sku=make_sku(price=1000))
    started = start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="wechat")
    assert started.pay_url == "weixin://wxpay/bizpayurl?pr=1"
    (asked,) = wechat.asked
    body = json.loads(asked.body)
    assert (asked.method, asked.path) == ("POST", "/v3/pay/transactions/native")
    assert (body["out_trade_no"], body["attach"]) == (started.provider_key, order.number)
    assert body["amount"] == {"total": 1000, "currency": "CNY"}
    assert body["time_expire"].endswith("+08:00")
    parts = dict(part.split("=", 1) for part in asked.headers["Authorization"].split(" ", 1)[1].split(","))
    told = {name: value.strip('"') for name, value in parts.items()}
    text = f"POST\n{asked.path}\n{told['timestamp']}\n{told['nonce_str']}\n".encode() + asked.body + b"\n"
    MERCHANT.public_key().verify(b64decode(told["signature"]), text, padding.PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", ChargeState.SUCCEEDED),
        ("REFUND", ChargeState.SUCCEEDED),
        ("NOTPAY", ChargeState.OPEN),
        ("USERPAYING", ChargeState.OPEN),
        ("CLOSED", ChargeState.CLOSED),
        ("REVOKED", ChargeState.CLOSED),
        ("PAYERROR", ChargeState.DECLINED),
    ],
)
def test_states_are_understood(wechat: StandIn, payment: Payment, said: str, state: ChargeState) -> None:
    wechat.answer = lambda asked: answers(200, transaction_of(payment, said))
    charge = WeChatPayProvider().query(key=payment.provider_key)
    assert (charge.state, charge.amount, charge.order_number) == (state, Money(1000, "CNY"), payment.order.number)


def test_an_order_that_is_not_there_is_unknown(wechat: StandIn, payment: Payment) -> None:
    wechat.answer = lambda asked: answers(404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
    assert WeChatPayProvider().query(key=payment.provider_key).state == ChargeState.UNKNOWN


@pytest.mark.parametrize("answer", ["forged", "error", "foreign"])
def test_an_answer_that_is_not_to_be_believed_decides_nothing(wechat: StandIn, payment: Payment, answer: str) -> None:
    known = {
        "forged": answers(200, transaction_of(payment), key=STRANGER),
        "error": answers(500, {"code": "SYSTEM_ERROR"}),
        "foreign": answers(200, transaction_of(payment, mchid="1900000110")),
    }
    wechat.answer = lambda asked: known[answer]
    with pytest.raises(ProviderUnavailable):
        WeChatPayProvider().query(key=payment.provider_key)
    lapse(payment)
    assert attempts.fail_lapsed() == 0
    assert nothing_happened()


def test_a_time_out_is_settled_by_asking(wechat: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "TIMEOUT_SECS", (0.5, 0.2))
    order = order_sku(sku=make_sku(price=1000))
    wechat.pause_secs = 0.6
    with pytest.raises(PaymentsUnavailable):
        start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="wechat")
    wechat.pause_secs = 0
    payment = Payment.objects.select_related("order").get()
    wechat.answer = lambda asked: answers(200, transaction_of(payment))
    Payment.objects.update(created_at=now() - timedelta(minutes=1))
    assert attempts.check_payment(buyer_id=order.buyer_id, payment_id=payment.pk).state == "succeeded"
    assert Order.objects.get().state == "paid"


def test_an_attempt_is_closed_unless_money_was_faster(wechat: StandIn, payment: Payment) -> None:
    wechat.answer = lambda asked: answers(204, None)
    assert WeChatPayProvider().close(key=payment.provider_key).state == ChargeState.CLOSED

    def paid(asked: Asked) -> Answer:
        if asked.method == "POST":
            return answers(400, {"code": "ORDERPAID"})
        return answers(200, transaction_of(payment))

    wechat.answer = paid
    assert WeChatPayProvider().close(key=payment.provider_key).state == ChargeState.SUCCEEDED


def test_a_refund_is_done_when_wechat_says_so(wechat: StandIn, payment: Payment) -> None:
    def send() -> None:
        WeChatPayProvider().refund(
            key=payment.provider_key, refund_key="r1", amount=Money(300, "CNY"), paid=Money(1000, "CNY")
        )

    wechat.answer = lambda asked: answers(200, {"out_refund_no": "r1", "status": "PROCESSING"})
    with pytest.raises(ProviderUnavailable):
        send()
    for status in ("CLOSED", "ABNORMAL"):
        wechat.answer = lambda asked, status=status: answers(200, {"out_refund_no": "r1", "status": status})
        with pytest.raises(RefundRefused, match=status):
            send()
    wechat.answer = lambda asked: answers(200, {"out_refund_no": "r1", "status": "SUCCESS"})
    send()
    assert [json.loads(asked.body)["amount"] for asked in wechat.asked] == [
        {"refund": 300, "total": 1000, "currency": "CNY"}
    ] * 4


def test_a_callback_pays_the_order_once(payment: Payment) -> None:
    body = callback(transaction_of(payment))
    for _ in range(3):
        assert post(body, signed(body)).status_code == 200
    assert (Order.objects.get().state, LedgerEntry.objects.count()) == ("paid", 1)
    event = ProviderEvent.objects.get()
    assert (event.outcome, "payer" in event.body["resource"]) == ("done", False)


@pytest.mark.parametrize("how", ["stranger", "changed", "old", "future", "serial", "no type"])
def test_a_callback_that_wechat_did_not_sign_just_now_is_refused(wechat: StandIn, payment: Payment, how: str) -> None:
    body = callback(transaction_of(payment))
    headers = {
        "stranger": signed(body, key=STRANGER),
        "changed": signed(body + b" "),
        "old": signed(body, at=int(time.time()) - 305),
        "future": signed(body, at=int(time.time()) + 305),
        "serial": signed(body, serial="7132D72A03E93CDDF8C03BBD1F37EEDF"),
        "no type": {**signed(body), "Wechatpay-Signature-Type": ""},
    }[how]
    answer = post(body, headers)
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "bad_signature"}})
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()
    # For a serial that nobody allowed, WeChat is not asked either.
    assert wechat.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"total": 1, "currency": "CNY"}},
        {"amount": {"total": 1000, "currency": "USD"}},
        {"amount": None},
        {"attach": "202601010000000000"},
        {"mchid": "1900000110"},
        {"appid": "wx0000000000000000"},
    ],
)
def test_a_callback_about_something_else_settles_nothing(payment: Payment, changes: dict[str, Any]) -> None:
    body = callback(transaction_of(payment, **changes))
    answer = post(body, signed(body))
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "payment_mismatch"}})
    assert nothing_happened()


def test_a_callback_sealed_with_another_key_is_refused(payment: Payment) -> None:
    body = callback(transaction_of(payment), key="f" * 32)
    assert post(body, signed(body)).json()["error"]["code"] == "invalid"
    assert nothing_happened()


def test_a_currency_that_wechat_does_not_charge_is_refused(wechat: StandIn) -> None:
    order = order_sku()
    Order.objects.filter(pk=order.pk).update(currency="USD")
    with pytest.raises(NotCharged):
        start_payment(buyer_id=order.buyer_id, number=order.number, key="k", provider="wechat")
    assert not Payment.objects.exists()
    assert wechat.asked == []


def test_without_its_secrets_it_is_not_offered(wechat: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WECHAT_PAY_APIV3_KEY")
    assert not WeChatPayProvider().is_ready()
    assert post(b"{}", {}).status_code == 404


@pytest.mark.parametrize("id", ["", "x" * 129, "a\x00b", "\ud800", None, 7])
def test_a_callback_without_a_name_is_refused(payment: Payment, id: Any) -> None:
    body = callback(transaction_of(payment), id=id)
    answer = post(body, signed(body))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert nothing_happened()
    assert not ProviderEvent.objects.exists()


def test_news_of_a_refund_that_nobody_asked_for_changes_nothing(payment: Payment) -> None:
    refund = {
        "mchid": "1900000109",
        "out_trade_no": payment.provider_key,
        "out_refund_no": "r9",
        "refund_status": "SUCCESS",
    }
    body = callback(refund, event="REFUND.SUCCESS")
    assert post(body, signed(body)).status_code == 200
    assert ProviderEvent.objects.get().outcome == "ignored"
    assert nothing_happened()


NONSENSE = [b"", b"[]", b'"x"', b"{}", b"\xff\xfe", b'{"trade_state": []}']


@pytest.mark.parametrize("content", NONSENSE)
def test_a_signed_answer_without_sense_decides_nothing(wechat: StandIn, payment: Payment, content: bytes) -> None:
    headers = {"Content-Type": "application/json", **signed(content)}
    provider, key = WeChatPayProvider(), payment.provider_key
    calls: list[Any] = [
        lambda: provider.query(key=key),
        lambda: provider.close(key=key),
        lambda: provider.refund(key=key, refund_key="r", amount=Money(1, "CNY"), paid=Money(1000, "CNY")),
        lambda: provider.statement(day=now().date()),
        lambda: provider.start(key=key, order_number="1", amount=Money(1000, "CNY"), expires_at=now()),
    ]
    for status in (200, 404):
        wechat.answer = lambda asked, status=status: (status, headers, content)
        for call in calls:
            with pytest.raises(ProviderUnavailable):
                call()
    assert nothing_happened()


@pytest.mark.parametrize("answer", [{"out_refund_no": "r9"}, {"amount": {"refund": 299}}, {"amount": "300"}])
def test_the_refund_of_something_else_is_not_ours(wechat: StandIn, payment: Payment, answer: dict[str, Any]) -> None:
    wechat.answer = lambda asked: answers(200, {"out_refund_no": "r1", "status": "SUCCESS", **answer})
    with pytest.raises(ProviderUnavailable):
        WeChatPayProvider().refund(
            key=payment.provider_key, refund_key="r1", amount=Money(300, "CNY"), paid=Money(1000, "CNY")
        )


HEADER = "\ufeff交易时间,商户订单号,交易状态,货币种类,订单金额,商户退款单号,退款金额,退款状态\n"
ROWS = (
    "`2026-11-23 10:00:00,`k1,`SUCCESS,`CNY,`10.00,`0,`0.00,`\n"
    "`2026-11-23 11:00:00,`k1,`REFUND,`CNY,`10.00,`r1,`3.05,`SUCCESS\n"
    "`2026-11-23 11:00:00,`k1,`REFUND,`CNY,`10.00,`r2,`1.00,`FAIL\n"
)
SUMS = "总交易单数,应结订单总金额\n`3,`10.00\n"
BILL = HEADER + ROWS + SUMS


def bill_is(wechat: StandIn, text: str, *, digest: str = "", **more: Any) -> None:
    content = text.encode()

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/v3/bill/tradebill"):
            about = {"hash_type": "SHA1", "hash_value": digest or hashlib.sha1(content).hexdigest()}
            return answers(200, {"download_url": f"{wechat.url}/v3/billdownload/file?token=1", **about, **more})
        return 200, {"Content-Type": "text/plain"}, content

    wechat.answer = answer


def test_the_bill_is_fetched_and_read(wechat: StandIn) -> None:
    bill_is(wechat, BILL)
    expected = [
        StatementEntry(kind="paid", key="k1", amount=Money(1000, "CNY")),
        StatementEntry(kind="refunded", key="r1", amount=Money(305, "CNY")),
    ]
    assert WeChatPayProvider().statement(day=now().date()) == wechat_bill.read(BILL.encode()) == expected
    assert wechat.paths() == ["GET /v3/bill/tradebill", "GET /v3/billdownload/file"]
    assert wechat.asked[-1].headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 mchid=")


def test_a_day_without_movements_has_no_bill_and_one_that_is_being_made_not_yet(wechat: StandIn) -> None:
    wechat.answer = lambda asked: answers(400, {"code": "NO_STATEMENT_EXIST"})
    assert WeChatPayProvider().statement(day=now().date()) == []
    wechat.answer = lambda asked: answers(400, {"code": "STATEMENT_CREATING"})
    with pytest.raises(ProviderUnavailable):
        WeChatPayProvider().statement(day=now().date())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "no column", id="nothing"),
        pytest.param("<html>busy</html>", "no column", id="a page"),
        pytest.param(HEADER + ROWS, "no end", id="cut off"),
        pytest.param(HEADER + ROWS.splitlines(True)[0] + SUMS, "by its sums", id="a row is missing"),
        pytest.param(HEADER + "`2026-11-23,`k1,`SUCC\n" + SUMS, "cells under", id="a row is cut off"),
        pytest.param(BILL.replace("`10.00,`0", "`ten,`0"), "is no amount", id="no amount"),
        pytest.param(BILL.replace("`k1,`SUCCESS", f"`{'k' * 65},`SUCCESS"), "is no key", id="no key"),
        pytest.param(BILL.replace("CNY", "yuan"), "is no currency", id="no currency"),
    ],
)
def test_a_bill_that_cannot_be_read_is_stored_nowhere(wechat: StandIn, text: str, why: str) -> None:
    bill_is(wechat, text)
    day = compare(WeChatPayProvider(), now().date())
    assert (day.state, why in day.problem, day.compared_at) == ("unreadable", True, None)
    assert not ReconciliationRow.objects.exists()


def test_a_bill_that_wechat_did_not_vouch_for_is_not_believed(wechat: StandIn) -> None:
    bill_is(wechat, BILL, digest="0" * 40)
    with pytest.raises(BadStatement, match="digest"):
        WeChatPayProvider().statement(day=now().date())
    bill_is(wechat, BILL, download_url="http://127.0.0.1:1/v3/billdownload/file")
    with pytest.raises(ProviderUnavailable):
        WeChatPayProvider().statement(day=now().date())


def test_a_bill_beyond_all_bounds_is_not_kept(wechat: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_BYTES", 100)
    bill_is(wechat, BILL)
    with pytest.raises(BadStatement, match="larger than 100 bytes"):
        WeChatPayProvider().statement(day=now().date())
