from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from commerce.orders import services
from commerce.orders.models import Order
from tests.support.buying import api, order_sku
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_buyers_own_orders_newest_first() -> None:
    buyer = make_user()
    numbers = [order_sku(buyer=buyer).number for _ in range(3)]
    order_sku()
    answer = api(buyer).get("/api/orders/").json()
    assert [row["number"] for row in answer["results"]] == numbers[::-1]
    assert (answer["next"], answer["previous"]) == (None, None)


def test_pages_of_orders() -> None:
    buyer = make_user()
    numbers = [order_sku(buyer=buyer).number for _ in range(3)]
    first = api(buyer).get("/api/orders/?page_size=2").json()
    rest = api(buyer).get(first["next"]).json()
    assert [row["number"] for row in first["results"] + rest["results"]] == numbers[::-1]


def test_a_list_costs_the_same_however_long(django_assert_max_num_queries: object) -> None:
    buyer = make_user()
    for _ in range(5):
        order_sku(buyer=buyer)
    client = api(buyer)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert len(client.get("/api/orders/").json()["results"]) == 5


def test_somebody_elses_order_is_not_there() -> None:
    order, other = order_sku(), api(make_user())
    before = Order.objects.values().get()
    for answer in (
        other.get(f"/api/orders/{order.number}/"),
        other.post(f"/api/orders/{order.number}/cancel/", headers={"Idempotency-Key": "k"}),
        other.get("/api/orders/1/"),
    ):
        assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found"}})
    assert Order.objects.values().get() == before


def test_guests_have_no_orders() -> None:
    order = order_sku()
    for path in ("/api/orders/", f"/api/orders/{order.number}/"):
        answer = APIClient().get(path)
        assert (answer.status_code, answer.json()) == (401, {"error": {"code": "login_required"}})


def test_the_admin_shows_orders_and_changes_none(client: Client) -> None:
    order = order_sku()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert order.number in client.get("/admin/commerce_orders/order/").content.decode()
    page = client.get(f"/admin/commerce_orders/order/{order.pk}/change/")
    assert page.status_code == 200
    assert order.address["phone"] not in page.content.decode()
    assert "not asked for" in page.content.decode()
    assert client.post(f"/admin/commerce_orders/order/{order.pk}/change/", {"state": "paid"}).status_code == 403
    assert client.get("/admin/commerce_orders/order/add/").status_code == 403
    order.refresh_from_db()
    assert order.state == "pending_payment"


def test_who_writes_the_invoice_reads_in_the_admin_what_it_is_to_say(client: Client) -> None:
    order = order_sku()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    asked = {"kind": "company", "title": "<b>某某</b>", "tax_number": "91310000MA1FL0000X", "email": "a@example.com"}
    services.request_invoice(order=services.lock_order(order_id=order.pk), invoice=asked)
    page = client.get(f"/admin/commerce_orders/order/{order.pk}/change/").content.decode()
    assert "company · &lt;b&gt;某某&lt;/b&gt; · 91310000MA1FL0000X · a@example.com" in page
    assert "a@example.com" not in client.get("/admin/commerce_orders/order/").content.decode()


def test_orders_of_one_state_and_how_many_there_are_of_each() -> None:
    buyer = make_user()
    order_sku(buyer=make_user())
    first, second = order_sku(buyer=buyer), order_sku(buyer=buyer)
    services.close_order(order=services.lock_order(order_id=first.pk), reason=services.CANCELLED)
    answer = api(buyer).get("/api/orders/?state=pending_payment")
    assert [order["number"] for order in answer.json()["results"]] == [second.number]
    nothing = {"paid": 0, "shipped": 0, "received": 0, "completed": 0}
    assert api(buyer).get("/api/orders/counts/").json() == {"pending_payment": 1, "closed": 1, **nothing}


def test_a_state_that_does_not_exist_is_refused() -> None:
    answer = api(make_user()).get("/api/orders/?state=lost")
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"state": ["invalid_choice"]})
