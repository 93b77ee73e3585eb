"""Whoever runs a group keeps order in it from a phone; an open chat shows it within a second."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.shop import Shop
from tests.browser.test_chats import Line, group_of, write
from tests.support.chromium import PHONE, Complaints
from tests.support.factories import make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

SECOND_MS = 1_000


def test_what_is_set_for_a_group_shows_in_an_open_chat(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    group = group_of(mia, leo)
    cookies = [live_stack.cookie_of(user) for user in (mia, leo)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    mias = shop.visit(f"/chats/group/{group.pk}/about", size=PHONE, cookie=cookies[0])
    tablet = shop.visit(f"/chats/group/{group.pk}/about", size=PHONE, cookie=cookies[0])
    leos = shop.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookies[1])
    words = leos.get_by_role("textbox", name="Message")
    conduct = mias.get_by_role("region", name="Order in the chat")
    elsewhere = tablet.get_by_role("region", name="Order in the chat")
    write(leos, "Hello")
    expect(leos.get_by_role("log")).to_contain_text("Hello")
    expect(elsewhere).to_be_visible()

    # Slow mode: who has just written waits.
    slow = conduct.get_by_role("combobox", name="Slow mode")
    slow.select_option(label="2 min")
    expect(words).to_have_attribute("placeholder", re.compile(r"^Slow mode: again in \d+ s$"), timeout=SECOND_MS)
    expect(slow).to_have_value("120")
    expect(elsewhere.get_by_role("combobox", name="Slow mode")).to_have_value("120")
    slow.select_option(label="Off")
    expect(words).to_have_attribute("placeholder", "Message", timeout=SECOND_MS)

    # Chat off, which asks first: members read along, and what was begun is there afterwards.
    words.fill("My teapot")
    off = conduct.get_by_role("switch", name="Only managers write")
    off.click()
    mias.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(off).not_to_be_checked()
    off.click()
    mias.get_by_role("dialog").get_by_role("button", name="Only managers").click()
    expect(leos.get_by_role("status").get_by_text("Only managers can write here")).to_be_visible(timeout=SECOND_MS)
    expect(words).to_be_hidden()
    expect(off).to_be_checked()
    expect(elsewhere.get_by_role("switch", name="Only managers write")).to_be_checked()
    off.press("Space")
    expect(words).to_be_visible(timeout=SECOND_MS)
    expect(words).to_have_value("My teapot")

    # Held: the member knows before writing. Raid mode ends on all devices.
    conduct.get_by_role("switch", name="Review every message").click()
    expect(leos.get_by_text("A manager reviews each message")).to_be_visible(timeout=SECOND_MS)
    conduct.get_by_role("combobox", name="How long raid mode lasts").select_option(label="1 hour")
    conduct.get_by_role("button", name="Start").click()
    expect(elsewhere.get_by_role("timer")).to_have_text(re.compile(r"^(59:|1:00:00)"))
    elsewhere.get_by_role("button", name="End now").click()
    expect(conduct.get_by_role("button", name="Start")).to_be_visible()

    # Who does not run the group sees nothing of it, and what fails says so.
    leos.goto(f"{live_stack.url}/chats/group/{group.pk}/about")
    expect(leos.get_by_role("button", name="Leave group")).to_be_visible()
    expect(leos.get_by_text("Order in the chat")).to_have_count(0)
    assert complaints.lines == []
    line = Line(mias)
    mias.reload()
    expect(off).not_to_be_checked()
    line.cut()
    off.click()
    mias.get_by_role("dialog").get_by_role("button", name="Only managers").click()
    expect(mias.get_by_text("No answer arrived").first).to_be_visible()
    expect(off).not_to_be_checked()
