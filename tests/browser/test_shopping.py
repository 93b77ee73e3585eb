"""Shopping as people do it: collected as a guest, taken along at log-in, seen on another device, paid with a coupon."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from commerce.cart import services as cart
from commerce.payments.services.closing import cancel_order
from tests.browser.addresses import write_address
from tests.browser.shop import Shop
from tests.browser.test_chats import Line, meanwhile
from tests.support.buying import order_sku
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import PASSWORD, make_product, make_sku, make_user
from tests.support.promoting import make_coupon, make_threshold
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_from_a_guests_cart_to_a_paid_order(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    cup = make_sku(product=make_product(title_en="Celadon cup"), price=6000, list_price=None, stock=20)
    tray = make_sku(product=make_product(title_en="Bamboo tray"), price=5000, list_price=None, stock=3)
    make_threshold((15000, 1000), name_en="10 off 150")
    make_coupon(off=500, name_en="Live room")
    buyer = make_user(email="viewer@example.com")
    cookie = live_stack.cookie_of(buyer)
    staff = live_stack.cookie_of(make_user(is_staff=True))
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    # A guest collects, changes and finds it again.
    phone = shop.visit(f"/products/{cup.product_id}", size=PHONE)
    phone.get_by_role("button", name="Add to cart").click()
    expect(phone.get_by_role("dialog").get_by_text("In your cart")).to_be_visible()
    phone.goto(f"{live_stack.url}/products/{tray.product_id}")
    phone.get_by_role("button", name="Add to cart").click()
    phone.get_by_role("link", name="2 items in the cart").click()
    expect(phone.get_by_text("Only 3 left")).to_be_visible()
    # What a threshold takes off is announced, and taken off as soon as it is reached.
    expect(phone.get_by_text("¥40 more and you save ¥10 (10 off 150)")).to_be_visible()
    phone.get_by_role("group", name="How many of Celadon cup").get_by_role("button", name="More").click()
    expect(phone.get_by_role("definition").filter(has_text="-¥10")).to_be_visible()
    expect(phone.get_by_text("¥160")).to_be_visible()

    # Logged in, it is on the other device as well, and stays one cart.
    desk = shop.visit("/cart", size=DESK, cookie=cookie)
    expect(desk.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    phone.goto(f"{live_stack.url}/login?next=/cart")
    phone.get_by_label("E-mail").fill(buyer.email)
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Log in", exact=True).click()
    expect(phone.get_by_role("button", name="Check out (3)")).to_be_visible()
    expect(desk.get_by_role("button", name="Check out (3)")).to_be_visible()
    desk.get_by_role("checkbox", name="Select Bamboo tray").click()
    expect(phone.get_by_role("button", name="Check out (2)")).to_be_visible()
    desk.get_by_role("checkbox", name="Select Bamboo tray").click()
    expect(phone.get_by_role("button", name="Check out (3)")).to_be_visible()

    # A coupon, and why it costs that.
    phone.goto(f"{live_stack.url}/coupons")
    phone.get_by_role("button", name="Take").click()
    expect(phone.get_by_text("Taken", exact=True)).to_be_visible()
    phone.goto(f"{live_stack.url}/cart")
    phone.get_by_role("button", name="Check out (3)").click()
    expect(phone.get_by_role("button", name="Place order ¥155")).to_be_visible()
    expect(phone.get_by_role("definition").filter(has_text="-¥10")).to_be_visible()
    phone.get_by_role("button", name=re.compile("^Coupons")).click()
    phone.get_by_role("checkbox", name=re.compile("Live room")).click()
    expect(phone.get_by_role("checkbox", name=re.compile("Live room"))).not_to_be_checked()
    phone.get_by_role("button", name="Use the best").click()
    expect(phone.get_by_role("checkbox", name=re.compile("Live room"))).to_be_checked()
    phone.get_by_role("button", name="Done").click()

    # An invoice for a company, which has a tax number; a long name makes no page wider.
    company = "上海某某文化传播有限责任公司第一分公司"
    phone.get_by_role("button", name="Invoice None").click()
    invoice = phone.get_by_role("dialog", name="Invoice")
    invoice.get_by_role("button", name="Company").click()
    invoice.get_by_label("Company name").fill(company)
    invoice.get_by_label("E-mail it is sent to").fill("books@example.com")
    invoice.get_by_role("button", name="Done").click()
    expect(invoice.get_by_label("Tax number")).to_have_accessible_description("Please fill this in.")
    invoice.get_by_label("Tax number").fill("91310000MA1FL0000X")
    invoice.get_by_role("button", name="Done").click()
    expect(phone.get_by_role("button", name=f"Invoice Company · {company}")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    # Without an address nothing is ordered; with one it is, and paid.
    phone.get_by_role("button", name="Place order ¥155").click()
    expect(phone.get_by_text("Choose where it goes.")).to_be_visible()
    phone.get_by_role("button", name="Add a delivery address").click()
    write_address(phone.get_by_role("dialog").last)
    phone.get_by_role("button", name="Place order ¥155").click()
    phone.frame_locator("iframe").get_by_role("button", name=re.compile("^(Pay|确认支付) ")).click()
    expect(phone.get_by_role("heading", name="Payment received")).to_be_visible()
    phone.get_by_role("link", name="See the order").click()
    expect(phone.get_by_role("dialog")).to_be_hidden()
    expect(phone.get_by_role("heading", name="Paid")).to_be_visible()
    expect(phone.get_by_text(company)).to_be_visible()
    expect(desk.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    (order,) = phone.request.get(f"{live_stack.url}/api/orders/").json()["results"]
    assert (order["state"], order["total"]["amount"], order["discount_total"]["amount"]) == ("paid", 15500, 1500)
    (coupon,) = phone.request.get(f"{live_stack.url}/api/coupons/mine/?state=used").json()["results"]
    assert coupon["coupon"]["name"]["en"] == "Live room"

    # Who ships it reads what the invoice is to say.
    studio = shop.visit("/studio/to-ship", size=DESK, cookie=staff)
    for said in ("Invoice, company:", company, "91310000MA1FL0000X", "books@example.com"):
        expect(studio.get_by_text(said, exact=True)).to_be_visible()


def test_what_happens_before_a_page_listens_is_seen_once_it_does(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    buyer, cup = make_user(), make_sku(product=make_product(title_en="Celadon cup"), stock=20)
    order = order_sku(buyer=buyer, sku=cup)
    cart.put(shopper_id=buyer.pk, sku_id=cup.pk, quantity=2)
    cookie = live_stack.cookie_of(buyer)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    pages = [shop.visit(path, size=PHONE, cookie=cookie) for path in ("/cart", f"/orders/{order.number}")]
    lines = [Line(page) for page in pages]
    for page, line in zip(pages, lines, strict=True):
        line.refuse_sockets()
        page.reload()
    in_cart, of_order = pages
    expect(in_cart.get_by_role("button", name="Check out (2)")).to_be_visible()
    expect(of_order.get_by_role("button", name="Cancel order")).to_be_visible()

    meanwhile(lambda: cart.change_line(shopper_id=buyer.pk, sku_id=cup.pk, quantity=5))
    meanwhile(lambda: cancel_order(buyer_id=buyer.pk, number=order.number))
    for line in lines:
        line.mend()
    expect(in_cart.get_by_role("button", name="Check out (5)")).to_be_visible()
    expect(of_order.get_by_text("You cancelled this order.")).to_be_visible()
