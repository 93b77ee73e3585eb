"""An exchange as both sides live through it: chosen, agreed to, sent back and sent anew, with both parcels live."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from commerce.shipping.carriers import webhook
from project.kernel.clock import now, to_ms
from tests.browser.shop import Shop
from tests.commerce.aftersales.test_services import bought
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_sku, make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

HALL = {"zh": "杭州转运中心", "en": "Hangzhou hub"}


def size_of(name: str) -> list[dict[str, dict[str, str]]]:
    return [{"name": {"zh": "尺码", "en": "Size"}, "value": {"zh": name, "en": name}}]


def tell(page: Page, url: str, number: str, state: str, text: str) -> None:
    """The carrier's webhook, as it would come."""
    fields = {
        "id": f"{number}:{state}",
        "number": number,
        "state": state,
        "at": to_ms(now()),
        "place": HALL,
        "text": {"zh": text, "en": text},
    }
    body = json.dumps(fields)
    headers = {webhook.HEADER: webhook.sign(body=body.encode(), carrier="sf", at=now())}
    answer = page.request.post(
        f"{url}/api/shipping/webhooks/sf/", data=body, headers={**headers, "Content-Type": "application/json"}
    )
    assert answer.ok, answer.text()


def test_an_exchange_from_the_question_to_the_receipt(
    request: pytest.FixtureRequest, settings: Any, live_stack: Stack, complaints: Complaints
) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    order = bought((6000, 1))
    product = order.lines.get().sku.product
    make_sku(product=product, price=6000, list_price=None, stock=4, options=size_of("Large"))
    title = product.title_en
    buyer, seller = live_stack.cookie_of(order.buyer), live_stack.cookie_of(make_user(is_staff=True))
    number = order.number
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    # The buyer wants a larger one.
    phone = shop.visit(f"/orders/{number}", size=PHONE, cookie=buyer)
    phone.get_by_role("button", name="Refund or return").click()
    sheet = phone.get_by_role("dialog")
    sheet.get_by_role("radio", name="Exchange").click()
    sheet.get_by_role("radio", name="Large").click()
    sheet.get_by_label("Reason").select_option("wrong_size")
    sheet.get_by_role("button", name="Send request").click()
    expect(phone.get_by_role("heading", name="Waiting for the seller")).to_be_visible()
    expect(phone.get_by_text("Large")).to_be_visible()

    # The seller agrees; the page of the buyer says so by itself.
    desk = shop.visit("/studio/after-sales", size=DESK, cookie=seller)
    desk.get_by_role("button", name="Approve").click()
    desk.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(phone.get_by_role("heading", name="Send it back")).to_be_visible()
    phone.get_by_label("Tracking number").fill("no")
    phone.get_by_role("button", name="I have sent it").click()
    expect(phone.get_by_text("letters and digits")).to_be_visible()
    phone.get_by_label("Tracking number").fill("SF0001")
    phone.get_by_role("button", name="I have sent it").click()
    back = phone.get_by_role("article").filter(has_text="SF0001")
    expect(back).to_contain_text("Waiting for the carrier")

    # The carrier tells where it is: live for the buyer, and in the studio.
    tell(phone, live_stack.url, "SF0001", "delivered", "Signed for at the gate")
    expect(back).to_contain_text("Arrived at the seller")
    desk.get_by_role("button", name="Refresh").click()
    expect(desk.get_by_text("SF0001")).to_be_visible()
    desk.get_by_text("SF0001").click()
    expect(desk.get_by_text("Signed for at the gate")).to_be_visible()
    desk.get_by_role("button", name="Goods are back").click()
    desk.get_by_role("button", name="Go on").click()
    desk.get_by_role("button", name="Send another one").click()
    form = desk.get_by_role("dialog")
    form.get_by_label("Tracking number").fill("SF0002")
    form.get_by_role("button", name="Go on").click()
    expect(phone.get_by_role("heading", name="New one on its way")).to_be_visible()
    anew = phone.get_by_role("article").filter(has_text="SF0002")
    tell(phone, live_stack.url, "SF0002", "in_transit", "Left the hub")
    expect(anew).to_contain_text("Left the hub")

    # Both parcels are with the order, too; and when it is there, it is there.
    phone.goto(f"{live_stack.url}/orders/{number}")
    expect(phone.get_by_role("article").filter(has_text="Sent in exchange")).to_contain_text("On its way")
    phone.get_by_role("link", name=re.compile(title)).last.click()
    phone.get_by_role("button", name="I have received it").click()
    phone.get_by_role("dialog").get_by_role("button", name="I have received it").click()
    expect(phone.get_by_role("heading", name="Exchanged")).to_be_visible()
    assert complaints.lines == []
