from __future__ import annotations

import pytest

from commerce.checkout import sellers
from commerce.checkout.services import Wanted, place_order
from commerce.flash_sales.services import Offer, schedule_sale, stop_sale
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from commerce.orders.models import Order
from tests.support.buying import address_of
from tests.support.factories import make_host, make_sku, make_user
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_purchases_from_the_same_sellers_named_in_another_order_never_wait_in_a_circle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = make_sku(price=3900, stock=1000), make_sku(price=100, stock=1000)
    # The larger id belongs to the seller that comes first.
    monkeypatch.setattr(sellers, "_source", lambda ids: {first.product_id: "z", second.product_id: "a"})
    buyers = [make_user() for _ in range(20)]
    addresses = {buyer.pk: address_of(buyer.pk) for buyer in buyers}

    def buy(buyer_id: int, skus: list[int]) -> str:
        for _ in range(5):
            place_order(
                shopper_id=buyer_id,
                wanted=Wanted(lines=[(sku_id, 1) for sku_id in skus]),
                address_id=addresses[buyer_id],
                expected_total=4000,
            )
        return "bought"

    there, back = [first.pk, second.pk], [second.pk, first.pk]
    calls = [
        lambda buyer_id=buyer.pk, skus=there if number % 2 else back: buy(buyer_id, skus)
        for number, buyer in enumerate(buyers)
    ]
    assert at_once(calls) == {"bought": 20}
    assert Order.objects.count() == 200
    assert list(Stock.objects.values_list("reserved", flat=True)) == [100, 100]


@pytest.mark.parametrize("by", [("", ""), ("z", "a")])
def test_launches_of_what_is_being_bought_never_wait_in_a_circle(
    monkeypatch: pytest.MonkeyPatch, by: tuple[str, str]
) -> None:
    skus = [make_sku(price=3900, stock=10_000) for _ in range(2)]
    ships = dict(zip((sku.product_id for sku in skus), by, strict=True))
    monkeypatch.setattr(sellers, "_source", lambda ids: ships)
    buyers = [make_user() for _ in range(10)]
    addresses = {buyer.pk: address_of(buyer.pk) for buyer in buyers}
    host = make_host()

    def buy(buyer_id: int) -> str:
        for _ in range(10):
            place_order(
                shopper_id=buyer_id,
                wanted=Wanted(lines=[(sku.pk, 1) for sku in reversed(skus)]),
                address_id=addresses[buyer_id],
                expected_total=7800,
            )
        return "bought"

    def launch(show: int) -> str:
        for number in range(10):
            sale = schedule_sale(
                channel=f"show:{show}",
                launched_by=host.pk,
                offers=[Offer(sku_id=sku.pk, price=1900, total=2, limit=1) for sku in skus],
                countdown_secs=0,
                duration_secs=60,
                key=f"{show}:{number}",
            )
            stop_sale(sale_id=sale.pk)
        return "launched"

    calls = [lambda buyer_id=buyer.pk: buy(buyer_id) for buyer in buyers]
    assert at_once([*calls, *(lambda show=show: launch(show) for show in range(5))]) == {"bought": 10, "launched": 5}
    assert list(Stock.objects.values_list("reserved", flat=True)) == [100, 100]
    assert discrepancies() == []
