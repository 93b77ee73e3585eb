"""An order that costs nothing: coupons cover everything."""

from __future__ import annotations

from typing import Any

import pytest

from commerce.aftersales import services as aftersales
from commerce.aftersales.models import Case
from commerce.checkout import sellers
from commerce.checkout.services import Wanted, place_order
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from commerce.orders.errors import IllegalTransition
from commerce.orders.events import OrderPaid
from commerce.orders.models import Order
from commerce.payments.models import LedgerEntry, Payment, Refund
from commerce.payments.services import closing
from commerce.promotions.models import CouponGrant
from commerce.shipping.services import shipments
from community.accounts.models import User
from tests.support.announced import Announced
from tests.support.buying import address_of, api, make_claim, order_claim
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.promoting import make_grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> User:
    return make_user()


def buy(buyer: User, *prices: int, total: int = 0) -> list[Order]:
    skus = [make_sku(price=price, list_price=None, stock=10) for price in prices]
    return place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, 1) for sku in skus]),
        address_id=address_of(buyer.pk),
        expected_total=total,
    )


def stock_of(order: Order) -> list[tuple[int, int]]:
    lines = order.lines.order_by("sku_id").values_list("sku_id", flat=True)
    return [Stock.objects.values_list("on_hand", "reserved").get(sku_id=sku) for sku in lines]


def test_it_is_paid_when_it_is_placed(buyer: User, published: Announced) -> None:
    grant = make_grant(buyer, off=5000)
    (order,) = buy(buyer, 3000, 2000)
    order.refresh_from_db()
    assert (order.state, order.total, order.discount_total) == ("paid", 0, 5000)
    assert order.paid_at
    assert [event.type for event in order.events.all()] == ["order.opened", "order.paid"]
    grant.refresh_from_db()
    assert (grant.state, grant.reference) == ("used", order.purchase)
    assert stock_of(order) == [(9, 0), (9, 0)]
    assert not Payment.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_everybody_hears_that_it_is_paid(buyer: User, published: Announced) -> None:
    make_grant(buyer, off=3000)
    (order,) = buy(buyer, 3000)
    (paid,) = [event for event in published if isinstance(event, OrderPaid)]
    assert (paid.order["number"], paid.order["state"], paid.total) == (
        order.number,
        "paid",
        {"amount": 0, "currency": "CNY"},
    )


def test_the_answer_of_the_checkout_says_so_and_again_is_the_same(buyer: User) -> None:
    make_grant(buyer, off=3000)
    sku = make_sku(price=3000, list_price=None, stock=5)
    body = {"lines": [{"sku": sku.pk, "quantity": 1}], "address": address_of(buyer.pk), "expected_total": 0}
    for _ in range(2):
        answer: Any = api(buyer).post("/api/checkout/", body, format="json", headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["orders"][0]["state"]) == (201, "paid")
    assert (Order.objects.count(), Stock.objects.get(sku=sku).on_hand) == (1, 4)


def test_with_freight_it_is_to_be_paid(buyer: User, settings: Any) -> None:
    settings.FREIGHT_MINOR = 800
    grant = make_grant(buyer, off=3000)
    (order,) = buy(buyer, 3000, total=800)
    grant.refresh_from_db()
    assert (order.state, grant.state) == ("pending_payment", "locked")


def test_what_a_flash_sale_gives_away_is_the_buyers() -> None:
    claim = make_claim(shopper=make_user(), sale=make_sale(price=0))
    order = order_claim(claim)
    claim.refresh_from_db()
    assert (order.state, claim.state) == ("paid", "sold")


def test_it_cannot_be_cancelled_and_does_not_run_out(buyer: User) -> None:
    make_grant(buyer, off=3000)
    (order,) = buy(buyer, 3000)
    Order.objects.update(expires_at=order.created_at)
    assert closing.close_due_orders() == 0
    with pytest.raises(IllegalTransition):
        closing.cancel_order(buyer_id=buyer.pk, number=order.number)
    order.refresh_from_db()
    assert order.state == "paid"


def test_given_back_before_it_was_sent_units_and_coupon_come_back(buyer: User) -> None:
    grant = make_grant(buyer, off=5000)
    (order,) = buy(buyer, 3000, 2000)
    for line in order.lines.all():
        case = aftersales.open_case(
            buyer_id=buyer.pk,
            number=order.number,
            line_id=line.pk,
            kind="refund_only",
            quantity=1,
            reason="changed_mind",
        )
        assert (case.state, case.amount, case.freight) == ("refunded", 0, 0)
    order.refresh_from_db()
    grant.refresh_from_db()
    assert (order.state, order.close_reason, grant.state) == ("closed", "refunded", "usable")
    assert stock_of(order) == [(10, 0), (10, 0)]
    assert not Refund.objects.exists()
    assert discrepancies() == []


def test_sent_back_after_the_receipt_coupon_and_good_units_come_back(buyer: User) -> None:
    grant = make_grant(buyer, off=3000)
    (order,) = buy(buyer, 3000)
    shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number="SF1234")
    shipments.receive(buyer_id=buyer.pk, number=order.number)
    line = order.lines.get()
    case = aftersales.open_case(
        buyer_id=buyer.pk,
        number=order.number,
        line_id=line.pk,
        kind="return_and_refund",
        quantity=1,
        reason="no_reason",
    )
    aftersales.approve(case_id=case.pk, by_id=None)
    aftersales.send_back(buyer_id=buyer.pk, case_id=case.pk, carrier="sf", number="SF9999")
    aftersales.take_back(case_id=case.pk, by_id=make_user(is_staff=True).pk, good_quantity=1)
    order.refresh_from_db()
    grant.refresh_from_db()
    assert Case.objects.get().state == "refunded"
    assert (order.state, grant.state, stock_of(order)) == ("closed", "usable", [(10, 0)])


def test_of_two_sellers_the_one_who_asks_for_nothing_is_paid_at_once(
    buyer: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(sellers, "_source", lambda ids: {max(ids): "silk-road"})
    grant = make_grant(buyer, off=3000)
    skus = [make_sku(price=price, list_price=None, stock=10) for price in (3000, 2000)]
    CouponGrant.objects.get().coupon.products.set([skus[0].product])
    free, other = place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, 1) for sku in skus]),
        address_id=address_of(buyer.pk),
        expected_total=2000,
    )
    assert (free.state, free.total, other.state, other.total) == ("paid", 0, "pending_payment", 2000)
    closing.cancel_order(buyer_id=buyer.pk, number=other.number)
    grant.refresh_from_db()
    assert (grant.state, stock_of(free), stock_of(other)) == ("used", [(9, 0)], [(10, 0)])
