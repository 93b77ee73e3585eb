"""Points through the life of an order, kept by a book that is registered."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from commerce.aftersales import services as aftersales
from commerce.aftersales.models import Case
from commerce.aftersales.shares import share_of
from commerce.checkout import sellers
from commerce.checkout.errors import TotalChanged
from commerce.checkout.services import Wanted, place_order, quote
from commerce.inventory.models import Stock
from commerce.orders import services as orders
from commerce.orders.models import Order
from commerce.promotions import points
from commerce.promotions.errors import PointsShort
from commerce.shipping.services import shipments
from community.accounts.models import User
from tests.support.buying import address_of, api, decide, deliver, make_claim, order_claim, pay
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.points import PointsBook
from tests.support.promoting import make_grant
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch, settings: Any) -> PointsBook:
    """Ten points pay a fen."""
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.SANDBOX_WEBHOOK_SECRET = "a secret of the sandbox"
    kept = PointsBook(step=10, worth=1, funded_by="bank")
    monkeypatch.setattr(points, "_book", kept)
    return kept


@pytest.fixture
def buyer(book: PointsBook) -> User:
    user = make_user()
    book.earn(user.pk, 20_005)
    return user


@transaction.atomic
def buy(buyer: User, *wanted: tuple[int, int], spend: int, total: int) -> list[Order]:
    """(price, units) of a new SKU each."""
    skus = [make_sku(price=price, list_price=None, stock=10) for price, _ in wanted]
    return place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, units) for sku, (_, units) in zip(skus, wanted, strict=True)]),
        address_id=address_of(buyer.pk),
        expected_total=total,
        spend=spend,
    )


def step(order: Order, what: Any, **facts: Any) -> Any:
    with transaction.atomic():
        return what(order=orders.lock_order(order_id=order.pk), **facts)


def test_where_nobody_keeps_any_there_is_nothing_to_spend() -> None:
    user, sku = make_user(), make_sku(price=3900)
    body = {"lines": [{"sku": sku.pk, "quantity": 1}], "points": 100}
    answer: Any = api(user).post("/api/checkout/quote/", body, format="json")
    assert (answer.json()["points"], answer.json()["total"]["amount"]) == (None, 3900)
    with pytest.raises(PointsShort):
        points.book().lock(user_id=user.pk, points=1, reference="1")


@pytest.mark.parametrize(("spend", "spent", "off"), [(0, 0, 0), (1009, 1000, 100), (10**9, 20_000, 2000)])
def test_a_quote_says_what_could_be_spent_and_what_that_saves(buyer: User, spend: int, spent: int, off: int) -> None:
    sku = make_sku(price=3900)
    body = {"lines": [{"sku": sku.pk, "quantity": 1}], "points": spend}
    answer: Any = api(buyer).post("/api/checkout/quote/", body, format="json")
    assert answer.json()["points"] == {
        "balance": 20_005,
        "spent": spent,
        "off": {"amount": off, "currency": "CNY"},
        "most": 20_000,
        "most_off": {"amount": 2000, "currency": "CNY"},
    }
    assert answer.json()["total"]["amount"] == 3900 - off


def test_coupons_come_first_and_freight_is_not_paid_with_points(buyer: User, settings: Any) -> None:
    settings.FREIGHT_MINOR = 800
    make_grant(buyer, off=500)
    offer = quote(shopper_id=buyer.pk, wanted=Wanted(lines=[(make_sku(price=1500).pk, 1)]), spend=10**6)
    assert [(one.kind, one.amount, one.funded_by) for one in offer.priced.discounts] == [
        ("coupon", 500, "house"),
        ("points", 1000, "bank"),
    ]
    assert (offer.priced.freight_total, offer.priced.total.amount) == (800, 800)


def test_points_are_locked_with_the_order_used_when_it_is_paid(buyer: User, book: PointsBook) -> None:
    (order,) = buy(buyer, (2000, 1), (1000, 1), spend=1000, total=2900)
    assert [(line.points, line.discount) for line in order.lines.all()] == [(670, 67), (330, 33)]
    assert (book.balance(buyer.pk), book.kept(order.number)) == (19_005, 1000)
    assert step(order, orders.pay_order) is True
    assert (book.balance(buyer.pk), book.kept(order.number)) == (19_005, 1000)
    assert api(buyer).get(f"/api/orders/{order.number}/").json()["points"] == 1000


def test_they_come_back_when_it_closes(buyer: User, book: PointsBook) -> None:
    (order,) = buy(buyer, (2000, 1), spend=1000, total=1900)
    step(order, orders.close_order, reason=orders.EXPIRED)
    assert (book.balance(buyer.pk), book.kept(order.number)) == (20_005, 0)


def test_money_that_comes_late_uses_them_if_they_are_still_there(buyer: User, book: PointsBook) -> None:
    (order,) = buy(buyer, (2000, 1), spend=1000, total=1900)
    step(order, orders.close_order, reason=orders.EXPIRED)
    assert step(order, orders.pay_order) is True
    assert (book.balance(buyer.pk), book.kept(order.number)) == (19_005, 1000)


def test_money_that_comes_late_goes_back_when_they_went_elsewhere(buyer: User, book: PointsBook) -> None:
    (late,) = buy(buyer, (3000, 1), spend=20_000, total=1000)
    step(late, orders.close_order, reason=orders.EXPIRED)
    (other,) = buy(buyer, (3000, 1), spend=20_000, total=1000)
    assert step(late, orders.pay_order) is False
    late.refresh_from_db()
    assert (late.state, book.kept(late.number), book.kept(other.number)) == ("closed", 0, 20_000)
    assert late.lines.get().sku.stock.on_hand == 10


def test_when_the_units_are_gone_no_points_are_kept(buyer: User, book: PointsBook) -> None:
    (order,) = buy(buyer, (2000, 1), spend=1000, total=1900)
    step(order, orders.close_order, reason=orders.EXPIRED)
    Stock.objects.filter(sku=order.lines.get().sku_id).update(on_hand=0)
    assert step(order, orders.pay_order) is False
    assert (book.balance(buyer.pk), book.kept(order.number)) == (20_005, 0)


def test_points_for_everything_are_paid_at_once(buyer: User, book: PointsBook) -> None:
    (order,) = buy(buyer, (1000, 1), spend=10_000, total=0)
    assert (order.state, book.kept(order.number)) == ("paid", 10_000)


def test_fewer_points_than_agreed_order_nothing(buyer: User, book: PointsBook) -> None:
    with pytest.raises(TotalChanged):
        buy(buyer, (9000, 1), spend=30_000, total=6000)
    assert (Order.objects.count(), book.balance(buyer.pk)) == (0, 20_005)


def test_the_price_of_a_flash_sale_takes_no_points(buyer: User, book: PointsBook) -> None:
    claim = make_claim(shopper=buyer, sale=make_sale(price=1900))
    assert quote(shopper_id=buyer.pk, wanted=Wanted(claim_id=claim.pk), spend=1000).priced.total.amount == 1900
    assert order_claim(claim).lines.get().points == 0


def test_each_seller_has_a_part(buyer: User, book: PointsBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sellers, "_source", lambda ids: {max(ids): "silk-road"})
    house, other = buy(buyer, (2000, 1), (1000, 1), spend=1000, total=2900)
    assert (book.kept(house.number), book.kept(other.number)) == (670, 330)
    step(other, orders.close_order, reason=orders.CANCELLED)
    assert step(house, orders.pay_order) is True
    assert book.balance(buyer.pk) == 20_005 - 670


def paid_and_received(buyer: User, *wanted: tuple[int, int], spend: int, total: int, ship: bool = True) -> Order:
    (order,) = buy(buyer, *wanted, spend=spend, total=total)
    if total:
        assert deliver(decide(pay(order))).status_code == 200
    if ship:
        shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number=f"SF{order.pk}000")
        shipments.receive(buyer_id=buyer.pk, number=order.number)
    order.refresh_from_db()
    return order


def back(order: Order, *, kind: str = "return_and_refund", **fields: Any) -> Case:
    """A case that went through."""
    asked = {"line_id": order.lines.first().pk, "quantity": 1, "reason": "damaged", **fields}  # type: ignore[union-attr]
    case = aftersales.open_case(buyer_id=order.buyer_id, number=order.number, kind=kind, **asked)
    if case.state == "requested":
        aftersales.approve(case_id=case.pk, by_id=None)
    if kind != "refund_only":
        aftersales.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
        aftersales.take_back(case_id=case.pk, by_id=None)
    case.refresh_from_db()
    return case


def test_units_that_go_back_take_their_points_along_and_no_more_than_were_spent(buyer: User, book: PointsBook) -> None:
    order = paid_and_received(buyer, (1000, 3), spend=1000, total=2900)
    assert [(case.amount, case.points) for case in (back(order), back(order), back(order))] == [
        (966, 333),
        (967, 333),
        (967, 334),
    ]
    assert (book.balance(buyer.pk), book.kept(order.number)) == (20_005, 0)
    order.refresh_from_db()
    assert (order.state, order.close_reason) == ("closed", "refunded")


def test_what_never_left_gives_its_points_back_at_once(buyer: User, book: PointsBook) -> None:
    order = paid_and_received(buyer, (1000, 2), spend=1000, total=1900, ship=False)
    back(order, kind="refund_only", reason="changed_mind")
    assert (book.balance(buyer.pk), book.kept(order.number)) == (19_505, 500)


def test_a_part_of_the_money_takes_a_part_of_the_points_along(buyer: User, book: PointsBook) -> None:
    order = paid_and_received(buyer, (1000, 1), spend=1000, total=900)
    case = back(order, kind="refund_only", amount=300)
    assert (case.amount, case.points, book.kept(order.number)) == (300, 333, 667)


def test_what_points_alone_paid_for_gives_points_back(buyer: User, book: PointsBook) -> None:
    order = paid_and_received(buyer, (1000, 2), spend=20_000, total=0)
    case = back(order)
    assert (case.state, case.amount, case.points) == ("refunded", 0, 10_000)
    assert book.balance(buyer.pk) == 10_005


def test_nothing_in_exchange_is_the_points_too(buyer: User, book: PointsBook) -> None:
    order = paid_and_received(buyer, (1000, 1), spend=1000, total=900)
    case = back(order, kind="exchange")
    assert (case.state, case.points, book.kept(order.number)) == ("received_back", 0, 1000)
    Case.objects.update(deadline=case.created_at)
    assert aftersales.decide_due() == 1
    case.refresh_from_db()
    assert (case.state, case.amount, case.points, book.kept(order.number)) == ("refunding", 900, 1000, 0)


@given(data=st.data(), units=st.integers(1, 50), spent=st.integers(0, 10**9))
def test_shares_taken_one_after_the_other_add_up(data: st.DataObject, units: int, spent: int) -> None:
    left, given_back = units, 0
    while left:
        quantity = data.draw(st.integers(1, left))
        given_back += share_of(quantity=quantity, units_left=left, paid_left=spent - given_back)
        left -= quantity
        assert given_back <= spent
    assert given_back == spent


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_the_same_points_pay_for_one_order(buyer: User, book: PointsBook, round: int) -> None:
    sku, address_id = make_sku(price=3000, list_price=None, stock=100), address_of(buyer.pk)

    def order() -> str:
        (made,) = place_order(
            shopper_id=buyer.pk,
            wanted=Wanted(lines=[(sku.pk, 1)]),
            address_id=address_id,
            expected_total=1000,
            spend=20_000,
        )
        return made.state

    answers = at_once([order] * 20)
    assert answers["pending_payment"] == 1
    assert answers["points_short"] + answers["total_changed"] == 19
    assert (book.balance(buyer.pk), book.kept(Order.objects.get().number)) == (5, 20_000)
    assert Stock.objects.get(sku=sku).reserved == 1
