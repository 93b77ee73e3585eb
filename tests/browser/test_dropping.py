"""A drop for followers and members: the host says for whom, the viewer does what is missing on the card itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from chat.conversations.services import create_group
from tests.browser.shop import Shop
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_host, make_show, make_user
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_who_follows_and_joins_from_the_card_may_claim(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    host, viewer = make_host(display_name="Lin"), make_user(display_name="Ming")
    show = make_show(host=host)
    create_group(founder_id=host.pk, title="Tea friends")
    path, studio_path = f"/shows/{show.pk}", f"/studio/shows/{show.pk}"
    hosts, viewers = live_stack.cookie_of(host), live_stack.cookie_of(viewer)
    live_stack.start(worker=True)
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    studio = shop.visit(studio_path, size=DESK, cookie=hosts)
    phone = shop.visit(path, size=PHONE, cookie=viewers)
    expect(studio.get_by_role("button", name="End show")).to_be_visible()
    studio.keyboard.press("d")
    dialog = studio.get_by_role("dialog")
    dialog.get_by_label("Coupons", exact=True).fill("5")
    dialog.get_by_role("button", name="Now", exact=True).click()
    dialog.get_by_role("checkbox", name="For followers only").check()
    dialog.get_by_role("combobox", name="For members of").press("Enter")
    studio.get_by_role("option", name="Tea friends").click()
    expect(dialog.get_by_role("status")).to_contain_text("For those who follow you. For members of Tea friends.")
    dialog.get_by_role("button", name="Drop", exact=True).click()
    expect(dialog).to_be_hidden()
    running = studio.get_by_role("region", name="Sales and coupons")
    expect(running).to_contain_text("followers")
    expect(running).to_contain_text("members of Tea friends")

    card = phone.get_by_role("article").filter(has_text="Show coupon")
    expect(card).to_contain_text("Follow Lin to claim")
    expect(card.get_by_role("button", name="Claim")).to_have_count(0)
    card.get_by_role("button", name="Follow Lin").click()
    expect(card).to_contain_text("Join Tea friends to claim")
    card.get_by_role("button", name="Join").click()
    card.get_by_role("button", name="Claim").click()
    expect(card).to_contain_text("Yours · no. 1")
    expect(running.locator("[data-given]")).to_have_text("1")
    assert complaints.lines == []


HIDE = """
Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.isAway === true });
window.turnAway = (away) => { window.isAway = away; document.dispatchEvent(new Event('visibilitychange')); };
"""


def test_a_tab_in_the_background_does_not_watch(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    """The page says that it went to the background, and that it is back; and the server stops counting meanwhile."""
    show, viewer = make_show(), make_user()
    cookie, key, person = live_stack.cookie_of(viewer), f"souk:{{show:{show.pk}}}:attended", f"u{viewer.pk}"
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    page = shop.visit("/orders", size=PHONE, cookie=cookie)
    page.add_init_script(HIDE)
    said: list[str] = []

    def told(visible: str) -> int:
        return sum("watch.note" in frame and f'"visible":{visible}' in frame for frame in said)

    def slots() -> int:
        return int(live_stack.valkey.client.hget(key, person) or 0)

    def soon(condition: Callable[[], bool]) -> None:
        live_stack.until(lambda: page.wait_for_timeout(50) or condition())

    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(str(frame))))
    page.goto(f"{live_stack.url}/shows/{show.pk}")
    expect(page.get_by_label("Say something")).to_be_visible()
    page.evaluate("turnAway(true)")
    soon(lambda: told("false") == 1)
    counted = slots()
    # Longer than a slot: had it been on screen, it would be counted by now.
    page.wait_for_timeout(16_000)
    assert slots() == counted
    page.evaluate("turnAway(false)")
    soon(lambda: slots() > counted)
    assert told("true") == 1
    assert complaints.lines == []
