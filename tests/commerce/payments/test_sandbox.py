from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from commerce.orders.models import Order
from commerce.payments.models import Payment, ProviderEvent, SandboxCharge
from commerce.payments.sandbox import delivery
from commerce.payments.sandbox.page import amount_text
from commerce.payments.sandbox.texts import TEXTS
from project.celery import app
from project.kernel.clock import now
from tests.support.buying import charge_of, decide, lapse, order_sku, pay

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


@pytest.fixture
def payment(db: None) -> Payment:
    return pay(order_sku())


def page(payment: Payment, query: str = "", **headers: str) -> str:
    answer = Client(headers=headers).get(f"{payment.pay_url}{query}")
    assert answer.status_code == 200
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def press(payment: Payment, decision: str) -> str:
    answer = Client(headers=ENGLISH).post(payment.pay_url, {"decision": decision}, follow=True)
    assert answer.redirect_chain[0][1] == 302
    return answer.content.decode()


def state_on(html: str) -> str:
    found = re.search(r'<body data-state="(\w*)"', html)
    assert found
    return found[1]


def test_the_page_says_what_is_paid_and_how_long(payment: Payment) -> None:
    html = page(payment, **ENGLISH)
    assert '<html lang="en">' in html
    assert payment.order.number in html
    assert "Pay ¥39.00" in html
    assert re.search(r'role="timer">(10:00|09:5\d)<', html)
    assert state_on(html) == ""


def test_the_page_speaks_the_buyers_language(payment: Payment) -> None:
    assert '<html lang="zh-CN">' in page(payment)
    assert "确认支付" in page(payment, **{"Accept-Language": "zh-TW"})
    assert "Decline" in page(payment, "?lang=en", **{"Accept-Language": "zh"})
    assert "拒绝支付" in page(payment, "?lang=zh-CN", **ENGLISH)
    assert '<html lang="zh-CN">' in page(payment, "?lang=xx")
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()


def test_the_page_holds_no_script_or_style_of_its_own(payment: Payment) -> None:
    for html in (page(payment), press(payment, "later")):
        assert re.findall(r"<script(?![^>]* src=)", html) == []
        assert "<style" not in html
        assert " style=" not in html
        assert re.search(r"\son\w+=", html) is None
    assert finders.find("payments/sandbox.js")
    assert finders.find("payments/sandbox.css")


@pytest.mark.parametrize(
    ("decision", "state", "charge_state", "text"),
    [
        ("pay", "succeeded", "succeeded", "Paid"),
        ("decline", "failed", "declined", "Payment declined"),
        ("later", "started", "open", "Your order is kept for you"),
        ("steal", "", "open", "Pay ¥39.00"),
    ],
)
def test_the_buyer_decides(payment: Payment, decision: str, state: str, charge_state: str, text: str) -> None:
    html = press(payment, decision)
    assert (state_on(html), charge_of(payment).state) == (state, charge_state)
    assert text in html
    # The shop learns of it by webhook alone.
    assert Payment.objects.get().state == "started"


def test_a_decision_is_made_once(payment: Payment) -> None:
    press(payment, "decline")
    decided = SandboxCharge.objects.values().get()
    assert state_on(press(payment, "pay")) == "failed"
    assert SandboxCharge.objects.values().get() == decided


def test_nothing_is_paid_when_the_time_is_over(payment: Payment) -> None:
    lapse(payment)
    assert state_on(page(payment)) == "closed"
    assert state_on(press(payment, "pay")) == "closed"
    assert charge_of(payment).state == "closed"


def test_a_decision_needs_a_form_of_this_page(payment: Payment) -> None:
    answer = Client(enforce_csrf_checks=True).post(payment.pay_url, {"decision": "pay"})
    assert (answer.status_code, charge_of(payment).state) == (403, "open")


def test_there_is_no_page_without_its_token_or_where_it_is_not_offered(payment: Payment, settings: Any) -> None:
    assert Client().get("/sandbox/pay/guessed/").status_code == 404
    settings.PAYMENT_PROVIDERS = []
    assert Client().get(payment.pay_url).status_code == 404
    assert Client().post(payment.pay_url, {"decision": "pay"}).status_code == 404
    assert charge_of(payment).state == "open"


def test_amounts_as_people_read_them() -> None:
    assert [
        amount_text(*pair) for pair in ((123456789, "CNY"), (5, "USD"), (1200, "JPY"), (150, "SGD"), (12345, "KWD"))
    ] == [
        "¥1,234,567.89",
        "$0.05",
        "¥1,200",
        "SGD 1.50",
        "KWD 12.345",
    ]


def test_a_webhook_travels_over_http(transactional_db: None, live_server: LiveServer, settings: Any) -> None:
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    charge = decide(pay(order_sku()))
    assert delivery.deliver_due() == 1
    assert delivery.deliver_due() == 0
    charge.refresh_from_db()
    assert charge.notified_at is not None
    assert charge.deliveries == 1
    assert (Order.objects.get().state, ProviderEvent.objects.get().outcome) == ("paid", "done")


def test_a_decision_pays_the_order_by_itself(
    transactional_db: None, live_server: LiveServer, settings: Any, tasks_at_once: None
) -> None:
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    press(pay(order_sku()), "pay")
    assert Order.objects.get().state == "paid"


def test_a_broker_that_is_away_does_not_hold_up_the_buyer(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:9/0")
    assert app.conf.broker_write_url == "redis://127.0.0.1:9/0"
    payment = pay(order_sku())
    started = time.monotonic()
    assert state_on(press(payment, "pay")) == "succeeded"
    assert time.monotonic() - started < 5
    assert [record.name for record in caplog.records if "waits for beat" in record.message] == [
        "commerce.payments.nudge"
    ]


def test_a_webhook_nobody_takes_is_tried_again_with_growing_pauses(payment: Payment, settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"
    charge = decide(payment)
    pauses = []
    for _ in range(10):
        started = now()
        assert delivery.deliver_due() == 0
        charge.refresh_from_db()
        assert charge.deliver_at is not None
        pauses.append(round((charge.deliver_at - started).total_seconds()))
        SandboxCharge.objects.update(deliver_at=now() - timedelta(seconds=1))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert (charge.deliveries, charge.notified_at) == (10, None)


def test_a_webhook_is_sent_by_one_process_at_a_time(payment: Payment, settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"
    charge, same = decide(payment), charge_of(payment)
    assert not delivery.deliver(charge=charge)
    assert not delivery.deliver(charge=same)
    assert SandboxCharge.objects.values_list("deliveries").get() == (1,)
