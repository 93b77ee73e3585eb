"""A file, a product and an order go from one person to another: from the chat, and from their own pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chat.messages.models import Message
from commerce.catalog.models import Product
from commerce.orders.models import Order
from commerce.search.services import reindex_changed
from tests.browser.shop import Shop
from tests.browser.test_chats import ROWS, befriend, group_of, meanwhile, shop
from tests.support.buying import order_sku
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_product, make_sku, make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
__all__ = ["shop"]


def add(page: Page, kind: str) -> Any:
    """Opens what can be added, by keyboard, and goes to this kind; answers its sheet."""
    page.get_by_role("button", name="Add a picture, a file or a card").press("Enter")
    page.get_by_role("dialog", name="Add to the message").get_by_role("button", name=kind).press("Enter")
    return page.get_by_role("dialog", name=kind)


def test_what_is_sent_in_a_group_is_opened_by_the_other_one(
    shop: Callable[[], Shop], live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    befriend(mia, leo)
    group = group_of(mia, leo)
    pot = make_sku(product=make_product(title_en="Purple clay teapot"), price=9900)
    make_sku(product=make_product(title_en="Bamboo tray"))
    order = order_sku(buyer=mia, sku=pot)
    reindex_changed()
    cookies = [live_stack.cookie_of(one) for one in (mia, leo)]
    path = f"/chats/group/{group.pk}"
    site = shop()
    mias, leos = (site.visit(path, size=size, cookie=one) for size, one in zip((DESK, PHONE), cookies, strict=True))
    leos.get_by_role("button", name="Add a picture, a file or a card").click()
    leos.get_by_role("dialog").get_by_role("button", name="Order").click()
    expect(leos.get_by_role("heading", name="No orders yet")).to_be_visible()
    leos.keyboard.press("Escape")
    expect(leos.get_by_role("button", name="Add a picture, a file or a card")).to_be_focused()

    mias.get_by_role("button", name="Add a picture, a file or a card").click()
    given = {"name": "brewing.txt", "mimeType": "text/plain", "buffer": b"90 degrees, two minutes"}
    mias.get_by_role("dialog").get_by_label("File").set_input_files([given])
    expect(mias.get_by_text("brewing.txt")).to_be_visible()
    mias.get_by_role("textbox", name="Message").press("Enter")
    file = leos.locator(ROWS).get_by_role("link", name="brewing.txt")
    content = file.evaluate("async (link) => (await fetch(link.href)).text()")
    assert content == "90 degrees, two minutes"

    sheet = add(mias, "Product")
    expect(sheet.get_by_role("searchbox")).to_be_focused()
    sheet.get_by_role("searchbox").fill("nowhere sold")
    expect(sheet.get_by_role("heading", name="No product has these words.")).to_be_visible()
    sheet.get_by_role("searchbox").fill("teapot")
    expect(sheet.get_by_role("listitem")).to_have_count(1)
    sheet.get_by_role("button", name="Purple clay teapot").press("Enter")
    expect(sheet).to_be_hidden()
    mias.keyboard.type("This one")
    mias.keyboard.press("Enter")
    sent = leos.locator(ROWS, has_text="This one")
    expect(sent.get_by_role("link", name="Purple clay teapot")).to_contain_text("¥99")
    add(mias, "Order").get_by_role("button", name=order.number).press("Enter")
    mias.keyboard.press("Enter")
    card = leos.locator(ROWS).last.get_by_role("link", name="Purple clay teapot")
    expect(card).not_to_contain_text("¥")

    # An order is its buyer's alone; a product is everybody's.
    card.click()
    expect(leos.get_by_text("Only who bought it sees an order.")).to_be_visible()
    leos.go_back()
    sent.get_by_role("link", name="Purple clay teapot").click()
    expect(leos.get_by_role("heading", name="Purple clay teapot")).to_be_visible()
    mias.locator(ROWS).last.get_by_role("link", name="Purple clay teapot").click()
    expect(mias.get_by_text(order.number)).to_be_visible()

    # What is withdrawn while it is chosen is refused, and stays with its words until it is given up.
    mias.go_back()
    add(mias, "Product").get_by_role("button", name="Purple clay teapot").press("Enter")
    meanwhile(lambda: Product.objects.filter(pk=pot.product_id).update(visible=False))
    mias.keyboard.type("Still there?")
    mias.keyboard.press("Enter")
    refused = mias.locator(ROWS, has_text="Still there?")
    expect(refused.get_by_role("alert")).to_contain_text("can no longer be sent. Choose it again.")
    expect(refused).to_contain_text("Purple clay teapot")
    refused.get_by_role("button", name="Delete").click()
    expect(refused).to_have_count(0)
    kept = Message.objects.filter(conversation=group.pk, author=mia).order_by("seq").values_list("text", flat=True)
    assert meanwhile(lambda: list(kept)) == ["", "This one", ""]


def test_products_and_orders_are_shared_from_their_pages(
    shop: Callable[[], Shop], live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo, ann = (make_user(display_name=name) for name in ("Mia", "Leo", "Ann"))
    group = group_of(mia, leo)
    pot = make_sku(product=make_product(title_en="Purple clay teapot"), price=9900)
    order: Order = order_sku(buyer=mia, sku=pot)
    cookies = [live_stack.cookie_of(one) for one in (mia, leo, ann)]
    site = shop()
    leos = site.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookies[1])
    for path, text in ((f"/products/{pot.product_id}", "Look"), (f"/orders/{order.number}", "")):
        page = site.visit(path, size=PHONE, cookie=cookies[0])
        page.get_by_role("button", name="Share to a chat").press("Enter")
        sheet = page.get_by_role("dialog", name="Share to a chat")
        expect(sheet.get_by_role("button", name="Send")).to_be_disabled()
        sheet.get_by_role("radio", name="Tea friends").press("Space")
        sheet.get_by_role("textbox", name="Say something about it").fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Sent to Tea friends").first).to_be_visible()
        expect(sheet).to_be_hidden()
        expect(page.get_by_role("button", name="Share to a chat")).to_be_focused()
        row = leos.locator(ROWS).last
        expect(row.get_by_role("link", name="Purple clay teapot")).to_have_attribute("href", path)
        expect(row).to_contain_text(text)
    page = site.visit(f"/products/{pot.product_id}", size=DESK, cookie=cookies[2])
    page.get_by_role("button", name="Share to a chat").click()
    expect(page.get_by_role("heading", name="No chats yet")).to_be_visible()
    assert complaints.lines == []
