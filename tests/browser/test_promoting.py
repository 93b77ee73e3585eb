"""Promotions from the page where they are made to the order that they make cheaper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from commerce.search.services import reindex_changed
from tests.browser.shop import Shop
from tests.support.buying import address_of
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_product, make_sku, make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_ladder_and_a_coupon_come_to_somebody_who_uses_both(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    cup = make_sku(product=make_product(title_en="Celadon cup"), price=6000, list_price=None, stock=20)
    buyer, seller = make_user(display_name="Ming"), make_user(is_staff=True)
    address_of(buyer.pk)
    reindex_changed()
    buyers, sellers = live_stack.cookie_of(buyer), live_stack.cookie_of(seller)
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    # A ladder for one product. What is wrong is said beside it, and nothing is made.
    studio = shop.visit("/studio/promotions", size=DESK, cookie=sellers)
    expect(studio.get_by_text("No coupons yet. Make the first one.")).to_be_visible()
    studio.get_by_text("Threshold discounts", exact=True).click()
    expect(studio.get_by_text("No threshold discounts yet. Make the first one.")).to_be_visible()
    studio.get_by_role("button", name="New", exact=True).click()
    dialog = studio.get_by_role("dialog", name="New threshold discount")
    dialog.get_by_label("Name (Chinese)").fill("茶杯满减")
    dialog.get_by_label("From (¥)").fill("100")
    dialog.get_by_label("Amount off (¥)").fill("10")
    dialog.get_by_role("button", name="Add a step").click()
    dialog.get_by_label("From (¥)").last.fill("90")
    dialog.get_by_label("Amount off (¥)").last.fill("30")
    dialog.get_by_text("Some goods", exact=True).click()
    dialog.get_by_role("button", name="Make", exact=True).click()
    expect(dialog.get_by_text("Each step has to start higher than the one before.")).to_be_visible()
    expect(dialog.get_by_text("Choose a category or a product, or choose everything.")).to_be_visible()
    dialog.get_by_label("From (¥)").last.fill("200")
    dialog.get_by_role("combobox", name="Products").fill("celadon")
    studio.get_by_role("option", name="Celadon cup").click()
    dialog.get_by_role("button", name="Make", exact=True).press("Enter")
    expect(dialog).to_be_hidden()
    row = studio.get_by_role("listitem").filter(has_text="茶杯满减")
    expect(row).to_contain_text("¥10 off from ¥100, ¥30 off from ¥200")
    expect(row).to_contain_text("Celadon cup")

    # A coupon that is given to one person.
    studio.get_by_text("Coupons", exact=True).click()
    studio.get_by_role("button", name="New", exact=True).click()
    dialog = studio.get_by_role("dialog", name="New coupon")
    dialog.get_by_label("Name (Chinese)").fill("老客回馈")
    dialog.get_by_label("Name (English)").fill("For regulars")
    dialog.get_by_role("combobox", name="How one gets it").press("ArrowDown")
    studio.get_by_role("option", name="Given by you").click()
    dialog.get_by_label("Amount off (¥)").fill("5")
    dialog.get_by_role("button", name="Make", exact=True).click()
    expect(dialog).to_be_hidden()
    for outcome in ("Given, and told", "Had it already"):
        studio.get_by_role("button", name="Give “For regulars” to people").click()
        dialog = studio.get_by_role("dialog", name="Give “For regulars”")
        dialog.get_by_role("combobox", name="People").fill("min")
        studio.get_by_role("option", name=f"Ming · #{buyer.pk}").click()
        dialog.get_by_role("button", name="Give", exact=True).press("Enter")
        expect(dialog.get_by_role("listitem").filter(has_text="Ming")).to_contain_text(outcome)
        dialog.get_by_role("button", name="Done").click()
        expect(dialog).to_be_hidden()

    # Now it is worth what it is worth; its name may still change.
    studio.get_by_role("button", name="Edit “For regulars”").click()
    dialog = studio.get_by_role("dialog", name="Edit the coupon")
    expect(dialog.get_by_label("Amount off (¥)")).to_be_disabled()
    dialog.get_by_label("Name (English)").fill("For our regulars")
    dialog.get_by_role("button", name="Save").click()
    expect(studio.get_by_role("button", name="Edit “For our regulars”")).to_be_visible()

    # Who was given it hears of it, and pays less for what is in the cart.
    phone = shop.visit("/inbox", size=PHONE, cookie=buyers)
    phone.get_by_role("link", name="A coupon for you: For regulars").click()
    expect(phone.get_by_role("main")).to_contain_text("For our regulars")
    phone.goto(f"{live_stack.url}/products/{cup.product_id}")
    expect(phone.get_by_text("¥10 off from ¥100, ¥30 off from ¥200")).to_be_visible()
    phone.get_by_role("button", name="Add to cart").click()
    phone.get_by_role("link", name="1 item in the cart").click()
    expect(phone.get_by_text("¥40 more and you save ¥10 (茶杯满减)")).to_be_visible()
    phone.get_by_role("group", name="How many of Celadon cup").get_by_role("button", name="More").click()
    expect(phone.get_by_text("¥110")).to_be_visible()
    phone.get_by_role("button", name="Check out (2)").click()
    phone.get_by_role("button", name="Place order ¥105").click()
    phone.frame_locator("iframe").get_by_role("button", name=re.compile("^(Pay|确认支付) ")).click()
    expect(phone.get_by_role("heading", name="Payment received")).to_be_visible()
    (order,) = phone.request.get(f"{live_stack.url}/api/orders/").json()["results"]
    assert (order["total"]["amount"], order["discount_total"]["amount"]) == (10500, 1500)
    (used,) = phone.request.get(f"{live_stack.url}/api/coupons/mine/?state=used").json()["results"]
    assert used["coupon"]["name"]["en"] == "For our regulars"
    assert complaints.lines == []
