"""Pages of the shop, each on a device of its own."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.support.chromium import Complaints, open_context


class Shop:
    """Opens pages of the shop, each on a device of its own."""

    def __init__(self, url: str, browser: Browser, complaints: Complaints) -> None:
        self.url, self._browser, self._complaints = url, browser, complaints

    def visit(self, path: str, *, size: dict[str, int], cookie: str = "") -> Page:
        """Logged in with the `Cookie` header of a session."""
        context = open_context(self._browser, size=size, cookie=cookie, url=self.url)
        page = context.new_page()
        page.set_default_timeout(20_000)
        self._complaints.listen(page, path)
        page.goto(f"{self.url}{path}")
        return page
