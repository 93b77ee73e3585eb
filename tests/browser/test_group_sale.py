"""A flash sale in a group: whoever runs it launches it from the chat, a member claims it there and goes on to pay."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from chat.conversations.services import create_group, join_group
from tests.browser.shop import Shop
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_product, make_shelf_item, make_show, make_sku, make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_a_member_claims_what_the_owner_sells_in_the_chat(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    host, member = make_host(display_name="Lin"), make_user(display_name="Ming")
    sku = make_sku(product=make_product(title_zh="茶壶", title_en="Teapot"))
    make_shelf_item(show=make_show(host=host, state="ended"), product=sku.product)
    group = create_group(founder_id=host.pk, title="Tea friends")
    join_group(user_id=member.pk, group_id=group.pk)
    path, hosts, members = f"/chats/group/{group.pk}", live_stack.cookie_of(host), live_stack.cookie_of(member)
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    desk = shop.visit(path, size=DESK, cookie=hosts)
    phone = shop.visit(path, size=PHONE, cookie=members)
    expect(phone.get_by_role("textbox", name="Message")).to_be_visible()
    expect(phone.get_by_role("button", name="Launch a flash sale or coupons")).to_have_count(0)
    desk.get_by_role("button", name="Launch a flash sale or coupons").click()
    desk.get_by_role("dialog", name="Launch in this group").get_by_role("button", name="Flash sale").click()
    sheet = desk.get_by_role("dialog", name="Launch a flash sale")
    sheet.get_by_role("button", name="Teapot").click()
    sheet.get_by_role("button", name="Launch", exact=True).click()
    expect(sheet.get_by_label("Deal price (¥)")).to_be_focused()
    sheet.get_by_label("Deal price (¥)").fill("1.50")
    sheet.get_by_label("Units").fill("3")
    sheet.get_by_role("button", name="Now", exact=True).click()
    sheet.get_by_role("button", name="Launch", exact=True).press("Enter")
    expect(sheet).to_be_hidden()

    card = phone.get_by_role("article", name="Flash sale: Teapot")
    expect(card).to_contain_text("3 of 3 left, 1 each")
    card.get_by_role("button", name="Claim").click()
    expect(card).to_contain_text("Yours · no. 1")
    own = desk.get_by_role("article", name="Flash sale: Teapot")
    expect(own.locator("dl")).to_have_text("Paid0On hold1Units3")
    own.get_by_role("button", name="Stop").click()
    desk.get_by_role("dialog", name="Stop this sale?").press("Escape")
    expect(own.get_by_role("button", name="Stop")).to_be_focused()
    own.get_by_role("button", name="Stop").press("Enter")
    desk.get_by_role("dialog", name="Stop this sale?").get_by_role("button", name="Stop").click()
    expect(own).to_contain_text("Flash sale stopped")
    # What was won may still be paid.
    card.get_by_role("button", name="Pay now").click()
    expect(phone.get_by_role("dialog").filter(has_text="Teapot")).to_be_visible()
    assert complaints.lines == []
