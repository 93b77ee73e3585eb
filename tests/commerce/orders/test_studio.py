"""Orders as their seller sees them."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from commerce.catalog.models import Product
from commerce.orders import services
from commerce.orders.models import Order
from commerce.payments.models import Payment
from commerce.payments.services.refunds import request_refund
from tests.support.buying import ADDRESS, api, decide, deliver, order_sku, pay
from tests.support.factories import make_product, make_sku, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]
LIST = "/api/studio/orders/"


@pytest.fixture
def staff() -> APIClient:
    return api(make_user(is_staff=True))


def numbers(staff: APIClient, **asked: Any) -> list[str]:
    return [row["number"] for row in staff.get(LIST, asked).json()["results"]]


def paid(**fields: Any) -> Order:
    order = order_sku(**fields)
    deliver(decide(pay(order)))
    return order


def test_everybodys_orders_by_what_is_to_be_done(staff: APIClient) -> None:
    orders = {state: order_sku() for state in Order.State.values}
    for state, order in orders.items():
        Order.objects.filter(pk=order.pk).update(state=state)
    found = {state: order.number for state, order in orders.items()}
    assert numbers(staff) == list(found.values())[::-1]
    assert numbers(staff, filter="unpaid") == [found["pending_payment"]]
    assert numbers(staff, filter="to_ship") == [found["paid"]]
    assert numbers(staff, filter="shipped") == [found["shipped"]]
    assert numbers(staff, filter="received") == [found["completed"], found["received"]]
    assert numbers(staff, filter="closed") == [found["closed"]]


def test_pages_of_orders_newest_first(staff: APIClient) -> None:
    made = [order_sku().number for _ in range(3)]
    first = staff.get(f"{LIST}?page_size=2").json()
    rest = staff.get(first["next"]).json()
    assert [row["number"] for row in first["results"] + rest["results"]] == made[::-1]


def test_an_order_is_found_by_its_number_its_buyer_and_what_is_in_it(staff: APIClient) -> None:
    teapot = make_product(title_zh="紫砂壶", title_en="Clay teapot")
    order = order_sku(buyer=make_user(display_name="李雷"), sku=make_sku(product=teapot))
    order_sku()
    for text in (order.number, order.number[:10].lower(), "李", "紫砂", "TEAPOT", " teapot "):
        assert order.number in numbers(staff, q=text), text
    assert numbers(staff, q="teapot", filter="unpaid") == [order.number]
    assert numbers(staff, q="teapot", filter="closed") == []
    assert numbers(staff, q="nothing of the kind") == []
    assert numbers(staff, q="%") == []


def test_an_order_with_two_lines_that_fit_is_found_once(staff: APIClient) -> None:
    order = order_sku()
    order.lines.create(**{**order.lines.values().get(), "id": None})
    Product.objects.update(title_en="Cup")
    assert numbers(staff, q=order.lines.all()[0].title_en) == [order.number]


def test_a_list_costs_the_same_however_long_and_has_no_addresses(
    staff: APIClient, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        order_sku()
    with django_assert_max_num_queries(4):
        rows = staff.get(LIST).json()["results"]
    assert len(rows) == 4
    assert not any("address" in row or "invoice" in row for row in rows)


@pytest.mark.parametrize("asked", [{"filter": "lost"}, {"q": "x" * 61}])
def test_what_cannot_be_asked_for(staff: APIClient, asked: dict[str, str]) -> None:
    answer = staff.get(LIST, asked)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, list(asked))


def test_one_order_with_its_buyer_address_invoice_and_history(staff: APIClient) -> None:
    order = paid(buyer=make_user(display_name="李雷"))
    invoice = {"kind": "personal", "title": "李雷", "email": "a@example.com"}
    services.request_invoice(order=services.lock_order(order_id=order.pk), invoice=invoice)
    Order.objects.update(state="shipped")
    body = staff.get(f"{LIST}{order.number}/").json()
    assert body["buyer"] == {"id": order.buyer_id, "display_name": "李雷", "avatar": None}
    assert (body["address"], body["invoice"], body["state"]) == (ADDRESS, invoice, "shipped")
    assert [event["type"] for event in body["events"]] == ["order.opened", "order.paid", "order.invoice_requested"]
    own = api(order.buyer).get(f"/api/orders/{order.number}/").json()
    assert {name: value for name, value in body.items() if name != "buyer"} == own


def test_the_money_of_an_order(staff: APIClient) -> None:
    order = paid()
    refund = request_refund(
        order=services.lock_order(order_id=order.pk), amount=900, reference="aftersale:1", reason="damaged"
    )
    other = paid()
    (payment,) = staff.get(f"{LIST}{order.number}/payments/").json()
    assert (payment["provider"], payment["state"]) == ("sandbox", "succeeded")
    assert payment["amount"] == {"amount": 3900, "currency": "CNY"}
    (row,) = payment["refunds"]
    assert (row["id"], row["order"], row["amount"]["amount"], row["state"]) == (refund.pk, order.number, 900, "due")
    (payment,) = staff.get(f"{LIST}{other.number}/payments/").json()
    assert (payment["id"], payment["refunds"]) == (Payment.objects.get(order=other).pk, [])


def test_the_parcels_and_the_cases_of_one_order(staff: APIClient) -> None:
    order, other = paid(), paid()
    for one in (order, other):
        headers = {"Idempotency-Key": one.number}
        sent = {"carrier": "sf", "number": f"SF{one.pk:06}"}
        assert staff.post(f"{LIST}{one.number}/ship/", sent, headers=headers).status_code == 201
        line = one.lines.get().pk
        asked = {"order": one.number, "line": line, "kind": "refund_only", "quantity": 1, "reason": "not_received"}
        assert api(one.buyer).post("/api/aftersales/", asked, headers=headers).status_code == 201
    for path in ("/api/studio/shipping/shipments/", "/api/studio/aftersales/?filter=all"):
        assert len(staff.get(path).json()["results"]) == 2
    for path in ("/api/studio/shipping/shipments/", "/api/studio/aftersales/"):
        (row,) = staff.get(path, {"order": order.number, "filter": "all"}).json()["results"]
        assert row["order"] == order.number
        assert staff.get(path, {"order": "1"}).json()["results"] == []


def test_an_order_that_nobody_has(staff: APIClient) -> None:
    for path in (f"{LIST}1/", f"{LIST}1/payments/"):
        answer = staff.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})


def test_only_staff_sees_them() -> None:
    order = order_sku()
    paths = [LIST, f"{LIST}{order.number}/", f"{LIST}{order.number}/payments/"]
    for path in paths:
        assert api(order.buyer).get(path).status_code == 403
        assert api(make_user(roles=["host"])).get(path).status_code == 403
        assert APIClient().get(path).status_code == 401
