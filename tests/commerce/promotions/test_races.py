from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from commerce.checkout.services import Wanted, place_order
from commerce.inventory.models import Stock
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.promotions import services
from commerce.promotions.models import Coupon, CouponGrant
from community.notices.models import Notice
from tests.support.buying import address_of
from tests.support.factories import make_sku, make_user
from tests.support.promoting import make_coupon, make_grant
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("round", range(5))
def test_the_last_coupons_go_to_as_many_as_there_are(round: int) -> None:
    coupon = make_coupon(total=3)
    people = [make_user() for _ in range(40)]
    answers = at_once(
        [lambda person=person: services.take(user_id=person.pk, coupon_id=coupon.pk).state for person in people]  # type: ignore[misc]
    )
    assert answers == {"usable": 3, "coupons_gone": 37}
    coupon.refresh_from_db()
    assert (coupon.granted, CouponGrant.objects.filter(coupon=coupon).count()) == (3, 3)


def test_one_person_takes_one_however_often_at_once() -> None:
    coupon, person = make_coupon(total=40), make_user()
    answers = at_once([lambda: services.take(user_id=person.pk, coupon_id=coupon.pk).pk] * 40)
    assert list(answers.values()) == [40]
    assert Coupon.objects.get().granted == CouponGrant.objects.count() == 1


@pytest.mark.parametrize("round", range(5))
def test_a_coupon_that_can_be_used_once_is_part_of_one_order(round: int) -> None:
    buyer, sku = make_user(), make_sku(price=3900, list_price=None, stock=100)
    grant, address_id = make_grant(buyer, off=500), address_of(buyer.pk)

    def buy() -> str:
        (order,) = place_order(
            shopper_id=buyer.pk,
            wanted=Wanted(lines=[(sku.pk, 1)]),
            address_id=address_id,
            expected_total=3400,
            coupons=[grant.pk],
        )
        return order.state

    assert at_once([buy] * 30) == {"pending_payment": 1, "coupon_not_usable": 29}
    grant.refresh_from_db()
    assert (grant.state, grant.reference) == ("locked", Order.objects.get().purchase)
    assert Stock.objects.get(sku=sku).reserved == 1


def test_orders_that_close_and_orders_that_open_with_the_same_coupon() -> None:
    """One closes and gives the coupon back while others want it: nobody waits for ever, and one has it at most."""
    buyer, sku = make_user(), make_sku(price=3900, list_price=None, stock=100)
    grant, address_id = make_grant(buyer, off=500), address_of(buyer.pk)
    wanted = Wanted(lines=[(sku.pk, 1)])

    def open_one() -> Order:
        (order,) = place_order(
            shopper_id=buyer.pk, wanted=wanted, address_id=address_id, expected_total=3400, coupons=[grant.pk]
        )
        return order

    first = open_one()

    def close() -> str:
        with transaction.atomic():
            orders.close_order(order=orders.lock_order(order_id=first.pk), reason=orders.CANCELLED)
        return "closed"

    answers = at_once([close, *([lambda: open_one().state] * 20)])
    assert answers["closed"] == 1
    assert answers["pending_payment"] <= 1
    assert answers.total() == 21
    assert set(answers) <= {"closed", "pending_payment", "coupon_not_usable"}
    grant.refresh_from_db()
    open_orders = Order.objects.filter(state="pending_payment")
    assert [one.purchase for one in open_orders] == ([grant.reference] if grant.state == "locked" else [])
    assert Stock.objects.get(sku=sku).reserved == open_orders.count()


@pytest.mark.parametrize("round", range(5))
def test_staff_who_give_a_coupon_to_some_of_the_same_people_at_once(round: int) -> None:
    """Each gets it once, and nobody waits for the other for ever."""
    coupon, people = make_coupon(way="targeted", total=None), [make_user().pk for _ in range(20)]

    def give_to_those_after(after: int) -> str:
        services.give(coupon_id=coupon.pk, user_ids=people[after:])
        return "given"

    answers = at_once([partial(give_to_those_after, after) for after in range(20)])
    assert answers == {"given": 20}
    assert Coupon.objects.get().granted == CouponGrant.objects.count() == Notice.objects.count() == 20
