"""How much the pages of the shop ask of the database: a number that does not grow with what is on them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.cart import services as cart
from commerce.catalog.models import Sku
from commerce.inventory.models import StockMovement
from community.accounts.models import User
from community.moderation import known
from tests.support.buying import address_of, api, order_sku
from tests.support.factories import make_sku, make_user
from tests.support.promoting import make_coupon, make_threshold

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper() -> User:
    return make_user()


@pytest.fixture
def goods() -> list[Sku]:
    return [make_sku(price=100) for _ in range(40)]


def asked(send: Any, path: str, body: Any = None, **options: Any) -> int:
    """How many statements a request needs, after one that compiled what is compiled once, where bans are known."""
    known.look()
    with CaptureQueriesContext(connection) as seen:
        answer = send(path, body, format="json", **options) if body is not None else send(path)
    assert answer.status_code < 300, answer.content
    # Of a statement that is prepared already, the text is not known.
    return len([query for query in seen.captured_queries if "SAVEPOINT" not in (query["sql"] or "")])


def test_lists_and_products(client: Any, goods: list[Sku]) -> None:
    assert len(client.get("/api/catalog/products/").json()["results"]) == 30
    assert asked(client.get, "/api/catalog/products/") == 5
    assert asked(client.get, f"/api/catalog/products/{goods[0].product_id}/") <= 8


def test_the_cart(shopper: User, goods: list[Sku]) -> None:
    for sku in goods[:20]:
        cart.put(shopper_id=shopper.pk, sku_id=sku.pk, quantity=1)
    client = api(shopper)
    assert asked(client.get, "/api/cart/") <= 8
    assert asked(client.patch, f"/api/cart/lines/{goods[0].pk}/", {"quantity": 3}) <= 12


def test_what_a_cart_costs(shopper: User, goods: list[Sku]) -> None:
    for number in range(5):
        make_threshold((1000 * number + 100, 10)).categories.set([goods[0].product.category])
    client = api(shopper)
    for count in (2, 40):
        lines = [{"sku": sku.pk, "quantity": 1} for sku in goods[:count]]
        assert asked(client.post, "/api/checkout/estimate/", {"lines": lines}) <= 7


def test_what_can_be_taken_off_a_product(goods: list[Sku], client: Any) -> None:
    for _ in range(5):
        make_threshold((1000, 10)).products.set([goods[0].product])
        make_coupon().products.set([goods[0].product])
    assert asked(client.get, f"/api/thresholds/?product={goods[0].product_id}") <= 6
    assert asked(client.get, f"/api/coupons/?product={goods[0].product_id}") <= 4


def test_quote_and_checkout(shopper: User, goods: list[Sku]) -> None:
    client, address = api(shopper), address_of(shopper.pk)
    for number, count in enumerate((2, 10)):
        wanted = {"lines": [{"sku": sku.pk, "quantity": 1} for sku in goods[:count]], "address": address}
        assert asked(client.post, "/api/checkout/quote/", wanted) <= 13
        order = {**wanted, "expected_total": 100 * count}
        # Beside what an order needs: its line, the movement and the units.
        needed = asked(client.post, "/api/checkout/", order, headers={"Idempotency-Key": f"key-{number}"})
        assert needed <= 22 + 3 * count
    assert StockMovement.objects.filter(kind="reserve").count() == 12


def test_orders(shopper: User) -> None:
    for _ in range(3):
        order_sku(buyer=shopper)
    assert asked(api(shopper).get, "/api/orders/") == 5
