"""Looking around: a long list that keeps its place, a product that says what it costs, cost, and when it comes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.chromium import DESK, PHONE, Complaints, open_context
from tests.support.factories import make_category, make_product, make_sku, write_prices
from tests.support.promoting import make_coupon
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

VISIBLE = """() => [...document.querySelectorAll(".waterfall a h2")]
  .map((title) => [title.textContent.trim(), title.getBoundingClientRect()])
  .filter(([, { top, bottom }]) => top >= 0 && bottom <= innerHeight)
  .map(([words]) => words)"""
COLUMNS = """() => new Set([...document.querySelectorAll(".waterfall li")]
  .map((card) => Math.round(card.getBoundingClientRect().left))).size"""


@pytest.fixture
def open_page(live_stack: Stack, complaints: Complaints, request: pytest.FixtureRequest) -> Any:
    """Starts the servers, and opens a page of the shop; make rows before."""

    def opened(path: str, *, size: dict[str, int], locale: str = "en-US") -> Page:
        live_stack.start()
        context = open_context(request.getfixturevalue("chromium"), size=size, locale=locale, url=live_stack.url)
        page = context.new_page()
        page.set_default_timeout(20_000)
        complaints.listen(page, path)
        page.goto(f"{live_stack.url}{path}")
        return page

    return opened


def option(colour: str, size: str) -> list[dict[str, Any]]:
    def text(words: str) -> dict[str, str]:
        return {"zh": words, "en": words}

    return [{"name": text("Colour"), "value": text(colour)}, {"name": text("Size"), "value": text(size)}]


def test_a_list_keeps_its_place(open_page: Any, complaints: Complaints) -> None:
    category = make_category(slug="cups", name_en="Cups")
    for number in range(70):
        make_sku(product=make_product(category=category, title_en=f"Cup {number:02}"), list_price=None)
    make_category(slug="lamps", name_en="Lamps")

    phone = open_page("/products", size=PHONE)
    expect(phone.get_by_role("link", name=re.compile("Cup 69"))).to_be_visible()
    assert phone.evaluate(COLUMNS) == 2
    broken: list[Route] = []
    phone.route(re.compile(r"cursor="), lambda route: (broken.append(route), route.abort()))
    phone.mouse.wheel(0, 20_000)
    expect(phone.get_by_role("alert")).to_be_visible()
    assert broken
    phone.unroute(re.compile(r"cursor="))
    complaints.lines.clear()
    phone.get_by_role("button", name="Try again").click()
    while not phone.get_by_text("That is all of them").is_visible():
        phone.mouse.wheel(0, 1500)
        phone.wait_for_timeout(50)
    # However long the list, no more is there than what is near.
    assert phone.locator(".waterfall li").count() < 50
    phone.evaluate("scrollBy(0, -2500)")
    phone.wait_for_function(f"({VISIBLE})().length > 1")
    seen = phone.evaluate(VISIBLE)

    phone.get_by_role("link", name=re.compile(seen[0])).click()
    expect(phone.get_by_role("heading", name=seen[0], level=1)).to_be_visible()
    assert phone.evaluate("scrollY") == 0
    phone.get_by_role("link", name="Products", exact=True).first.click()
    expect(phone.get_by_role("heading", name="Products", level=1)).to_be_visible()
    expect(phone.get_by_role("link", name=re.compile(seen[0]))).to_be_in_viewport()
    assert phone.evaluate(VISIBLE) == seen

    phone.get_by_role("button", name="Lamps").click()
    expect(phone.get_by_role("heading", name="No products here yet")).to_be_visible()
    phone.get_by_role("button", name="See all products").click()
    expect(phone.get_by_role("link", name=re.compile("Cup 69"))).to_be_visible()
    assert complaints.lines == []


def test_a_product_says_what_it_costs_and_cost(open_page: Any, complaints: Complaints) -> None:
    product = make_product(title_en="Celadon cup")
    stock = {("Red", "S"): 5, ("Red", "L"): 0, ("Blue", "S"): 0, ("Blue", "L"): 5, ("Blue", "XL"): 0}
    small, *_ = [
        make_sku(product=product, price=3900, list_price=None, options=option(*key), stock=units)
        for key, units in stock.items()
    ]
    write_prices(small, (60, 5900), (40, 4900), (20, 5900), (2, 3900))
    make_coupon(off=500, name_en="Live room")

    desk = open_page(f"/products/{product.pk}", size=DESK)
    facts = desk.locator(".facts")
    expect(facts.locator(".price s")).to_have_text("¥59")
    expect(facts.get_by_text("Lowest in the seven days before: ¥59")).to_be_attached()
    expect(facts.get_by_text("Ships within 48 hours")).to_be_visible()
    expect(facts.get_by_role("button", name=re.compile("Coupons"))).to_contain_text("¥5")

    # What cannot be had with the other choices moves them; what cannot be had at all cannot be chosen.
    red, blue = (facts.get_by_role("radio", name=name) for name in ("Red", "Blue"))
    expect(red).to_be_checked()
    expect(facts.get_by_role("radio", name="XL")).to_be_disabled()
    blue.click()
    expect(blue).to_be_checked()
    expect(facts.get_by_role("radio", name=re.compile("^L"))).to_be_checked()
    expect(facts.locator(".price s")).to_have_count(0)
    blue.press("ArrowLeft")
    expect(red).to_be_checked()
    expect(red).to_be_focused()
    expect(facts.get_by_role("radio", name=re.compile("^S"))).to_be_checked()

    plot = desk.get_by_role("img", name=re.compile("now ¥39, lowest ¥39, highest ¥59"))
    plot.scroll_into_view_if_needed()
    plot.hover(position={"x": 1, "y": 40})
    expect(desk.get_by_text(re.compile(r"^\w+ \d+: ¥59$"))).to_be_visible()
    desk.get_by_text("As a table").click()
    cells = desk.get_by_role("table").get_by_role("row").all_inner_texts()
    assert [cell.split("\t")[-1] for cell in cells[1:]] == ["¥39", "¥59", "¥49", "¥59"]
    assert complaints.lines == []
