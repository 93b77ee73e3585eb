"""Screenshots of flash sales and coupon drops in a group, launched and claimed as people do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import BrowserContext

if TYPE_CHECKING:
    from tests.browser.screenshots import Camera

BOLT = ".composer .attach + .attach"
SALE = (BOLT, "[data-launch-kind=sale]", ".sheet .row:enabled")
DROP = (BOLT, "[data-launch-kind=drop]")
CLAIM = ".offer .button.urgent"


def take_offers(camera: Camera, *, size: str, language: str) -> None:
    """The forms, and the cards as a member sees them and whoever runs the group."""
    host = camera.context(size=size, language=language, who="host")
    # Nobody whose pages would speak of what is on hold.
    member = camera.context(size=size, language=language, who="mod")
    group = camera.post(host, "/api/groups/", title="品茶小组 Tasting")["group"]["id"]
    camera.post(member, f"/api/groups/{group}/join/")
    chat = f"/chats/group/{group}"

    def shoot(context: BrowserContext, page: str, *tap: str) -> None:
        camera.shoot(context, f"{page}.{size}.{language}", chat, tap=tap, full=False)

    shoot(host, "offer-kinds", BOLT)
    shoot(host, "offer-sale", *SALE)
    shoot(host, "offer-drop", *DROP)
    launch(host, f"{camera.site}{chat}")
    shoot(member, "offers")
    shoot(member, "offers-claimed", CLAIM, CLAIM)
    shoot(host, "offers-run")
    host.close()
    member.close()


def launch(host: BrowserContext, chat: str, *, countdown: int = 0, units: int = 2) -> None:
    """A sale and a drop, both at once."""
    page = host.new_page()
    for number, taps in enumerate((SALE, DROP), 1):
        page.goto(chat)
        for tap in taps:
            page.locator(tap).first.click()
        if taps is SALE:
            page.locator("[data-launch=sku] input:enabled").first.check()
            page.locator("[data-launch=price] input").fill("1")
        page.locator("[data-launch=total] input, [data-launch=quantity] input").fill(str(units))
        page.locator("[data-launch=countdown] input").fill(str(countdown))
        page.locator(".sheet button[type=submit]").click()
        page.locator(".offer .deed").nth(number - 1).wait_for()
    page.close()
