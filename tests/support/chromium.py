"""The machine's Chromium, driven by Playwright (whose own browsers are not downloaded)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing is asked of the network but what the pages ask.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


def executable() -> str | None:
    candidates = (os.environ.get("CHROMIUM"), *NAMES)
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    flags = [*FLAGS, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


def open_context(
    browser: Browser, *, size: dict[str, int], locale: str = "en-US", cookie: str = "", url: str = "", **options: Any
) -> BrowserContext:
    """A browser profile of its own; with `cookie` (`name=value`) somebody is logged in at `url`."""
    phone = size["width"] < 600
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        locale=locale,
        timezone_id="Asia/Shanghai",
        is_mobile=phone,
        has_touch=phone,
        **options,
    )
    if cookie:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": url}])
    return context


class Complaints:
    """What a page's console and its uncaught errors said; a page that works says nothing."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def listen(self, page: Page, name: str) -> None:
        def said(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.lines.append(f"{name}: {message.text} ({message.location.get('url', '')})")

        page.on("console", said)
        page.on("pageerror", lambda error: self.lines.append(f"{name}: {error}"))
