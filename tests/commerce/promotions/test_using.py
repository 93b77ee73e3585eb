"""A coupon through the life of an order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from commerce.checkout import sellers
from commerce.checkout.errors import TotalChanged
from commerce.checkout.services import Wanted, place_order, quote
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.promotions.errors import CouponNotUsable
from commerce.promotions.models import CouponGrant
from community.accounts.models import User
from project.kernel.clock import now
from tests.support.buying import address_of, lapse_order, make_claim
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.promoting import make_coupon, make_grant, make_threshold

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return make_user()


@transaction.atomic
def buy(buyer: User, *prices: int, total: int, coupons: Collection[int] | None = None) -> list[Order]:
    """One unit of a new SKU for each price."""
    skus = [make_sku(price=price, list_price=None) for price in prices]
    return place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, 1) for sku in skus]),
        address_id=address_of(buyer.pk),
        expected_total=total,
        coupons=coupons,
    )


def grant_state(grant: CouponGrant) -> tuple[str, str]:
    grant.refresh_from_db()
    return grant.state, grant.reference


def step(order: Order, what: Any, **facts: Any) -> Any:
    with transaction.atomic():
        return what(order=orders.lock_order(order_id=order.pk), **facts)


def test_an_order_keeps_what_took_off_how_much(buyer: User) -> None:
    make_threshold((10000, 1000))
    grant = make_grant(buyer, off=900)
    (order,) = buy(buyer, 6000, 4000, total=8100)
    assert (order.goods_total, order.discount_total, order.total) == (10000, 1900, 8100)
    lines = list(order.lines.all())
    assert [(line.total, line.discount) for line in lines] == [(6000, 1140), (4000, 760)]
    assert [[(one["kind"], one["amount"]) for one in line.discounts] for line in lines] == [
        [("threshold", 600), ("coupon", 540)],
        [("threshold", 400), ("coupon", 360)],
    ]
    assert lines[0].discounts[1] == {
        "kind": "coupon",
        "key": f"coupon:{grant.pk}",
        "name": {"zh": grant.coupon.name_zh, "en": grant.coupon.name_en},
        "amount": 540,
        "funded_by": "house",
    }
    assert grant_state(grant) == ("locked", order.purchase)


def test_a_paid_order_has_used_it_and_a_refunded_one_gives_it_back(buyer: User) -> None:
    grant = make_grant(buyer, off=500)
    (order,) = buy(buyer, 3900, total=3400)
    assert step(order, orders.pay_order) is True
    assert grant_state(grant) == ("used", order.purchase)
    step(order, orders.close_refunded)
    assert grant_state(grant) == ("usable", order.purchase)


def test_an_order_that_closes_gives_it_back(buyer: User) -> None:
    grant = make_grant(buyer, off=500)
    (order,) = buy(buyer, 3900, total=3400)
    step(order, orders.close_order, reason=orders.EXPIRED)
    assert grant_state(grant) == ("usable", order.purchase)
    (again,) = buy(buyer, 3900, total=3400)
    assert grant_state(grant) == ("locked", again.purchase)


def test_money_that_comes_late_buys_with_the_coupon_if_it_is_still_there(buyer: User) -> None:
    grant = make_grant(buyer, off=500)
    (order,) = buy(buyer, 3900, total=3400)
    step(order, orders.close_order, reason=orders.EXPIRED)
    # Its time is over meanwhile: what was promised in time is kept.
    CouponGrant.objects.update(usable_until=now() - timedelta(days=1))
    assert step(order, orders.pay_order) is True
    assert grant_state(grant) == ("used", order.purchase)


def test_money_that_comes_late_goes_back_when_the_coupon_went_elsewhere(buyer: User) -> None:
    grant = make_grant(buyer, off=500)
    (late,) = buy(buyer, 3900, total=3400)
    step(late, orders.close_order, reason=orders.EXPIRED)
    (other,) = buy(buyer, 3900, total=3400)
    assert step(late, orders.pay_order) is False
    late.refresh_from_db()
    assert late.state == "closed"
    assert grant_state(grant) == ("locked", other.purchase)
    assert late.lines.get().sku.stock.reserved == 0


def test_a_coupon_is_part_of_one_open_order(buyer: User) -> None:
    grant = make_grant(buyer, off=500)
    buy(buyer, 3900, total=3400)
    with pytest.raises(CouponNotUsable) as refusal:
        buy(buyer, 3900, total=3400, coupons=[grant.pk])
    assert refusal.value.detail == {"coupons": [grant.pk]}
    assert Order.objects.count() == 1


@pytest.mark.parametrize("of", ["another person", "nobody", "the past"])
def test_a_coupon_that_is_not_there_orders_nothing(buyer: User, of: str) -> None:
    grant = make_grant(make_user() if of == "another person" else buyer)
    if of == "the past":
        CouponGrant.objects.update(usable_until=now() - timedelta(seconds=1))
    wanted = 10**9 if of == "nobody" else grant.pk
    with pytest.raises(CouponNotUsable):
        buy(buyer, 3900, total=3400, coupons=[wanted])
    assert not Order.objects.exists()
    assert grant_state(grant) == ("usable", "")


def test_a_quote_says_what_the_order_will_cost_and_why(buyer: User) -> None:
    make_threshold((5000, 500), name_zh="满五十减五")
    good, better = make_grant(buyer, off=300), make_grant(buyer, off=400)
    sku = make_sku(price=4000, list_price=None)
    wanted = Wanted(lines=[(sku.pk, 1)])
    offer = quote(shopper_id=buyer.pk, wanted=wanted)
    assert (offer.priced.total.amount, offer.selected) == (3600, [better.pk])
    assert [(hint.name["zh"], hint.missing, hint.off) for hint in offer.priced.hints] == [("满五十减五", 1000, 500)]
    assert quote(shopper_id=buyer.pk, wanted=wanted, coupons=[good.pk]).priced.total.amount == 3700
    assert quote(shopper_id=buyer.pk, wanted=wanted, coupons=[]).priced.total.amount == 4000


def test_a_coupon_for_some_goods_is_not_for_others(buyer: User) -> None:
    mine, other = make_sku(price=4000, list_price=None), make_sku(price=4000, list_price=None)
    coupon = make_coupon(off=500)
    coupon.categories.set([mine.product.category])
    grant = make_grant(buyer, coupon)
    alone = quote(shopper_id=buyer.pk, wanted=Wanted(lines=[(other.pk, 1)]))
    assert [(one.coupon.id, one.refusal) for one in alone.priced.verdicts] == [(grant.pk, "scope")]
    both = quote(shopper_id=buyer.pk, wanted=Wanted(lines=[(other.pk, 1), (mine.pk, 1)]))
    assert [line.discount for line in both.priced.lines] == [0, 500]


def test_promotions_end_and_prices_are_asked_for_again(buyer: User) -> None:
    rule = make_threshold((3000, 500))
    sku = make_sku(price=4000, list_price=None)
    wanted = Wanted(lines=[(sku.pk, 1)])
    assert quote(shopper_id=buyer.pk, wanted=wanted).priced.total.amount == 3500
    rule.stopped_at = now()
    rule.save()
    with pytest.raises(TotalChanged) as refusal, transaction.atomic():
        place_order(shopper_id=buyer.pk, wanted=wanted, address_id=address_of(buyer.pk), expected_total=3500)
    assert refusal.value.detail == {"total": {"amount": 4000, "currency": "CNY"}}


def test_the_price_of_a_flash_sale_takes_no_coupon(buyer: User) -> None:
    make_threshold((100, 50))
    grant = make_grant(buyer)
    claim = make_claim(shopper=buyer, sale=make_sale(price=1900))
    (order,) = place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(claim_id=claim.pk),
        address_id=address_of(buyer.pk),
        expected_total=1900,
    )
    assert order.discount_total == 0
    assert grant_state(grant) == ("usable", "")


class TestTwoSellers:
    @pytest.fixture(autouse=True)
    def two_sellers(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        settings.FREIGHT_MINOR = 800
        monkeypatch.setattr(sellers, "_source", lambda ids: {max(ids): "silk-road"})

    def test_a_purchase_becomes_an_order_for_each_that_add_up(self, buyer: User) -> None:
        make_grant(buyer, off=1000)
        house, other = buy(buyer, 6000, 4000, total=10600)
        assert (house.seller, other.seller) == ("", "silk-road")
        assert house.purchase == other.purchase == house.number != other.number
        assert [(one.goods_total, one.discount_total, one.freight_total, one.total) for one in (house, other)] == [
            (6000, 600, 800, 6200),
            (4000, 400, 800, 4400),
        ]

    def test_a_coupon_comes_back_with_the_last_order_that_closes(self, buyer: User) -> None:
        grant = make_grant(buyer, off=1000)
        house, other = buy(buyer, 6000, 4000, total=10600)
        step(house, orders.close_order, reason=orders.CANCELLED)
        assert grant_state(grant) == ("locked", house.purchase)
        step(other, orders.close_order, reason=orders.CANCELLED)
        assert grant_state(grant) == ("usable", house.purchase)

    def test_a_coupon_that_one_order_was_paid_with_stays_used(self, buyer: User) -> None:
        grant = make_grant(buyer, off=1000)
        house, other = buy(buyer, 6000, 4000, total=10600)
        assert step(house, orders.pay_order) is True
        lapse_order(other)
        step(other, orders.close_order, reason=orders.EXPIRED)
        assert grant_state(grant) == ("used", house.purchase)
        step(house, orders.close_refunded)
        assert grant_state(grant) == ("usable", house.purchase)
