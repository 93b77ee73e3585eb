from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from commerce.catalog.forms import OptionsField, PriceField
from commerce.catalog.models import PriceRecord, Product, ProductPicture, Sku
from community.accounts.models import User
from project.kernel.money import in_major

CREAM = {"name": {"zh": "颜色", "en": "Colour"}, "value": {"zh": "奶油白", "en": "Cream"}}
LARGE = {"name": {"zh": "尺码", "en": "Size"}, "value": {"zh": "L", "en": "L"}}


def test_options_are_one_a_line_in_both_languages() -> None:
    text = "颜色 | Colour = 奶油白 | Cream\n尺码 | Size = L | L"
    assert OptionsField().clean(text) == [CREAM, LARGE]
    assert OptionsField().prepare_value([CREAM, LARGE]) == text
    assert OptionsField().clean("") == []


@pytest.mark.parametrize("text", ["red", "颜色 | Colour", "颜色 | Colour = 红", "颜色 | = 红 | Red", "a|b=c|d=e|f"])
def test_half_an_option_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        OptionsField().clean(text)


@pytest.mark.parametrize(
    ("currency", "text", "minor", "shown"),
    [("CNY", "39.90", 3990, "39.90"), ("JPY", "1200", 1200, "1200"), ("KWD", "1.5", 1500, "1.500")],
)
def test_prices_are_written_as_people_name_them(currency: str, text: str, minor: int, shown: str) -> None:
    field = PriceField(currency=currency)
    assert field.clean(text) == minor
    assert str(field.prepare_value(minor)) == shown
    assert not field.has_changed(minor, text)


@pytest.mark.parametrize(
    ("currency", "text"), [("CNY", "39.999"), ("CNY", "-1"), ("CNY", "much"), ("JPY", "12.5"), ("KWD", "1.2345")]
)
def test_what_is_no_price_is_refused(currency: str, text: str) -> None:
    with pytest.raises(ValidationError):
        PriceField(currency=currency).clean(text)
    assert PriceField(required=False).clean("") is None


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", display_name="Staff"))
    return client


def form_of(product: Product, sku: Sku, **fields: str) -> dict[str, Any]:
    """The page of a product as it is sent, with one SKU."""
    skus = {f"skus-0-{name}": value for name, value in fields.items()}
    return {
        "category": product.category_id,
        "title_zh": "新杯",
        "title_en": "New mug",
        "visible": "on",
        "description_zh": "",
        "description_en": "",
        "pictures-TOTAL_FORMS": 0,
        "pictures-INITIAL_FORMS": 0,
        "skus-TOTAL_FORMS": 1,
        "skus-INITIAL_FORMS": 1,
        "skus-0-id": sku.pk,
        "skus-0-product": product.pk,
        "skus-0-code": "mug-0",
        "skus-0-options": "颜色 | Colour = 奶油白 | Cream",
        "skus-0-currency": sku.currency,
        "skus-0-sellable": "on",
        **skus,
    }


def test_staff_edits_a_product_with_its_skus(staff: Client, make_product: Callable[..., Product]) -> None:
    product = make_product(prices=[(3900, None)], stock=[7], pictures=["a.webp"])
    sku = Sku.objects.get(product=product)
    url = f"/admin/commerce_catalog/product/{product.pk}/change/"
    page = staff.get(url)
    assert page.status_code == 200
    assert staff.post(url, form_of(product, sku, price="29.50")).status_code == 302
    product.refresh_from_db()
    sku.refresh_from_db()
    assert (product.title_zh, product.title_en) == ("新杯", "New mug")
    assert (sku.price, sku.options) == (2950, [CREAM])
    assert list(PriceRecord.objects.values_list("was", "price")) == [(None, 3900), (3900, 2950)]
    assert f"/admin/commerce_catalog/pricerecord/?sku={sku.pk}" in staff.get(url).content.decode()
    assert ProductPicture.objects.filter(product=product).count() == 1


@pytest.mark.parametrize(
    ("was", "sent", "becomes"),
    [
        ("JPY", {"price": "1500"}, (1500, "JPY")),
        ("CNY", {"price": "1500", "currency": "JPY"}, (1500, "JPY")),
        ("CNY", {"price": "12.345", "currency": "KWD"}, (12345, "KWD")),
        ("CNY", {"price": "12.345"}, None),
        ("JPY", {"price": "12.5"}, None),
        ("CNY", {"price": "12", "currency": "yen"}, None),
    ],
)
def test_a_price_is_in_the_units_of_its_currency(
    staff: Client,
    make_product: Callable[..., Product],
    was: str,
    sent: dict[str, str],
    becomes: tuple[int, str] | None,
) -> None:
    product = make_product(prices=[(1200, None)])
    Sku.objects.update(currency=was)
    sku = Sku.objects.get()
    url = f"/admin/commerce_catalog/product/{product.pk}/change/"
    assert f'value="{in_major(1200, was)}"' in staff.get(url).content.decode()
    assert staff.post(url, form_of(product, sku, **sent)).status_code == (302 if becomes else 200)
    assert Sku.objects.values_list("price", "currency").get() == (becomes or (1200, was))


def test_a_new_sku_costs_money_of_the_shop(staff: Client, settings: Any) -> None:
    settings.DEFAULT_CURRENCY = "EUR"
    page = staff.get("/admin/commerce_catalog/product/add/").content.decode()
    assert re.search(
        r'name="skus-__prefix__-currency"[^>]*value="EUR"|value="EUR"[^>]*name="skus-__prefix__-currency"', page
    )


@pytest.mark.parametrize("model", ["commerce_catalog/product", "commerce_catalog/category"])
def test_lists_open(staff: Client, make_product: Callable[..., Product], model: str) -> None:
    make_product(stock=[1], pictures=["a.webp"])
    assert staff.get(f"/admin/{model}/").status_code == 200
    assert staff.get(f"/admin/{model}/add/").status_code == 200


def test_staff_reads_what_a_sku_cost_and_changes_nothing_of_it(
    staff: Client, make_product: Callable[..., Product]
) -> None:
    make_product("cup", prices=[(3900, 8900)])
    other = make_product("lamp", prices=[(12300, None)])
    url = "/admin/commerce_catalog/pricerecord/"
    page = staff.get(url).content.decode()
    assert all(price in page for price in ("39.00 CNY", "89.00 CNY", "123.00 CNY"))
    narrowed = staff.get(url, {"sku": Sku.objects.get(product=other).pk}).content.decode()
    assert ("123.00 CNY" in narrowed, "39.00 CNY" in narrowed) == (True, False)
    record = PriceRecord.objects.earliest("pk")
    assert staff.get(f"{url}{record.pk}/change/").status_code == 200
    assert staff.post(f"{url}{record.pk}/change/", {"price": 1}).status_code == 403
    assert staff.get(f"{url}add/").status_code == 403
    assert staff.post(f"{url}{record.pk}/delete/", {"post": "yes"}).status_code == 403
    assert PriceRecord.objects.count() == 3
