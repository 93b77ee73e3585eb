"""Products in stock, and shoppers who are logged in, have an address and a full cart."""

from __future__ import annotations

import random
from functools import cache
from typing import NamedTuple

from django.db import transaction

from commerce.cart import services as cart
from commerce.catalog.models import Product, ProductPicture, Sku
from commerce.inventory.models import Stock
from commerce.orders.models import Order
from commerce.shipping.services import addresses
from tests.bench.http import Jobs, request
from tests.support.buying import DETAILS
from tests.support.factories import make_category, make_user
from tests.support.sessions import log_in

UNITS = 1_000_000
PRICE = 3900


class Shopper(NamedTuple):
    id: int
    session: str
    address: int
    # The SKUs in the cart, one unit of each.
    skus: list[int]


@cache
def make_catalogue(count: int) -> list[int]:
    """SKU ids: a product with a picture and a SKU in stock each."""
    category = make_category()
    products = Product.objects.bulk_create(
        Product(category=category, title_zh=f"商品 {number}", title_en=f"Product {number}") for number in range(count)
    )
    ProductPicture.objects.bulk_create(
        ProductPicture(product=product, image=f"products/{product.pk}.webp") for product in products
    )
    skus = Sku.objects.bulk_create(
        Sku(product=product, code=f"BENCH-{product.pk}", price=PRICE) for product in products
    )
    Stock.objects.bulk_create(Stock(sku=sku, on_hand=UNITS) for sku in skus)
    return [sku.pk for sku in skus]


@transaction.atomic
def make_carts(count: int, *, lines: int, sku_ids: list[int]) -> list[Shopper]:
    chance = random.Random(count)
    made = []
    for _ in range(count):
        user = make_user(password=None)
        chosen = chance.sample(sku_ids, lines)
        cart.merge(shopper_id=user.pk, key="guest", lines=[(sku_id, 1) for sku_id in chosen])
        address = addresses.add_address(owner_id=user.pk, details=DETAILS)
        made.append(Shopper(user.pk, log_in(user), address.pk, chosen))
    return made


def jobs(port: int, *, changing: list[Shopper], buying: list[Shopper]) -> Jobs:
    changes = [
        request(
            "PATCH",
            f"/api/cart/lines/{shopper.skus[0]}/",
            port=port,
            session=shopper.session,
            body={"quantity": quantity},
        )
        for quantity in (2, 3, 1)
        for shopper in changing
    ]
    checkouts = [
        request(
            "POST",
            "/api/checkout/",
            port=port,
            session=shopper.session,
            body={
                "lines": [{"sku": sku_id, "quantity": 1} for sku_id in shopper.skus],
                "address": shopper.address,
                "expected_total": PRICE * len(shopper.skus),
            },
            headers={"Idempotency-Key": f"checkout-{shopper.id}"},
        )
        for shopper in buying
    ]
    return Jobs(list=request("GET", "/api/catalog/products/", port=port), changes=changes, checkouts=checkouts)


def check_ordered(shoppers: list[Shopper]) -> None:
    """Each has one order, of what was in the cart. Raises AssertionError."""
    orders = Order.objects.filter(buyer__in=[shopper.id for shopper in shoppers]).prefetch_related("lines")
    assert {order.buyer_id: sorted(line.sku_id for line in order.lines.all()) for order in orders} == {
        shopper.id: sorted(shopper.skus) for shopper in shoppers
    }
    assert len(orders) == len(shoppers)
