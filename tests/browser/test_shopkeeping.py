"""What staff keeps of a shop in the studio, and what buyers see of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect
from pytest_django import Settings

from commerce.payments.models import TopUp
from commerce.shipping.services.templates import make_template
from tests.browser.shop import Shop
from tests.commerce.payments.test_misfits import came_in
from tests.commerce.shipping.test_templates import TEMPLATE
from tests.support.buying import address_of
from tests.support.chromium import DESK, PHONE, Complaints
from tests.support.factories import make_product, make_sku, make_user
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


def test_what_another_made_of_a_template_is_not_told_under_a_new_one(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    make_template(**TEMPLATE)
    cookies = [live_stack.cookie_of(make_user(is_staff=True)) for _ in range(2)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    other, page = (shop.visit("/studio/freight", size=DESK, cookie=cookie) for cookie in cookies)
    page.get_by_role("button", name="Change template").click()
    other.get_by_role("button", name="Change template").click()
    other.get_by_label("Leaves within (hours)").fill("24")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("leaves within 24 h")).to_be_visible()

    answers: list[Route] = []
    page.route("**/api/studio/freight/", lambda route: answers.append(route), times=1)
    changed = page.get_by_role("dialog", name="Change template")
    with page.expect_request("**/api/studio/freight/"):
        changed.get_by_role("button", name="Save", exact=True).click()
    changed.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="New template").click()
    answers[0].continue_()
    expect(page.get_by_text("leaves within 24 h")).to_be_visible()
    fresh = page.get_by_role("dialog", name="New template")
    expect(fresh.get_by_role("alert")).to_be_hidden()
    fresh.get_by_label("Name").fill("Boxes")
    fresh.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Boxes")).to_be_visible()
    expect(page.get_by_text("leaves within 24 h")).to_be_visible()
    assert [line for line in complaints.lines if "409" not in line] == []


def test_what_staff_says_of_several_products_is_said_to_whoever_buys_one(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints
) -> None:
    bread, tray = (
        make_sku(product=make_product(title_en=title), price=6000, list_price=None, stock=20)
        for title in ("Rye bread", "Bamboo tray")
    )
    make_template(**{**TEMPLATE, "basis": "weight"})
    buyer, seller = make_user(), make_user(is_staff=True)
    address_of(buyer.pk)
    buyers, sellers = live_stack.cookie_of(buyer), live_stack.cookie_of(seller)
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)

    studio = shop.visit("/studio/products", size=DESK, cookie=sellers)
    rows = studio.get_by_role("listitem")
    for title in ("Rye bread", "Bamboo tray"):
        expect(rows.filter(has_text=title)).to_contain_text("Freight: The shop's flat price")
        studio.get_by_role("checkbox", name=f"Mark “{title}”").check()
    studio.get_by_role("button", name="Change 2 products").click()
    dialog = studio.get_by_role("dialog", name="Freight and returns of 2 products")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("Nothing is changed yet.")
    dialog.get_by_role("combobox", name="Freight").press("ArrowDown")
    studio.get_by_role("option", name="Parcels").click()
    dialog.get_by_label("Weight of one, in grams").fill("800")
    dialog.get_by_role("combobox", name="Return without a reason").press("ArrowDown")
    studio.get_by_role("option", name="No: perishable").click()
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog).to_be_hidden()
    for title in ("Rye bread", "Bamboo tray"):
        expect(rows.filter(has_text=title)).to_contain_text("Parcels, 800 g each")
        expect(rows.filter(has_text=title)).to_contain_text("Not returnable without a reason: perishable")

    # One of them goes back after all; what it is sent by stays.
    studio.get_by_role("button", name="Freight and returns of “Bamboo tray”").click()
    dialog = studio.get_by_role("dialog", name="Freight and returns of “Bamboo tray”")
    expect(dialog.get_by_label("Weight of one, in grams")).to_have_value("800")
    dialog.get_by_role("combobox", name="Return without a reason").press("ArrowDown")
    studio.get_by_role("option", name="Within seven days").click()
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(rows.filter(has_text="Bamboo tray")).not_to_contain_text("Not returnable")
    expect(rows.filter(has_text="Bamboo tray")).to_contain_text("Parcels, 800 g each")

    phone = shop.visit(f"/products/{tray.product_id}", size=PHONE, cookie=buyers)
    expect(phone.get_by_text("Returnable within 7 days of receipt, no reason needed")).to_be_visible()
    phone.goto(f"{live_stack.url}/products/{bread.product_id}")
    expect(phone.get_by_text("Not returnable without a reason: perishable")).to_be_visible()
    phone.get_by_role("button", name="Buy now").click()
    expect(phone.get_by_role("dialog").get_by_text("Not returnable without a reason: perishable")).to_be_visible()
    assert complaints.lines == []


def test_what_came_in_otherwise_is_credited_by_one_of_two(
    request: pytest.FixtureRequest, live_stack: Stack, complaints: Complaints, settings: Settings
) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]
    live_stack.environment["PAYMENT_PROVIDERS"] = "sandbox,wallet"
    for came in (4500, 5500):
        TopUp.objects.filter(pk=came_in(came).pk).update(came_in=came, came_in_currency="CNY")
    first_clerk, second_clerk = (
        make_user(is_staff=True, is_superuser=True, display_name=name) for name in ("Ming", "Rui")
    )
    cookies = [live_stack.cookie_of(clerk) for clerk in (first_clerk, second_clerk)]
    live_stack.start()
    shop = Shop(live_stack.url, request.getfixturevalue("chromium"), complaints)
    pages = [shop.visit("/studio/stuck-money", size=DESK, cookie=cookie) for cookie in cookies]
    for page in pages:
        page.get_by_text("Top-ups", exact=True).click()
        row = page.get_by_role("listitem").filter(has_text="¥45 came in")
        expect(row).to_contain_text("¥50 was ordered")
        row.get_by_role("button", name="Credit what came in").click()
        dialog = page.get_by_role("dialog", name="Credit ¥45?")
        dialog.get_by_role("button", name="Credit what came in").click()
        expect(dialog.get_by_text("Say why.")).to_be_visible()
        dialog.get_by_label("Reason").fill("Paid 45 by hand.")
    for page, said in zip(pages, ("Credited.", "Ming had decided the same before."), strict=True):
        page.get_by_role("dialog", name="Credit ¥45?").get_by_role("button", name="Credit what came in").click()
        expect(page.get_by_text(said, exact=True)).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="¥45 came in")).to_be_hidden()
    row = pages[1].get_by_role("listitem").filter(has_text="¥55 came in")
    row.get_by_role("button", name="Send it back").click()
    dialog = pages[1].get_by_role("dialog", name="Send ¥55 back?")
    dialog.get_by_label("Reason").fill("Asked to.")
    dialog.get_by_label("Reason").press("Enter")
    expect(pages[1].get_by_text("Every top-up came in as it was ordered. All is well.")).to_be_visible()
    assert complaints.lines == []
