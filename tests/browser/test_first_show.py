"""The main job in real browsers: a host streams, talks and sells; viewers watch, talk, claim and pay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.addresses import write_address
from tests.browser.conftest import RESULTS
from tests.support.chromium import DESK, PHONE, Complaints, open_context
from tests.support.factories import PASSWORD, make_host, make_product, make_sku, make_user
from tests.support.publisher import Publisher
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

# ¥19.90 of ¥39.00.
DEAL = "19.90"


class Cast:
    """The people of the show, each with a browser of their own."""

    def __init__(self, stack: Stack, browser: Browser, complaints: Complaints, cookies: dict[str, str]) -> None:
        self._stack, self._browser, self._complaints, self._cookies = stack, browser, complaints, cookies
        self.pages: dict[str, Page] = {}

    def open(self, name: str, path: str, *, size: dict[str, int]) -> Page:
        context = open_context(
            self._browser, size=size, cookie=self._cookies.get(name, ""), url=self._stack.url, reduced_motion="reduce"
        )
        page = self.pages[name] = context.new_page()
        page.set_default_timeout(20_000)
        self._complaints.listen(page, name)
        page.goto(f"{self._stack.url}{path}")
        return page

    def take_pictures(self) -> None:
        RESULTS.mkdir(exist_ok=True)
        for name, page in self.pages.items():
            page.screenshot(path=RESULTS / f"first-show-{name}.png")


def log_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def shown_seconds(video: Locator) -> float:
    return float(video.evaluate("video => video.currentTime"))


def watch_it_advance(video: Locator, *, secs: float = 1.5) -> None:
    """The picture moves: decoded frames, not only a loaded page."""
    expect(video).to_be_visible()
    video.page.wait_for_function("video => video.currentTime > 0", arg=video.element_handle(), timeout=40_000)
    start = shown_seconds(video)
    video.page.wait_for_function(
        "([video, until]) => video.currentTime > until && video.videoWidth > 0",
        arg=[video.element_handle(), start + secs],
        timeout=40_000,
    )


def test_a_show_from_the_first_frame_to_the_paid_order(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints, tmp_path: Path
) -> None:
    host = make_host(email="host@example.com", display_name="Lin")
    viewer = make_user(email="viewer@example.com", display_name="Ming")
    watcher = make_user(email="watcher@example.com", display_name="Hua")
    make_sku(product=make_product(title_zh="青瓷杯", title_en="Celadon cup"), price=3900, list_price=None, stock=20)
    cookies = {"viewer": live_stack.cookie_of(viewer), "watcher": live_stack.cookie_of(watcher)}
    live_stack.start(worker=True, ingest=True)
    cast = Cast(live_stack, request.getfixturevalue("chromium"), complaints, cookies)
    publisher = None
    try:
        # The host logs in, makes a show, puts a product on its shelf.
        studio = cast.open("host", "/studio/", size=DESK)
        log_in(studio, host.email)
        studio.get_by_role("button", name="New show").click()
        studio.get_by_label("Title").fill("Autumn tea")
        studio.get_by_role("button", name="Create", exact=True).click()
        expect(studio.get_by_role("heading", name="Autumn tea")).to_be_visible()
        show_path = "/shows/" + studio.url.rstrip("/").rsplit("/", 1)[1]
        studio.get_by_role("button", name="Add products").first.click()
        studio.get_by_role("button", name="Add Celadon cup").click()
        expect(studio.get_by_role("dialog").get_by_text("On shelf")).to_be_visible()
        studio.keyboard.press("Escape")

        # A stream key, and ffmpeg with it: the preview moves, and the show goes on air.
        studio.get_by_role("region", name="Stream key").get_by_role("button", name="Create").click()
        key = studio.locator("[data-fresh-key]").inner_text()
        studio.get_by_role("button", name="I have saved it").click()
        publisher = Publisher(
            server=live_stack.environment["RTMP_PUBLIC_URL"], key=key, log=tmp_path / "ffmpeg.log", size="360x640"
        )
        watch_it_advance(studio.locator("video"))
        studio.get_by_role("button", name="Go live").click()
        expect(studio.get_by_role("button", name="End show")).to_be_visible()

        # Viewers come, on a phone and at a desk; the picture moves there too.
        phone = cast.open("viewer", show_path, size=PHONE)
        watch_it_advance(phone.get_by_label("Live video"))
        desk = cast.open("watcher", show_path, size=DESK)
        watch_it_advance(desk.get_by_label("Live video"))

        # What one says, the others read.
        phone.get_by_label("Say something").fill("这个杯子多少钱？")
        phone.get_by_label("Say something").press("Enter")
        for page in (phone, desk, studio):
            expect(page.get_by_role("log").get_by_text("这个杯子多少钱？")).to_be_visible()

        # The host launches a flash sale from the shelf.
        studio.get_by_role("button", name="Launch a sale of Celadon cup").click()
        launch = studio.get_by_role("dialog")
        launch.get_by_label("Deal price").fill(DEAL)
        launch.get_by_label("Units", exact=True).fill("3")
        launch.get_by_label("Limit per customer").fill("1")
        launch.get_by_role("button", name="Now", exact=True).click()
        launch.get_by_role("button", name="Launch", exact=True).click()
        expect(launch).to_be_hidden()

        # The viewer claims it, says where it goes, and pays in the sandbox, while the video plays on.
        phone.get_by_role("button", name="Claim").click()
        phone.get_by_role("article").get_by_role("button", name="Pay now").click()
        sheet = phone.get_by_role("dialog")
        sheet.get_by_role("button", name="Add a delivery address").click()
        write_address(phone.get_by_role("dialog").last)
        sheet.get_by_role("button", name=re.compile("^Place order")).click()
        phone.frame_locator("iframe").get_by_role("button", name=re.compile("^(Pay|确认支付) ")).click()
        expect(phone.get_by_role("heading", name="Payment received")).to_be_visible()
        watch_it_advance(phone.get_by_label("Live video"), secs=0.5)

        # The room sees it, with a masked name; so do the host's figures; the order is the viewer's own.
        expect(desk.get_by_text(re.compile(r"^M\*+ bought Celadon cup$"))).to_be_visible()
        expect(studio.locator("[data-figure=orders] dd")).to_have_text("1")

        # The host drops a coupon by keyboard; who claims it first has it, and the host sees so.
        studio.keyboard.press("d")
        dropping = studio.get_by_role("dialog")
        dropping.get_by_label("Coupons", exact=True).fill("1")
        dropping.get_by_role("button", name="Now", exact=True).click()
        dropping.get_by_role("button", name="Drop", exact=True).click()
        expect(dropping).to_be_hidden()
        dropped = desk.get_by_role("article").filter(has_text="Show coupon")
        dropped.get_by_role("button", name="Claim").click()
        expect(dropped).to_contain_text("Yours · no. 1")
        expect(studio.get_by_role("region", name="Sales and coupons")).to_contain_text("Claimed 1 of 1")

        phone.goto(f"{live_stack.url}/orders")
        expect(phone.get_by_role("article")).to_have_count(1)
        expect(phone.get_by_role("article")).to_contain_text("Celadon cup")
        expect(phone.get_by_role("article")).to_contain_text("Paid")
        desk.goto(f"{live_stack.url}/orders")
        expect(desk.get_by_text("No orders yet")).to_be_visible()
        assert complaints.lines == []
    finally:
        cast.take_pictures()
        if publisher:
            publisher.stop()
