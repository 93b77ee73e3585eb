"""People find each other: follow, friends, a block; and what happens is in the inbox, live on all devices."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from live.shows.models import Show
from tests.browser.test_shopping import Shop
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_show, make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_from_a_follow_to_a_block(request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints) -> None:
    host, fan = make_host(display_name="Acha", bio="Tea every evening."), make_user(display_name="Mia")
    show = make_show(host=host, state=Show.State.SCHEDULED, title="Evening tea")
    hosts_cookie, fans_cookie = live_stack.cookie_of(host), live_stack.cookie_of(fan)
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    # Followed on a phone: the host's desk counts it, and hears of it within seconds.
    desk = shop.visit(f"/u/{host.pk}", size=DESK, cookie=hosts_cookie)
    expect(desk.get_by_role("heading", name="Acha")).to_be_visible()
    phone = shop.visit(f"/u/{host.pk}", size=PHONE, cookie=fans_cookie)
    expect(phone.get_by_text("Tea every evening.")).to_be_visible()
    expect(phone.get_by_role("link", name="Evening tea")).to_be_visible()
    phone.get_by_role("button", name="Follow Acha", exact=True).click()
    expect(phone.get_by_role("button", name="Stop following Acha")).to_be_visible()
    expect(desk.locator("dl div", has_text="Followers")).to_contain_text("1")
    expect(desk.get_by_role("link", name="Inbox, 1 unread")).to_be_visible()

    # A request, answered in the inbox; what is read on one device is read on the other.
    tablet = shop.visit("/inbox", size=DESK, cookie=hosts_cookie)
    expect(tablet.get_by_text("Mia follows you")).to_be_visible()
    phone.get_by_role("button", name="Add friend").click()
    expect(tablet.get_by_text("Mia wants to be friends")).to_be_visible()
    expect(desk.get_by_role("link", name="Inbox, 2 unread")).to_be_visible()
    tablet.get_by_role("button", name="Accept").click()
    expect(phone.get_by_text("Friends", exact=True)).to_be_visible()
    expect(tablet.get_by_text("Mia wants to be friends")).to_have_count(0)
    tablet.get_by_role("button", name="Mark all as read").click()
    expect(desk.get_by_role("link", name="Inbox", exact=True)).to_be_visible()
    expect(phone.get_by_role("link", name="Inbox, 1 unread")).to_be_visible()

    # Followers hear that the show begins, also from what they have open, and come in by it.
    news = shop.visit("/following", size=PHONE, cookie=fans_cookie)
    expect(news.get_by_role("article")).to_contain_text("Achaannounced a show")
    token = desk.context.cookies()
    csrf = next(cookie["value"] for cookie in token if cookie["name"] == "csrftoken")
    went = desk.context.request.post(
        f"{live_stack.url}/api/shows/{show.pk}/go-live/",
        headers={"X-CSRFToken": csrf, "Referer": live_stack.url, "Idempotency-Key": "live"},
    )
    assert went.ok
    expect(news.get_by_role("article")).to_contain_text("Achawent live")
    phone.get_by_role("link", name="Inbox, 2 unread").click()
    expect(phone.get_by_text("Acha accepted your request")).to_be_visible()
    phone.get_by_role("link", name="Acha is live: Evening tea").click()
    expect(phone).to_have_url(f"{live_stack.url}/shows/{show.pk}")
    expect(phone.get_by_role("button", name="Stop following Acha")).to_be_visible()

    # A block ends it all, on the other side too.
    tablet.goto(f"{live_stack.url}/u/{fan.pk}")
    tablet.get_by_role("button", name="Block", exact=True).click()
    tablet.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(tablet.get_by_role("button", name="Unblock")).to_be_visible()
    expect(phone.get_by_role("button", name="Follow Acha", exact=True)).to_be_visible()
    expect(desk.locator("dl div", has_text="Followers")).to_contain_text("0")
    tablet.goto(f"{live_stack.url}/people?tab=blocked")
    expect(tablet.get_by_role("link", name="Mia")).to_be_visible()
    tablet.get_by_role("button", name="Unblock").click()
    expect(tablet.get_by_role("button", name="Block", exact=True)).to_be_visible()
    assert complaints.lines == []
