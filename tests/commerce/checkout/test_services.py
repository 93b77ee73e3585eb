from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from commerce.checkout.errors import AlreadyOrdered, NotSellable, TotalChanged
from commerce.checkout.services import Wanted, place_order, quote
from commerce.flash_sales.errors import ClaimExpired
from commerce.flash_sales.models import Claim
from commerce.flash_sales.services import release_claim
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Stock
from commerce.orders.models import Order
from project.kernel.clock import now
from project.kernel.errors import NotFound
from project.kernel.money import Money
from tests.support.buying import ADDRESS, address_of, make_claim, order_claim, order_sku
from tests.support.factories import make_sale, make_sku, make_user

pytestmark = pytest.mark.django_db


def test_a_claim_is_ordered_at_its_price_until_its_hold_ends() -> None:
    sku = make_sku(price=3900, list_price=8900)
    claim = make_claim(shopper=make_user(), sale=make_sale(sku=sku, channel="show:7", price=1900, limit=2), quantity=2)
    sku.price = 5000
    sku.save()
    order = order_claim(claim)
    assert (order.goods_total, order.discount_total, order.freight_total, order.total) == (3800, 0, 0, 3800)
    assert (order.state, order.channel, order.expires_at) == ("pending_payment", "show:7", claim.expires_at)
    assert [event.type for event in order.events.all()] == ["order.opened"]
    line = order.lines.get()
    assert (line.sku_id, line.claim_id, line.quantity) == (sku.pk, claim.pk, 2)
    assert (line.unit_price, line.list_price, line.total) == (1900, 3900, 3800)
    claim.refresh_from_db()
    assert claim.state == Claim.State.HELD


def test_units_of_a_sku_are_promised_by_the_order(settings: Any) -> None:
    settings.FREIGHT_MINOR = 800
    sku, buyer = make_sku(price=3900, stock=3), make_user()
    (order,) = place_order(
        shopper_id=buyer.pk, wanted=Wanted(lines=[(sku.pk, 2)]), address_id=address_of(buyer.pk), expected_total=8600
    )
    assert (order.goods_total, order.freight_total, order.total) == (7800, 800, 8600)
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (3, 2)


def test_a_quote_says_what_the_order_will_say() -> None:
    claim = make_claim(shopper=make_user())
    offer = quote(shopper_id=claim.shopper_id, wanted=Wanted(claim_id=claim.pk))
    order = order_claim(claim)
    assert offer.priced.total == Money(order.total, order.currency)
    assert offer.expires_at == order.expires_at


def test_another_total_than_agreed_orders_nothing() -> None:
    sku, buyer = make_sku(price=3900, stock=3), make_user()
    wanted, address_id = Wanted(lines=[(sku.pk, 1)]), address_of(buyer.pk)
    with pytest.raises(TotalChanged) as refusal, transaction.atomic():
        place_order(shopper_id=buyer.pk, wanted=wanted, address_id=address_id, expected_total=3800)
    assert refusal.value.detail == {"total": {"amount": 3900, "currency": "CNY"}}
    assert not Order.objects.exists()
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (3, 0)


@transaction.atomic
def attempt(claim: Claim, **fields: Any) -> None:
    place_order(
        **{
            "shopper_id": claim.shopper_id,
            "wanted": Wanted(claim_id=claim.pk),
            "address_id": address_of(fields.get("shopper_id", claim.shopper_id)),
            "expected_total": claim.price,
            **fields,
        }
    )


def test_somebody_elses_claim_is_not_there() -> None:
    claim = make_claim(shopper=make_user())
    with pytest.raises(NotFound):
        attempt(claim, shopper_id=make_user().pk)
    with pytest.raises(NotFound):
        quote(shopper_id=make_user().pk, wanted=Wanted(claim_id=claim.pk))
    assert not Order.objects.exists()


def test_a_claim_whose_hold_is_over_is_not_ordered() -> None:
    claim = make_claim(shopper=make_user())
    Claim.objects.filter(pk=claim.pk).update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(ClaimExpired):
        attempt(claim)
    assert not Order.objects.exists()


def test_a_released_claim_is_not_ordered() -> None:
    claim = make_claim(shopper=make_user())
    release_claim(claim=claim, reason="lapsed")
    with pytest.raises(ClaimExpired):
        attempt(claim)
    assert not Order.objects.exists()


def test_a_claim_is_ordered_once() -> None:
    claim = make_claim(shopper=make_user())
    order = order_claim(claim)
    with pytest.raises(AlreadyOrdered) as refusal:
        attempt(claim)
    assert refusal.value.detail == {"order": order.number}
    assert Order.objects.get() == order


def test_more_than_there_is_cannot_be_ordered() -> None:
    sku = make_sku(stock=1)
    with pytest.raises(OutOfStock) as refusal:
        order_sku(sku=sku, quantity=2)
    assert refusal.value.detail == {"sku": sku.pk, "available": 1}
    assert not Order.objects.exists()


def test_what_is_not_on_sale_cannot_be_ordered() -> None:
    unsellable, hidden = make_sku(sellable=False), make_sku()
    hidden.product.visible = False
    hidden.product.save()
    for sku in (unsellable, hidden):
        with pytest.raises(NotSellable):
            order_sku(sku=sku)
    with pytest.raises(NotFound):
        quote(shopper_id=make_user().pk, wanted=Wanted(lines=[(10**9, 1)]))
    assert not Order.objects.exists()


def test_the_address_is_sealed_in_the_database() -> None:
    order = order_sku()
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM commerce_orders_order WHERE id = %s", [order.pk])
        (stored,) = cursor.fetchone()
    assert not any(part in stored for part in ADDRESS.values())
    assert Order.objects.get().address == ADDRESS
