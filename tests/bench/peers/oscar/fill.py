"""`python -m tests.bench.peers.oscar.fill products N` migrates the database and puts N products on sale.

`… baskets N LINES` makes N shoppers, each logged in, with LINES products in the basket, and prints them as JSON;
`… ordered` prints what became of baskets.
"""

import json
import os
import random
import sys
from decimal import Decimal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.peers.oscar.settings")

import django  # noqa: E402

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.sessions.backends.cached_db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oscar.core.loading import get_class, get_model  # noqa: E402

UNITS = 1_000_000
Product, ProductClass = get_model("catalogue", "Product"), get_model("catalogue", "ProductClass")
Partner, StockRecord = get_model("partner", "Partner"), get_model("partner", "StockRecord")
Basket, Country = get_model("basket", "Basket"), get_model("address", "Country")
Selector = get_class("partner.strategy", "Selector")


def products(count: int) -> None:
    call_command("migrate", verbosity=0)
    kind = ProductClass.objects.create(name="Goods", requires_shipping=True, track_stock=True)
    partner = Partner.objects.create(name="House")
    Country.objects.create(
        iso_3166_1_a2="CN", iso_3166_1_a3="CHN", iso_3166_1_numeric="156", name="China", is_shipping_country=True
    )
    for number in range(count):
        product = Product.objects.create(product_class=kind, title=f"Product {number}", upc=f"SKU-{number}")
        StockRecord.objects.create(
            product=product,
            partner=partner,
            partner_sku=f"SKU-{number}",
            price_currency="CNY",
            price=Decimal("39.00"),
            num_in_stock=UNITS,
        )


def baskets(count: int, lines: int) -> list[dict[str, object]]:
    on_sale = list(Product.objects.all())
    chance = random.Random(count)
    strategy = Selector().strategy()
    first = get_user_model().objects.count()
    made = []
    for number in range(first, first + count):
        user = get_user_model().objects.create(username=f"shopper{number}", email=f"shopper{number}@example.com")
        basket = Basket.objects.create(owner=user)
        basket.strategy = strategy
        for product in chance.sample(on_sale, lines):
            basket.add_product(product)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        made.append(
            {
                "session": session.session_key,
                "basket": basket.pk,
                "lines": list(basket.lines.values_list("pk", flat=True)),
            }
        )
    return made


def ordered() -> list[tuple[int, int]]:
    """(basket, number of lines) of each order."""
    return [(order.basket_id, order.lines.count()) for order in get_model("order", "Order").objects.all()]


match sys.argv[1:]:
    case ["products", number]:
        products(int(number))
    case ["baskets", number, lines]:
        json.dump(baskets(int(number), int(lines)), sys.stdout)
    case ["ordered"]:
        json.dump(ordered(), sys.stdout)
