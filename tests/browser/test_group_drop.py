"""Coupons in a group: whoever runs it drops them from the chat, a member claims one there and finds it among theirs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from chat.conversations.services import create_group, join_group
from tests.browser.shop import Shop
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_user
from tests.support.promoting import make_coupon
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_a_member_claims_what_the_owner_drops_in_the_chat(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    host, member = make_host(display_name="Lin"), make_user(display_name="Ming")
    group = create_group(founder_id=host.pk, title="Tea friends")
    join_group(user_id=member.pk, group_id=group.pk)
    make_coupon(way="drop", name_en="Spring", off=600, total=4)
    path, hosts, members = f"/chats/group/{group.pk}", live_stack.cookie_of(host), live_stack.cookie_of(member)
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    desk = shop.visit(path, size=DESK, cookie=hosts)
    phone = shop.visit(path, size=PHONE, cookie=members)
    expect(phone.get_by_role("textbox", name="Message")).to_be_visible()
    desk.get_by_role("button", name="Launch a flash sale or coupons").click()
    desk.get_by_role("dialog", name="Launch in this group").get_by_role("button", name="Coupon drop").press("Enter")
    sheet = desk.get_by_role("dialog", name="Drop coupons")
    sheet.get_by_label("Amount off (¥)").fill("0")
    sheet.get_by_role("button", name="Drop coupons").click()
    expect(sheet.get_by_label("Amount off (¥)")).to_be_focused()
    sheet.get_by_label("Amount off (¥)").fill("8")
    sheet.get_by_label("Coupons", exact=True).fill("3")
    sheet.get_by_role("button", name="Now", exact=True).click()
    expect(sheet.get_by_role("status")).to_contain_text("3 coupons · ¥8 · No minimum: starts at once")
    sheet.get_by_role("button", name="Drop coupons").press("Enter")
    expect(sheet).to_be_hidden()

    card = phone.get_by_role("article", name="Coupon drop: Coupon for members")
    expect(card).to_contain_text("3 of 3 left, 1 each")
    card.get_by_role("button", name="Claim").click()
    expect(card).to_contain_text("Yours · no. 1")
    own = desk.get_by_role("article", name="Coupon drop: Coupon for members")
    expect(own.locator("dl")).to_have_text("Claimed1Left2In all3")
    own.get_by_role("button", name="Stop").click()
    desk.get_by_role("dialog", name="Stop this drop?").get_by_role("button", name="Stop").click()
    expect(own).to_contain_text("Coupon drop stopped")

    # One that is there is dropped as well, of which there are so many left.
    desk.get_by_role("button", name="Launch a flash sale or coupons").click()
    desk.get_by_role("button", name="Coupon drop").click()
    sheet.get_by_role("combobox", name="Coupon").select_option(label="Spring · ¥6")
    expect(sheet.get_by_label("Amount off (¥)")).to_be_hidden()
    sheet.get_by_label("Coupons", exact=True).fill("5")
    sheet.get_by_role("button", name="Drop coupons").click()
    expect(sheet.get_by_label("Coupons", exact=True)).to_have_accessible_description("Only 4 left of this coupon.")
    sheet.get_by_label("Coupons", exact=True).fill("4")
    sheet.get_by_role("button", name="Now", exact=True).click()
    sheet.get_by_role("button", name="Drop coupons").click()
    expect(phone.get_by_role("article", name="Coupon drop: Spring")).to_contain_text("4 of 4 left, 1 each")

    # What was claimed stays good.
    card.get_by_role("link", name="My coupons").click()
    expect(phone.get_by_role("main")).to_contain_text("Coupon for members")
    assert complaints.lines == []
