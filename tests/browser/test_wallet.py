"""A wallet that is topped up on the phone and seen on the desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_shopping import Shop
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_a_top_up_is_begun_left_gone_on_with_and_seen_everywhere(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    user = make_user()
    cookie = live_stack.cookie_of(user)
    live_stack.environment["PAYMENT_PROVIDERS"] = "sandbox,wallet"
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    desk = shop.visit("/wallet", size=DESK, cookie=cookie)
    phone = shop.visit("/wallet", size=PHONE, cookie=cookie)
    expect(desk.get_by_text("Nothing yet")).to_be_visible()

    phone.get_by_role("button", name="Top up").click()
    amount = phone.get_by_label("Another amount")
    amount.fill("0.5")
    expect(phone.get_by_text("At least ¥1.")).to_be_visible()
    amount.fill("88.80")
    phone.get_by_role("button", name="Top up ¥88.80").click()
    pay = phone.frame_locator("iframe").get_by_role("button", name=re.compile("^(Pay|确认支付) "))
    expect(pay).to_be_visible()
    # Left for now: it waits, here and on the other device.
    phone.keyboard.press("Escape")
    expect(desk.get_by_role("heading", name="Waiting for your payment")).to_be_visible()
    phone.get_by_role("button", name="Continue").click()
    pay.click()
    expect(phone.get_by_role("heading", name="¥88.80 added to your wallet")).to_be_visible()
    expect(desk.get_by_text("Balance ¥88.80")).to_be_visible()
    expect(desk.get_by_role("heading", name="Waiting for your payment")).to_be_hidden()
    assert phone.request.get(f"{live_stack.url}/api/wallet/").json()["balances"] == [
        {"amount": 8880, "currency": "CNY"}
    ]
    assert complaints.lines == []
