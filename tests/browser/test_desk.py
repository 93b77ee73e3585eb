"""A moderator clears the queue by keyboard, thinks again, tries a rule, and looks at figures, the log and a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from community.accounts.models import Role
from community.moderation.errors import MessageHeld
from community.moderation.services.reports import report
from community.moderation.services.rooms import set_room
from tests.browser.shop import Shop
from tests.community.moderation.conftest import say, try_to_say
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_show, make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def case_of(desk: Page, text: str) -> Locator:
    return desk.locator(".case", has_text=text)


def take_back(desk: Page, said: str) -> None:
    desk.locator(".toast", has_text=said).get_by_role("button", name="Undo").click()


def test_the_queue_is_cleared_by_keyboard(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    sam, mia, leo = (make_user(display_name=name) for name in ("Sam", "Mia", "Leo"))
    mod = make_user(display_name="Max", roles=[Role.Name.MODERATOR])
    said = [say(f"show:{show.pk}", sam, text) for text in ("buy one", "buy two", "buy three", "buy four")]
    for one in said[:3]:
        report(reporter_id=mia.pk, target=f"message:{one['id']}", reason="spam")
    set_room(by=mod.pk, channel=f"show:{show.pk}", held=True)
    for text in ("wait one", "wait two"):
        assert isinstance(try_to_say(f"show:{show.pk}", mia, text), MessageHeld)
    cookies = {user.display_name: live_stack.cookie_of(user) for user in (mia, leo, mod)}
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    desk = shop.visit("/studio/desk", size=DESK, cookie=cookies["Max"])
    expect(desk.locator(".case")).to_have_count(3)

    # What somebody else reports in the shop meanwhile arrives by itself.
    phone = shop.visit(f"/u/{sam.pk}", size=PHONE, cookie=cookies["Leo"])
    phone.get_by_role("button", name="Report", exact=True).click()
    sheet = phone.get_by_role("dialog", name="Report")
    sheet.get_by_text("Impersonation").click()
    sheet.get_by_role("button", name="Report", exact=True).click()
    expect(sheet).to_have_count(0)
    expect(desk.locator(".case")).to_have_count(4)

    # Down and up, then one is kept; the next comes by itself, and undone it is back.
    rows, current = desk.locator(".case"), desk.locator(".case[aria-current=true]")
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    kept = current.locator(".text").inner_text()
    expect(desk.locator(".around .it, blockquote").first).to_contain_text(kept)
    desk.keyboard.press("1")
    expect(desk.get_by_text("Kept.")).to_be_visible()
    expect(case_of(desk, kept)).to_have_count(0)
    take_back(desk, "Kept.")
    expect(desk.get_by_text("Taken back. The case is open again.")).to_be_visible()
    expect(case_of(desk, kept)).to_have_count(1)

    # Two at once, and all.
    desk.get_by_role("combobox", name="Kind").select_option("message")
    expect(rows).to_have_count(3)
    rows.nth(0).get_by_role("button").click()
    desk.keyboard.press("x")
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    expect(desk.get_by_text("2 selected")).to_be_visible()
    desk.keyboard.press("a")
    expect(desk.get_by_text("3 selected")).to_be_visible()
    desk.keyboard.press("2")
    expect(desk.get_by_text("3 cases decided.")).to_be_visible()
    expect(desk.get_by_text("The queue is empty. Well done.")).to_be_visible()
    take_back(desk, "3 cases decided.")
    expect(rows).to_have_count(3)

    # The same keys where messages wait: what was let in is seen in the room, and taken back it is not.
    room = shop.visit(f"/shows/{show.pk}", size=PHONE, cookie=cookies["Leo"]).get_by_role("log", name="Comments")
    expect(room.get_by_text("buy four")).to_be_visible()
    desk.get_by_role("tab", name="Held").click()
    held = desk.locator(".desk-row")
    expect(held).to_have_count(2)
    desk.keyboard.press("j")
    desk.keyboard.press("2")
    expect(desk.get_by_text("Refused.")).to_be_visible()
    expect(held).to_have_count(1)
    take_back(desk, "Refused.")
    expect(held).to_have_count(2)
    desk.keyboard.press("a")
    expect(desk.get_by_text("2 selected")).to_be_visible()
    desk.keyboard.press("1")
    expect(desk.get_by_text("No message waits.")).to_be_visible()
    expect(room.get_by_text("wait two")).to_be_visible()
    take_back(desk, "2 messages approved.")
    expect(held).to_have_count(2)
    expect(room.get_by_text("wait two")).to_have_count(0)
    assert complaints.lines == []


def test_rules_figures_log_and_people(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    sam, mia = (make_user(display_name=name) for name in ("Sam", "Mia"))
    mod = make_user(display_name="Max", roles=[Role.Name.MODERATOR])
    for author in (sam, mia):
        said = say(f"show:{show.pk}", author, f"{author.display_name} sells tea")
    report(reporter_id=sam.pk, target=f"message:{said['id']}", reason="fraud")
    cookies = {user.display_name: live_stack.cookie_of(user) for user in (sam, mod)}
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    phone = shop.visit(f"/shows/{show.pk}", size=PHONE, cookie=cookies["Sam"])
    desk = shop.visit("/studio/desk?tab=rules", size=DESK, cookie=cookies["Max"])

    # A rule that lets somebody be is tried with that, and kept so.
    desk.get_by_role("button", name="New rule").click()
    form = desk.get_by_role("dialog", name="Rule")
    form.get_by_role("textbox", name="Name").fill("No selling")
    form.get_by_role("textbox", name="Words, one a line").fill("sells")
    form.get_by_role("button", name="Try on last week").click()
    expect(form.get_by_text("Would have matched 2 of 2 messages")).to_be_visible()
    form.get_by_role("combobox", name="What it does").select_option("mute")
    form.get_by_role("combobox", name="For how long").select_option("3600")
    form.get_by_role("combobox", name="Exempt people").fill("Mi")
    desk.get_by_role("option", name="Mia").click()
    expect(form.get_by_text("Would have matched")).to_have_count(0)
    form.get_by_role("button", name="Try on last week").click()
    expect(form.get_by_text("Would have matched 1 of 2 messages")).to_be_visible()
    form.get_by_role("combobox", name="Where").fill("Evening")
    desk.get_by_role("option", name="Evening tea").click()
    form.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("listitem").filter(has_text="No selling")).to_contain_text("exempt: Mia")
    expect(desk.get_by_role("listitem").filter(has_text="No selling")).to_contain_text("Live room · Evening tea")

    # Lengths of time with their unit; where it holds stays.
    desk.get_by_role("button", name="New rule").click()
    form.get_by_role("textbox", name="Name").fill("No flooding")
    form.get_by_role("combobox", name="Looks for").select_option("flood")
    within = form.get_by_role("spinbutton", name="Within")
    expect(within).to_have_value("10")
    within.fill("2")
    form.get_by_role("combobox", name="Unit").select_option("minutes")
    form.get_by_role("button", name="Save").click()
    desk.get_by_role("listitem").filter(has_text="No flooding").get_by_role("button", name="Edit").click()
    expect(within).to_have_value("2")
    expect(form.get_by_role("combobox", name="Unit")).to_have_value("minutes")
    expect(form.get_by_role("combobox", name="Where")).to_be_disabled()
    desk.keyboard.press("Escape")

    # From the case to the person; muted there without a report, which the phone says at once, and let go.
    desk.get_by_role("tab", name="Queue").click()
    desk.get_by_role("region", name="Reports").get_by_role("link", name="Sam").click()
    person = desk.get_by_role("region", name="Sam")
    expect(person.get_by_role("region", name="Has reported")).to_contain_text("Mia sells tea")
    person.get_by_role("button", name="Sanction this person").click()
    dialog = desk.get_by_role("dialog", name="Sanction somebody")
    expect(dialog.get_by_text("Proposed: Warn")).to_be_visible()
    dialog.get_by_role("combobox", name="Kind").select_option("mute")
    dialog.get_by_role("textbox", name="Rule that was broken").fill("Be kind")
    dialog.get_by_role("button", name="Sanction", exact=True).click()
    expect(desk.get_by_text("Sam has been sanctioned.")).to_be_visible()
    expect(phone.get_by_text("Muted", exact=True)).to_be_visible()
    desk.get_by_role("listitem").get_by_role("button", name="Lift").click()
    lift = desk.get_by_role("dialog", name="Lift")
    lift.get_by_role("textbox", name="Why it is lifted").fill("It was somebody else")
    lift.get_by_role("button", name="Lift").click()
    expect(desk.get_by_text("No sanctions here.")).to_be_visible()
    expect(phone.get_by_text("Muted", exact=True)).to_have_count(0)
    desk.get_by_role("combobox", name="State").select_option("past")
    expect(desk.get_by_text("It was somebody else")).to_be_visible()

    desk.get_by_role("tab", name="Log").click()
    expect(desk.get_by_role("row").filter(has_text="Lifted")).to_contain_text("Max")
    expect(desk.get_by_role("row")).to_have_count(5)
    desk.get_by_role("combobox", name="What", exact=True).select_option("rule.make")
    expect(desk.get_by_role("row")).to_have_count(3)
    desk.get_by_role("combobox", name="Where").fill("Evening")
    desk.get_by_role("option", name="Evening tea").click()
    expect(desk.get_by_role("row")).to_have_count(2)
    desk.get_by_role("combobox", name="Where").click()
    desk.get_by_role("option", name="Everywhere").click()
    expect(desk.get_by_role("row")).to_have_count(3)

    desk.get_by_role("tab", name="Figures").click()
    expect(desk.get_by_text("Median of 0 cases")).to_be_visible()
    for plot in ("Reports: 1, appeals: 0, overturned: 0, in 30 days", "Time to first action"):
        expect(desk.get_by_role("img", name=plot).locator("canvas")).to_be_visible()
    assert complaints.lines == []
