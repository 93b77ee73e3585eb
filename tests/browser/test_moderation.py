"""A report travels through the desk to a mute that the sender sees at once, an appeal and its decision."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from community.accounts.models import Role
from community.moderation.services.reports import report
from tests.browser.shop import Shop
from tests.community.moderation.conftest import say
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_show, make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_from_a_report_to_an_appeal(request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints) -> None:
    show = make_show(host=make_host(display_name="Acha"), title="Evening tea")
    spammer, viewer = make_user(display_name="Sam"), make_user(display_name="Mia")
    mods = [make_user(display_name=name, roles=[Role.Name.MODERATOR]) for name in ("Max", "Nora")]
    said = say(f"show:{show.pk}", spammer, "<img src=x onerror=alert(1)> buy my stuff")
    report(reporter_id=viewer.pk, target=f"message:{said['id']}", reason="spam", note="again")
    cookies = {user.display_name: live_stack.cookie_of(user) for user in (spammer, viewer, *mods)}
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    phone = shop.visit(f"/shows/{show.pk}", size=PHONE, cookie=cookies["Sam"])
    expect(phone.get_by_text("buy my stuff")).to_be_visible()
    desk = shop.visit("/studio/desk", size=DESK, cookie=cookies["Max"])
    expect(desk.get_by_role("heading", name="Message · Sam")).to_be_visible()
    other = shop.visit("/studio/desk", size=DESK, cookie=cookies["Nora"])
    expect(other.get_by_text("Max looks at it").first).to_be_visible()

    # Muted by keyboard: the sender's phone says so at once, and the message is gone.
    desk.keyboard.press("4")
    desk.get_by_role("dialog").get_by_role("button", name="Mute", exact=True).click()
    expect(desk.get_by_text("The queue is empty. Well done.")).to_be_visible()
    expect(phone.get_by_text("Muted", exact=True)).to_be_visible()
    expect(phone.get_by_text("buy my stuff")).to_have_count(0)
    expect(other.get_by_text("The queue is empty. Well done.")).to_be_visible()

    # An appeal, which the one who decided cannot decide.
    phone.get_by_role("button", name="Appeal", exact=True).click()
    phone.get_by_role("textbox", name="Why is this not right?").fill("It was a joke.")
    phone.get_by_role("button", name="Send appeal").click()
    expect(phone.get_by_text("Appealed: another moderator looks at it")).to_be_visible()
    desk.get_by_role("tab", name="Appeals").click()
    expect(desk.get_by_text("It was a joke.")).to_be_visible()
    expect(desk.get_by_role("button", name="Overturn")).to_have_count(0)
    other.get_by_role("tab", name="Appeals").click()
    other.get_by_role("button", name="Overturn").click()
    expect(other.get_by_text("No appeals here.")).to_be_visible()
    expect(phone.get_by_text("Muted", exact=True)).to_have_count(0)
    assert complaints.lines == []
