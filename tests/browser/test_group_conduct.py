"""Whoever runs a group keeps order in it from a phone; an open chat shows it within a second."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from chat.conversations.services import appoint
from community.moderation.services.sanctions import add_sanction, lift_sanction
from tests.browser.shop import Shop
from tests.browser.test_chats import Line, group_of, meanwhile, menu_of, say, write
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


def test_who_runs_a_group_mutes_a_member_and_lifts_it(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo, ann = (make_user(display_name=name) for name in ("Mia", "Leo", "Ann"))
    group = group_of(mia, leo, ann)
    appoint(appointed_by=mia.pk, group_id=group.pk, user_id=ann.pk, manager=True)
    channel = f"group:{group.pk}"
    say(channel, leo, "Buy my watches")
    say(channel, ann, "Please do not")
    cookies = [live_stack.cookie_of(user) for user in (ann, leo, mia)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    anns, leos = (shop.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookie) for cookie in cookies[:2])
    mias = shop.visit(f"/chats/group/{group.pk}/members", size=PHONE, cookie=cookies[2])
    elsewhere = mias.get_by_role("listitem").filter(has_text="Leo").get_by_role("button")
    expect(elsewhere).to_be_visible()
    words = leos.get_by_role("textbox", name="Message")
    words.fill("But they are good")

    # A manager mutes over a message, by keyboard; the member's open chat says why, and what was said goes with it.
    expect(menu_of(anns, "Please do not").get_by_role("button", name="Pin")).to_be_visible()
    expect(anns.get_by_role("button", name="Mute, kick out or ban")).to_have_count(0)
    anns.keyboard.press("Escape")
    menu_of(anns, "Buy my watches").get_by_role("button", name="Mute, kick out or ban").press("Enter")
    sheet = anns.get_by_role("dialog", name="Restrict Leo")
    expect(sheet.get_by_role("region", name="In force now")).to_contain_text("Nothing")
    expect(sheet.get_by_role("radio", name=re.compile("^Mute"))).to_be_checked()
    sheet.get_by_label("For how long").select_option(label="1 hour")
    sheet.get_by_label("Rule that was broken").fill("No watches <b>here</b>")
    sheet.get_by_role("checkbox", name="Also hide").press("Space")
    sheet.get_by_role("button", name="Mute", exact=True).press("Enter")
    expect(leos.get_by_text("Muted", exact=True)).to_be_visible(timeout=SECOND_MS)
    expect(leos.get_by_text("Rule: No watches <b>here</b>")).to_be_visible()
    expect(words).to_be_hidden()
    expect(leos.get_by_role("log").get_by_text("Buy my watches")).to_have_count(0)
    expect(sheet).to_be_hidden()
    # Whoever else runs the group sees it as well, without asking.
    expect(elsewhere).to_contain_text(re.compile("Muted · Until"), timeout=SECOND_MS)

    # The list of members marks it for those who run the group, and there it is lifted.
    anns.goto(f"{live_stack.url}/chats/group/{group.pk}/members")
    row = anns.get_by_role("listitem").filter(has_text="Leo").get_by_role("button")
    expect(row).to_contain_text(re.compile("Muted · Until"))
    # Who runs it as well cannot be restricted.
    anns.get_by_role("listitem").filter(has_text="Mia").get_by_role("button").click()
    expect(anns.get_by_role("dialog").get_by_role("link", name="Profile")).to_be_visible()
    expect(anns.get_by_role("button", name="Mute, kick out or ban")).to_have_count(0)
    anns.keyboard.press("Escape")
    row.click()
    anns.get_by_role("button", name="Mute, kick out or ban").click()
    expect(sheet.get_by_role("region", name="In force now")).to_contain_text("by Ann")
    sheet.get_by_role("button", name="Lift").click()
    expect(sheet.get_by_role("region", name="In force now")).to_contain_text("Nothing")
    expect(words).to_be_visible(timeout=SECOND_MS)
    expect(words).to_have_value("But they are good")
    expect(elsewhere).not_to_contain_text("Muted")
    expect(leos.get_by_role("log").get_by_text("Buy my watches")).to_be_visible()

    # In the shadow, a member is told nothing, and nobody else hears.
    sheet.get_by_role("radio", name=re.compile("^Shadow mute")).check()
    sheet.get_by_role("button", name="Shadow mute").click()
    expect(row).to_contain_text("Shadow mute · Until")
    words.press("Enter")
    expect(leos.get_by_role("log").get_by_text("But they are good")).to_be_visible()
    anns.goto(f"{live_stack.url}/chats/group/{group.pk}")
    expect(anns.get_by_role("log").get_by_text("Please do not")).to_be_visible()
    expect(anns.get_by_text("But they are good")).to_have_count(0)
    leos.goto(f"{live_stack.url}/chats/group/{group.pk}/members")
    expect(leos.get_by_role("listitem").filter(has_text="Leo")).to_be_visible()
    expect(leos.get_by_text("Shadow mute")).to_have_count(0)
    assert complaints.lines == []


def test_whoever_was_banned_is_back_in_an_open_chat_when_it_is_over(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    mia, leo = make_user(display_name="Mia"), make_user(display_name="Leo")
    group = group_of(mia, leo)
    channel = f"group:{group.pk}"
    say(channel, mia, "Tea is ready")
    cookie = live_stack.cookie_of(leo)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    phone, tablet = (shop.visit(f"/chats/group/{group.pk}", size=PHONE, cookie=cookie) for _ in range(2))
    words = phone.get_by_role("textbox", name="Message")
    words.fill("I am here")
    ban = {"by": mia.pk, "user_id": leo.pk, "scope": channel, "reason": "abuse", "secs": 600}

    sanction = meanwhile(lambda: add_sanction(kind="ban", **ban))
    expect(phone.get_by_role("status").get_by_text("You are banned from this chat.")).to_be_visible(timeout=SECOND_MS)
    tablet.reload()
    expect(tablet.get_by_role("heading", name="You are banned from this chat.")).to_be_visible()
    meanwhile(lambda: say(channel, mia, "Come in"))
    meanwhile(lambda: lift_sanction(by=mia.pk, sanction_id=sanction.pk))
    for page in (phone, tablet):
        expect(page.get_by_role("log").get_by_text("Come in")).to_be_visible()
        expect(page.get_by_text("You are banned from this chat.")).to_have_count(0)
    expect(words).to_have_value("I am here")
    words.press("Enter")
    expect(tablet.get_by_role("log").get_by_text("I am here")).to_be_visible()

    # A kick is over by its time.
    meanwhile(lambda: add_sanction(kind="kick", **{**ban, "secs": 3}))
    expect(words).to_be_hidden(timeout=SECOND_MS)
    expect(words).to_be_visible()
    expect(phone.get_by_role("log").get_by_text("I am here")).to_be_visible()
