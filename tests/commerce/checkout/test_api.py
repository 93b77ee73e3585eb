from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from commerce.aftersales.models import ReturnExclusion
from commerce.cart.models import MOST_LINES
from commerce.catalog.models import Sku
from commerce.idempotency.models import IdempotencyRecord
from commerce.idempotency.services import begin
from commerce.inventory.models import Stock
from commerce.orders.models import Order
from community.accounts.models import User
from tests.support.buying import ADDRESS, address_of, api, make_claim
from tests.support.factories import make_product, make_sale, make_sku, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return make_user()


@pytest.fixture
def sku() -> Sku:
    return make_sku(price=3900, list_price=8900, stock=5)


def body_for(buyer: User, sku: Sku, /, quantity: Any = 1, **fields: Any) -> dict[str, Any]:
    lines = [{"sku": sku.pk, "quantity": quantity}]
    return {"lines": lines, "address": address_of(buyer.pk), "expected_total": 3900, **fields}


def order(client: APIClient, body: dict[str, Any], key: str | None = "k1") -> Any:
    return client.post("/api/checkout/", body, headers={"Idempotency-Key": key} if key is not None else {})


def nothing_happened(sku: Sku) -> bool:
    untouched = Stock.objects.get(sku=sku).reserved == 0
    return untouched and not Order.objects.exists() and not IdempotencyRecord.objects.exists()


def test_a_quote_and_its_order_say_what_does_not_go_back(buyer: User, sku: Sku) -> None:
    ReturnExclusion.objects.create(product=sku.product, code="made_to_order")
    claim = make_claim(shopper=buyer, sale=make_sale(sku=sku, total=1))
    client, body = api(buyer), body_for(buyer, sku)
    for asked in ({"lines": body["lines"]}, {"claim": claim.pk}):
        (line,) = client.post("/api/checkout/quote/", asked, format="json").json()["lines"]
        assert line["not_returned"] == "made_to_order"
    (made,) = order(client, body).json()["orders"]
    ReturnExclusion.objects.all().delete()
    # What was agreed stays.
    assert made["lines"][0]["not_returned"] == "made_to_order"
    assert client.get(f"/api/orders/{made['number']}/").json()["lines"] == made["lines"]


def test_a_quote_of_a_claim(buyer: User) -> None:
    claim = make_claim(shopper=buyer)
    answer = api(buyer).post("/api/checkout/quote/", {"claim": claim.pk})
    assert answer.status_code == 200
    product = claim.allotment.sku.product
    cny = {"currency": "CNY"}
    assert answer.json() == {
        "lines": [
            {
                "id": None,
                "sku": claim.allotment.sku_id,
                "title": {"zh": product.title_zh, "en": product.title_en},
                "options": [],
                "picture": None,
                "quantity": 1,
                "unit_price": {"amount": 1900, **cny},
                "list_price": {"amount": 3900, **cny},
                "total": {"amount": 1900, **cny},
                "discount": {"amount": 0, **cny},
                "discounts": [],
                "refunded_quantity": 0,
                "not_returned": None,
            }
        ],
        "goods_total": {"amount": 1900, **cny},
        "discount_total": {"amount": 0, **cny},
        "freight_total": {"amount": 0, **cny},
        "total": {"amount": 1900, **cny},
        "discounts": [],
        "coupons": [],
        "points": None,
        "hints": [],
        "orders": 1,
        "delivery": {"ships_within_hours": 48, "days": {"min": 2, "max": 5}},
        "expires_at": answer.json()["expires_at"],
    }
    assert datetime.fromisoformat(answer.json()["expires_at"]) == claim.expires_at


def test_as_many_lines_as_a_cart_has_can_be_ordered(buyer: User) -> None:
    product = make_product()
    lines = [{"sku": make_sku(product=product, stock=1).pk, "quantity": 1} for _ in range(MOST_LINES + 1)]
    assert api(buyer).post("/api/checkout/quote/", {"lines": lines[1:]}).status_code == 200
    answer = api(buyer).post("/api/checkout/quote/", {"lines": lines})
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"lines": ["max_length"]})


def test_an_order_is_made_and_shown(buyer: User, sku: Sku) -> None:
    answer = order(api(buyer), body_for(buyer, sku, channel="show:7"))
    assert answer.status_code == 201
    made = Order.objects.get()
    assert (made.buyer_id, made.channel) == (buyer.pk, "show:7")
    (body,) = answer.json()["orders"]
    assert answer.json()["purchase"] == made.purchase == made.number
    assert (body["number"], body["state"], body["address"]) == (made.number, "pending_payment", ADDRESS)
    assert body["total"] == {"amount": 3900, "currency": "CNY"}
    assert [event["type"] for event in body["events"]] == ["order.opened"]
    assert (body["paid_at"], body["closed_at"], body["close_reason"]) == (None, None, None)
    assert api(buyer).get(f"/api/orders/{made.number}/").json() == body


def test_the_same_key_gets_the_same_answer(buyer: User, sku: Sku) -> None:
    first = order(api(buyer), body_for(buyer, sku))
    again = order(api(buyer), body_for(buyer, sku))
    assert (again.status_code, again.json()) == (201, first.json())
    assert Order.objects.count() == 1
    assert Stock.objects.get(sku=sku).reserved == 1
    assert order(api(buyer), body_for(buyer, sku), key="k2").json()["purchase"] != first.json()["purchase"]


