"""Searching as people do it: typed, corrected, narrowed, and what to do when there is nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from commerce.search.services import reindex_changed
from tests.browser.shop import Shop
from tests.support.chromium import PHONE, Complaints
from tests.support.factories import make_category, make_product, make_sku
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_from_a_letter_to_what_was_meant(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    tea = make_category(slug="tea", name_en="Tea ware")
    for title, price in (("Celadon cup", 6000), ("Celadon bowl", 5000), ("Bamboo tray", 4999)):
        make_sku(product=make_product(title_en=title, category=tea), price=price, list_price=None, stock=5)
    reindex_changed()
    live_stack.start(worker=False)
    page = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints).visit("/search", size=PHONE)

    # Nothing asked yet: a place to begin.
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    expect(page.get_by_role("link", name="Tea ware")).to_be_visible()

    # By keyboard: a letter, the second suggestion.
    box = page.get_by_role("combobox", name="Search products")
    box.press_sequentially("cel")
    options = page.get_by_role("option")
    expect(options).to_have_text(["celadon", "Celadon bowl", "Celadon cup"])
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_text("2 products")).to_be_visible()

    # A range ends below its end: ¥50 is not "up to ¥50".
    page.get_by_role("button", name="¥50–¥100").click()
    expect(page.get_by_text("2 products")).to_be_visible()
    page.get_by_role("button", name="¥50–¥100").click()

    # Misspelt words are corrected, and it is said.
    box.fill("celdon cup")
    box.press("Enter")
    expect(page.get_by_text("1 product ·")).to_be_visible()
    expect(page.get_by_text("“celdon” read as “celadon”")).to_be_visible()

    # Words that no product has together can be asked for one by one.
    box.fill("cup tray")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="tray", exact=True).click()
    expect(page.get_by_text("Bamboo tray")).to_be_visible()

    # Filters that leave nothing are one tap away from being gone.
    page.goto(f"{live_stack.url}/search?q=celadon&price_max=100")
    page.get_by_role("button", name="Remove all filters").click()
    expect(page.get_by_text("2 products")).to_be_visible()
