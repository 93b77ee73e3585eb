"""What staff keeps of a shop in the studio, and what buyers see of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from commerce.shipping.services.templates import make_template
from tests.browser.shop import Shop
from tests.commerce.shipping.test_templates import TEMPLATE
from tests.support.chromium import DESK, Complaints
from tests.support.factories import make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_two_who_change_a_template_see_what_the_other_made_of_it(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    make_template(**TEMPLATE)
    cookies = [live_stack.cookie_of(make_user(is_staff=True)) for _ in range(2)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    first, second = (shop.visit("/studio/freight", size=DESK, cookie=cookie) for cookie in cookies)
    for page in (first, second):
        page.get_by_role("button", name="Change template").click()
    dialogs = [page.get_by_role("dialog", name="Change template") for page in (first, second)]
    dialogs[0].get_by_label("Leaves within (hours)").fill("24")
    dialogs[0].get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_text("leaves within 24 h")).to_be_visible()

    # The other is told, sees what is there now, and loses nothing.
    late = dialogs[1]
    late.get_by_label("Name").fill("Boxes")
    late.get_by_role("button", name="Save", exact=True).click()
    notice = late.get_by_role("alert")
    expect(notice).to_contain_text("Somebody else has changed this template meanwhile.")
    expect(notice).to_contain_text("leaves within 24 h")
    expect(late.get_by_label("Name")).to_have_value("Boxes")
    late.get_by_role("button", name="Save mine over it").click()
    expect(late).to_be_hidden()
    expect(second.get_by_text("Boxes")).to_be_visible()
    expect(second.get_by_text("leaves within 48 h")).to_be_visible()

    # Or goes on from what is there.
    first.get_by_role("button", name="Change template").click()
    dialogs[0].get_by_label("Leaves within (hours)").fill("12")
    dialogs[0].get_by_role("button", name="Save", exact=True).click()
    dialogs[0].get_by_role("button", name="Go on from this").click()
    expect(dialogs[0].get_by_label("Name")).to_have_value("Boxes")
    expect(dialogs[0].get_by_label("Leaves within (hours)")).to_have_value("48")
    expect(dialogs[0].get_by_role("alert")).to_be_hidden()
    dialogs[0].get_by_label("Leaves within (hours)").fill("12")
    dialogs[0].get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_text("leaves within 12 h")).to_be_visible()
    # The refusals are meant.
    assert [line for line in complaints.lines if "409" not in line] == []
