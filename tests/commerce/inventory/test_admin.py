from __future__ import annotations

import pytest
from django.test import Client

from commerce.catalog.models import Category, Product, Sku
from commerce.inventory import selectors, services
from commerce.inventory.models import Stock, StockMovement
from community.accounts.models import User


@pytest.fixture
def sku(db: None) -> Sku:
    category = Category.objects.create(slug="tea", name_zh="茶", name_en="Tea")
    product = Product.objects.create(category=category, title_zh="杯", title_en="Mug")
    return Sku.objects.create(product=product, code="mug", price=3900)


@pytest.fixture
def stock(sku: Sku) -> Stock:
    services.receive(sku_id=sku.pk, quantity=10, reference="delivery:1")
    services.reserve(sku_id=sku.pk, quantity=8, reference="sale:1")
    return Stock.objects.get()


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", display_name="Staff"))
    return client


def page_of(stock: Stock) -> str:
    return f"/admin/commerce_inventory/stock/{stock.pk}/change/"


def test_the_first_units_of_a_sku_arrive(staff: Client, sku: Sku) -> None:
    answer = staff.post("/admin/commerce_inventory/stock/add/", {"sku": sku.pk, "change": 5, "reference": "note 7"})
    assert answer.status_code == 302
    assert Stock.objects.values_list("sku_id", "on_hand", "reserved").get() == (sku.pk, 5, 0)
    assert StockMovement.objects.values_list("kind", "quantity", "reference").get() == ("receive", 5, "note 7")


@pytest.mark.parametrize(("change", "on_hand", "kind"), [(20, 30, "receive"), (-2, 8, "write_off")])
def test_staff_says_what_came_or_went(staff: Client, stock: Stock, change: int, on_hand: int, kind: str) -> None:
    assert staff.get(page_of(stock)).status_code == 200
    assert staff.post(page_of(stock), {"change": change, "reference": ""}).status_code == 302
    assert Stock.objects.values_list("on_hand", "reserved").get() == (on_hand, 8)
    assert StockMovement.objects.latest("pk").kind == kind
    assert selectors.discrepancies() == []


@pytest.mark.parametrize("form", [{"change": -3}, {"change": 0}, {"change": 1, "reference": "delivery:1"}, {}])
def test_what_cannot_be_changes_nothing(staff: Client, stock: Stock, form: dict[str, object]) -> None:
    assert staff.post(page_of(stock), form).status_code == 200
    assert Stock.objects.values_list("on_hand", "reserved").get() == (10, 8)
    assert StockMovement.objects.count() == 2


def test_movements_are_only_read(staff: Client, stock: Stock) -> None:
    first = StockMovement.objects.earliest("pk")
    assert staff.get("/admin/commerce_inventory/stockmovement/").status_code == 200
    assert staff.get("/admin/commerce_inventory/stock/").status_code == 200
    assert staff.get("/admin/commerce_inventory/stockmovement/add/").status_code == 403
    assert staff.post(f"/admin/commerce_inventory/stockmovement/{first.pk}/change/", {}).status_code == 403
    assert staff.post(f"/admin/commerce_inventory/stock/{stock.pk}/delete/", {"post": "yes"}).status_code == 403