def test_the_same_key_of_another_person_is_another_key(buyer: User, sku: Sku) -> None:
    other = make_user()
    order(api(buyer), body_for(buyer, sku))
    assert order(api(other), body_for(other, sku)).status_code == 201
    assert Order.objects.count() == 2


def test_a_key_is_not_used_for_another_body(buyer: User, sku: Sku) -> None:
    order(api(buyer), body_for(buyer, sku))
    answer = order(api(buyer), body_for(buyer, sku, quantity=2, expected_total=7800))
    assert (answer.status_code, answer.json()) == (422, {"error": {"code": "key_reused"}})
    assert Order.objects.count() == 1


def test_a_key_that_is_being_worked_on(buyer: User, sku: Sku) -> None:
    begin(user_id=buyer.pk, scope="checkout", key="k1", path="/api/checkout/", body=body_for(buyer, sku))
    answer = order(api(buyer), body_for(buyer, sku))
    assert (answer.status_code, answer.json()) == (409, {"error": {"code": "in_progress"}})
    assert not Order.objects.exists()


@pytest.mark.parametrize("key", [None, "", "k" * 65, "ключ"])
def test_a_key_is_required(buyer: User, sku: Sku, key: str | None) -> None:
    answer = order(api(buyer), body_for(buyer, sku), key=key.encode().decode("latin-1") if key else key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["Idempotency-Key"]
    assert nothing_happened(sku)


def test_a_refusal_is_not_remembered(buyer: User, sku: Sku) -> None:
    answer = order(api(buyer), body_for(buyer, sku, expected_total=1))
    assert answer.status_code == 409
    assert answer.json() == {
        "error": {"code": "total_changed", "detail": {"total": {"amount": 3900, "currency": "CNY"}}}
    }
    assert nothing_happened(sku)
    assert order(api(buyer), body_for(buyer, sku)).status_code == 201


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"lines": []}, "lines"),
        ({"lines": None}, "lines"),
        ({"lines": "2"}, "lines"),
        ({"lines": [{"sku": 1, "quantity": 0}]}, "lines"),
        ({"lines": [{"sku": 1, "quantity": -1}]}, "lines"),
        ({"lines": [{"sku": 1, "quantity": 100}]}, "lines"),
        ({"lines": [{"sku": 1, "quantity": 1.5}]}, "lines"),
        ({"lines": [{"sku": 1}]}, "lines"),
        ({"lines": [{"sku": 1, "quantity": 1}, {"sku": 1, "quantity": 2}]}, "lines"),
        ({"lines": [{"sku": sku, "quantity": 1} for sku in range(1, MOST_LINES + 2)]}, "lines"),
        ({"claim": 1}, "claim"),
        ({"expected_total": -1}, "expected_total"),
        ({"expected_total": "a lot"}, "expected_total"),
        ({"channel": "show"}, "channel"),
        ({"address": None}, "address"),
        ({"address": "home"}, "address"),
        ({"coupons": [0]}, "coupons"),
        ({"coupons": "best"}, "coupons"),
        ({"invoice": {"kind": "company", "title": "Souk", "email": "a@example.com"}}, "invoice"),
    ],
)
def test_a_wrong_form_is_named_and_changes_nothing(buyer: User, sku: Sku, fields: dict[str, Any], wrong: str) -> None:
    answer = order(api(buyer), body_for(buyer, sku, **fields))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert {name.partition(".")[0] for name in answer.json()["error"]["fields"]} == {wrong}
    assert nothing_happened(sku)


def test_somebody_elses_address_is_not_there(buyer: User, sku: Sku) -> None:
    answer = order(api(buyer), body_for(make_user(), sku))
    assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})
    assert nothing_happened(sku)


def test_an_invoice_is_asked_for_with_the_order(buyer: User, sku: Sku) -> None:
    invoice = {"kind": "personal", "title": "李雷", "email": "a@example.com"}
    assert order(api(buyer), body_for(buyer, sku, invoice=invoice)).status_code == 201
    assert Order.objects.get().invoice == invoice


def test_guests_log_in_first(buyer: User, sku: Sku) -> None:
    for path in ("/api/checkout/", "/api/checkout/quote/"):
        answer = APIClient().post(path, body_for(buyer, sku), headers={"Idempotency-Key": "k1"})
        assert (answer.status_code, answer.json()) == (401, {"error": {"code": "login_required"}})
    assert nothing_happened(sku)


def test_a_claim_that_is_ordered_names_its_order(buyer: User) -> None:
    claim = make_claim(shopper=buyer)
    body = {"claim": claim.pk, "address": address_of(buyer.pk), "expected_total": 1900}
    number = order(api(buyer), body).json()["purchase"]
    answer = order(api(buyer), body, key="k2")
    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "already_ordered", "detail": {"order": number}}}


def test_what_was_answered_is_sealed_too(buyer: User, sku: Sku) -> None:
    order(api(buyer), body_for(buyer, sku))
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM commerce_idempotency_idempotencyrecord")
        (stored,) = cursor.fetchone()
    assert ADDRESS["phone"] not in stored
