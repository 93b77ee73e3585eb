from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from commerce.cart import services
from commerce.cart.models import Cart, CartLine
from commerce.cart.selectors import cart_of
from commerce.catalog.models import ProductPicture, Sku
from commerce.inventory.models import Stock
from community.accounts.models import User
from community.moderation import known
from tests.support.buying import api
from tests.support.factories import make_product, make_sku, make_user

pytestmark = pytest.mark.django_db
EMPTY = {"version": 0, "count": 0, "units": 0, "lines": [], "totals": []}


def money(amount: int, currency: str = "CNY") -> dict[str, object]:
    return {"amount": amount, "currency": currency}


def body(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def notice(kind: str, *, was: object = None, units: int | None = None) -> dict[str, object]:
    return {"kind": kind, "was": was, "units": units}


def notices(cart: Any) -> dict[int, list[dict[str, object]]]:
    return {line["sku"]: line["notices"] for line in cart["lines"]}


def put(shopper: User, *skus: Sku, quantity: int = 1) -> None:
    for sku in skus:
        services.put(shopper_id=shopper.pk, sku_id=sku.pk, quantity=quantity)


def test_the_whole_cart_as_its_page_shows_it() -> None:
    shopper = make_user()
    options = [{"name": {"zh": "颜色", "en": "colour"}, "value": {"zh": "红", "en": "red"}}]
    product = make_product(title_zh="杯", title_en="Mug")
    ProductPicture.objects.create(product=product, image="products/mug.webp")
    sku = make_sku(product=product, stock=100, price=3900, list_price=8900, options=options)
    client = api(shopper)
    assert body(client.get("/api/cart/")) == EMPTY
    cart = body(client.post("/api/cart/lines/", {"sku": sku.pk, "quantity": 2}, format="json"))
    added_at = cart["lines"][0].pop("added_at")
    assert added_at.startswith("20")
    assert cart == {
        "version": 1,
        "count": 1,
        "units": 2,
        "lines": [
            {
                "sku": sku.pk,
                "product": product.pk,
                "title": {"zh": "杯", "en": "Mug"},
                "picture": "/media/products/mug.webp",
                "options": options,
                "price": money(3900),
                "list_price": money(8900),
                "price_when_added": money(3900),
                "quantity": 2,
                "selected": True,
                "total": money(7800),
                "available": 100,
                "buyable": True,
                "notices": [],
            }
        ],
        "totals": [{"count": 1, "units": 2, "total": money(7800)}],
    }


def test_what_changed_since_it_was_put_is_said() -> None:
    shopper = make_user()
    cheaper, dearer, scarce, gone, withdrawn = (make_sku(price=1000, stock=50) for _ in range(5))
    put(shopper, cheaper, dearer, scarce, gone, withdrawn, quantity=8)
    Sku.objects.filter(pk=cheaper.pk).update(price=900)
    Sku.objects.filter(pk=dearer.pk).update(price=1100)
    Stock.objects.filter(sku=scarce).update(on_hand=7)
    Stock.objects.filter(sku=gone).update(on_hand=0)
    Sku.objects.filter(pk=withdrawn.pk).update(sellable=False, price=1)
    cart = body(api(shopper).get("/api/cart/"))
    assert notices(cart) == {
        cheaper.pk: [notice("price_down", was=money(1000))],
        dearer.pk: [notice("price_up", was=money(1000))],
        scarce.pk: [notice("low_stock", units=7)],
        gone.pk: [notice("out_of_stock")],
        withdrawn.pk: [notice("not_sellable")],
    }
    assert {line["sku"]: (line["available"], line["buyable"]) for line in cart["lines"]} == {
        cheaper.pk: (50, True),
        dearer.pk: (50, True),
        scarce.pk: (7, False),
        gone.pk: (0, False),
        withdrawn.pk: (0, False),
    }
    assert cart["totals"] == [{"count": 2, "units": 16, "total": money(8 * 900 + 8 * 1100)}]


@pytest.mark.parametrize(("stock", "said"), [(6, []), (5, [notice("low_stock", units=5)])])
def test_few_units_left_are_said_even_when_they_are_enough(stock: int, said: list[object]) -> None:
    shopper, sku = make_user(), make_sku(stock=stock)
    put(shopper, sku)
    assert notices(cart_of(shopper.pk)) == {sku.pk: said}


def test_only_what_is_selected_is_added_up_by_currency() -> None:
    shopper = make_user()
    first, second, foreign = make_sku(price=100), make_sku(price=200), make_sku(price=5, currency="USD")
    put(shopper, first, second, foreign, quantity=3)
    cart = body(api(shopper).patch(f"/api/cart/lines/{second.pk}/", {"selected": False}, format="json"))
    assert cart["totals"] == [
        {"count": 1, "units": 3, "total": money(300)},
        {"count": 1, "units": 3, "total": money(15, "USD")},
    ]


def test_every_change_answers_the_whole_cart() -> None:
    shopper = make_user()
    first, second = make_sku(), make_sku()
    put(shopper, first, second)
    client = api(shopper)
    for send, path, data in (
        (client.post, "/api/cart/lines/", {"sku": first.pk, "quantity": 1}),
        (client.patch, f"/api/cart/lines/{first.pk}/", {"quantity": 5, "selected": False}),
        (client.post, "/api/cart/select/", {"skus": [first.pk], "selected": True}),
        (client.post, "/api/cart/select/", {"all": True, "selected": False}),
        (client.post, "/api/cart/remove/", {"skus": [second.pk]}),
    ):
        answer = body(send(path, data, format="json"))
        assert answer == body(client.get("/api/cart/"))
    (line,) = answer["lines"]
    assert (answer["version"], line["sku"], line["quantity"], line["selected"]) == (7, first.pk, 5, False)


def test_a_merge_answers_the_cart_and_what_was_refused() -> None:
    shopper, sku, scarce = make_user(), make_sku(), make_sku(stock=1)
    asked = {"key": "guest-1", "lines": [{"sku": sku.pk, "quantity": 2}, {"sku": scarce.pk, "quantity": 3}]}
    client = api(shopper)
    first = body(client.post("/api/cart/merge/", asked, format="json"))
    assert first["refused"] == [{"sku": scarce.pk, "code": "out_of_stock", "available": 1}]
    assert [(line["sku"], line["quantity"]) for line in first["cart"]["lines"]] == [(sku.pk, 2)]
    assert body(client.post("/api/cart/merge/", asked, format="json")) == first


def test_a_guests_cart_is_priced_and_not_kept() -> None:
    first, second = make_sku(price=100), make_sku(price=200, stock=2)
    asked = [
        {"sku": second.pk, "quantity": 3},
        {"sku": first.pk, "quantity": 2, "price_when_added": money(150)},
        {"sku": second.pk + 1, "quantity": 1},
    ]
    cart = body(APIClient().post("/api/cart/preview/", {"lines": asked}, format="json"))
    assert [(line["sku"], line["quantity"], line["added_at"]) for line in cart["lines"]] == [
        (second.pk, 3, None),
        (first.pk, 2, None),
    ]
    assert notices(cart) == {
        second.pk: [notice("low_stock", units=2)],
        first.pk: [notice("price_down", was=money(150))],
    }
    assert (cart["version"], cart["count"], cart["units"]) == (0, 2, 5)
    assert cart["totals"] == [{"count": 1, "units": 2, "total": money(200)}]
    assert not Cart.objects.exists()
    assert body(APIClient().post("/api/cart/preview/", {"lines": []}, format="json")) == EMPTY


def test_a_refusal_says_which_sku_and_how_many_there_are() -> None:
    shopper, sku = make_user(), make_sku(stock=3)
    answer = api(shopper).post("/api/cart/lines/", {"sku": sku.pk, "quantity": 4}, format="json")
    assert body(answer, 409) == {"error": {"code": "out_of_stock", "detail": {"sku": sku.pk, "available": 3}}}
    assert not CartLine.objects.exists()


@pytest.mark.parametrize(
    ("path", "data", "fields"),
    [
        ("lines/", {}, {"sku": ["required"], "quantity": ["required"]}),
        ("lines/", {"sku": 2**63, "quantity": 100}, {"sku": ["max_value"], "quantity": ["max_value"]}),
        ("lines/", {"sku": 0, "quantity": 0}, {"sku": ["min_value"], "quantity": ["min_value"]}),
        ("remove/", {"skus": []}, {"skus": ["min_length"]}),
        ("select/", {"selected": True}, {"skus": ["skus_or_all"]}),
        ("select/", {"selected": True, "all": True, "skus": [1]}, {"skus": ["skus_or_all"]}),
        ("merge/", {"key": "", "lines": []}, {"key": ["blank"]}),
        ("merge/", {"key": "a b", "lines": []}, {"key": ["invalid"]}),
        ("preview/", {"lines": [{"sku": 1, "quantity": 1}] * 2}, {"lines": ["duplicate"]}),
    ],
)
def test_input_of_a_bad_form(path: str, data: object, fields: object) -> None:
    answer = api(make_user()).post(f"/api/cart/{path}", data, format="json")
    assert body(answer, 400) == {"error": {"code": "invalid", "fields": fields}}
    assert not Cart.objects.exists()


def test_a_change_of_nothing_and_of_what_is_not_there() -> None:
    client = api(make_user())
    empty = client.patch("/api/cart/lines/1/", {}, format="json")
    assert body(empty, 400) == {"error": {"code": "invalid", "fields": {"quantity": ["required"]}}}
    assert body(client.patch(f"/api/cart/lines/{2**63}/", {"quantity": 1}, format="json"), 404)
    assert body(client.patch("/api/cart/lines/1/", {"quantity": 1}, format="json"), 404)


def test_guests_have_no_cart_here() -> None:
    client = APIClient()
    for answer in (client.get("/api/cart/"), client.post("/api/cart/lines/", {"sku": 1, "quantity": 1})):
        assert body(answer, 401) == {"error": {"code": "login_required"}}


def test_a_long_cart_costs_no_more_queries_than_a_short_one() -> None:
    shopper = make_user()
    counts = []
    for _ in range(2):
        for _ in range(4):
            put(shopper, make_sku())
        with CaptureQueriesContext(
            connection,
        ) as seen:
            cart_of(shopper.pk)
        counts.append(len(seen))
    assert counts == [6, 6]


def test_a_change_costs_few_queries_however_long_the_cart() -> None:
    shopper, sku = make_user(), make_sku()
    put(shopper, sku, *[make_sku() for _ in range(6)])
    client = api(shopper)
    for send, path, data, most in (
        (client.post, "/api/cart/lines/", {"sku": sku.pk, "quantity": 1}, 14),
        (client.patch, f"/api/cart/lines/{sku.pk}/", {"quantity": 5}, 13),
        (client.post, "/api/cart/select/", {"all": True, "selected": False}, 13),
    ):
        known.look()
        with CaptureQueriesContext(connection) as seen:
            body(send(path, data, format="json"))
        assert len(seen) <= most, [query["sql"] for query in seen]


def test_the_admin_shows_carts_and_changes_none(client: Client) -> None:
    shopper = make_user()
    put(shopper, make_sku())
    client.force_login(User.objects.create_superuser("staff@example.com", display_name="Staff"))
    assert client.get("/admin/commerce_cart/cart/").status_code == 200
    assert client.get(f"/admin/commerce_cart/cart/{shopper.pk}/change/").status_code == 200
    assert client.post(f"/admin/commerce_cart/cart/{shopper.pk}/change/", {}).status_code == 403
