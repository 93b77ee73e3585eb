"""Random carts with random promotions, through the whole shop: what is quoted is ordered, lines add up, and what goes
back bit by bit adds up to what was paid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.aftersales import services as aftersales
from commerce.aftersales.models import Case
from commerce.aftersales.selectors import options_of, shares_left
from commerce.checkout import sellers
from commerce.checkout.services import Wanted, place_order, quote
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from commerce.orders.models import Order
from commerce.payments.models import Refund
from commerce.payments.services import refunds
from commerce.promotions import points
from commerce.promotions.models import CouponGrant
from commerce.shipping.models import FreightRule, FreightTemplate, ProductFreight
from commerce.shipping.services import shipments
from project.kernel.ids import new_key
from tests.support.buying import address_of, decide, deliver, pay
from tests.support.factories import make_product, make_sku, make_user
from tests.support.points import PointsBook
from tests.support.promoting import make_grant, make_threshold

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Line:
    price: int
    quantity: int
    by_another: bool
    has_template: bool


@dataclass(frozen=True)
class Cart:
    lines: list[Line]
    thresholds: list[tuple[int, int, bool]] = field(default_factory=list)
    coupons: list[dict[str, Any]] = field(default_factory=list)
    spend: int = 0
    freight: int = 0


amounts = st.integers(1, 20_000) | st.sampled_from([1, 2, 3, 99, 100])
coupons = st.builds(
    lambda worth, minimum, group: {**worth, "minimum": minimum, "group": group},
    worth=amounts.map(lambda off: {"off": off}) | st.integers(1, 100).map(lambda percent: {"percent_off": percent}),
    minimum=st.sampled_from([0, 0, 5000]),
    group=st.sampled_from(["shop", "drop"]),
)
units = st.integers(1, 3)
lines = st.builds(Line, price=amounts, quantity=units, by_another=st.booleans(), has_template=st.booleans())
carts = st.builds(
    Cart,
    lines=st.lists(lines, min_size=1, max_size=3),
    thresholds=st.lists(st.tuples(amounts, st.integers(1, 100), st.booleans()), max_size=2),
    coupons=st.lists(coupons, max_size=3),
    spend=st.sampled_from([0, 0, 7, 1000, 10**6]),
    freight=st.sampled_from([0, 1, 600]),
)


@contextmanager
def a_shop(freight: int) -> Iterator[tuple[PointsBook, set[int]]]:
    """With a book of points and a second seller, whose products are in the set; gone afterwards."""
    book, anothers = PointsBook(step=10, worth=3), set[int]()
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(
            FREIGHT_MINOR=freight, PAYMENT_PROVIDERS=["sandbox"], SANDBOX_WEBHOOK_SECRET="a secret of the sandbox"
        ),
    ):
        patch.setattr(points, "_book", book)
        patch.setattr(sellers, "_source", lambda ids: {id: "silk-road" for id in ids if id in anothers})
        with transaction.atomic():
            yield book, anothers
            transaction.set_rollback(True)


def buy(cart: Cart, book: PointsBook, anothers: set[int]) -> list[Order]:
    """What is wanted, quoted, ordered and paid; checks that it adds up."""
    buyer = make_user(password=None)
    book.earn(buyer.pk, 50_000)
    for start, percent, repeats in cart.thresholds:
        make_threshold((start, max(1, start * percent // 100)), repeats=repeats)
    for terms in cart.coupons:
        make_grant(buyer, **terms)
    template = FreightTemplate.objects.create(name="parcels")
    FreightRule.objects.create(template=template, first_price=800, further_price=200, free_from=9900)
    lines = []
    for line in cart.lines:
        product = make_product()
        if line.by_another:
            anothers.add(product.pk)
        if line.has_template:
            ProductFreight.objects.create(product=product, template=template)
        sku = make_sku(product=product, price=line.price, list_price=None, stock=10)
        lines.append((sku.pk, line.quantity))
    wanted, address_id = Wanted(lines=lines), address_of(buyer.pk)
    offer = quote(shopper_id=buyer.pk, wanted=wanted, address_id=address_id, spend=cart.spend)
    orders = place_order(
        shopper_id=buyer.pk,
        wanted=wanted,
        address_id=address_id,
        expected_total=offer.priced.total.amount,
        spend=cart.spend,
    )
    assert sum(order.total for order in orders) == offer.priced.total.amount
    assert sum(order.discount_total for order in orders) == offer.priced.discount_total
    assert sum(line.total for order in orders for line in order.lines.all()) == sum(
        line.price * line.quantity for line in cart.lines
    )
    for order in orders:
        add_up(order)
        if order.total:
            assert deliver(decide(pay(order))).status_code == 200
        order.refresh_from_db()
        assert order.state == "paid"
    assert book.balance(buyer.pk) == 50_000 - sum(book.kept(order.number) for order in orders)
    return orders


def add_up(order: Order) -> None:
    lines = list(order.lines.all())
    assert all(0 <= line.discount <= line.total for line in lines)
    assert all(line.discount == sum(one["amount"] for one in line.discounts) for line in lines)
    assert all(one["amount"] > 0 for line in lines for one in line.discounts)
    assert order.goods_total == sum(line.total for line in lines)
    assert order.discount_total == sum(line.discount for line in lines)
    assert order.total == sum(line.paid for line in lines) + order.freight_total


def give_back(order: Order, line_id: int, quantity: int, *, amount: int | None = None) -> None:
    """A case from the request to its end; `amount` when it is less than all, of goods that stay."""
    sent = order.state != "paid"
    kind = "return_and_refund" if sent and amount is None else "refund_only"
    case = aftersales.open_case(
        buyer_id=order.buyer_id,
        number=order.number,
        line_id=line_id,
        kind=kind,
        quantity=quantity,
        reason="quality" if sent else "changed_mind",
        amount=amount,
    )
    if case.state == "requested":
        aftersales.approve(case_id=case.pk, by_id=None)
    if kind == "return_and_refund":
        aftersales.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
        aftersales.take_back(case_id=case.pk, by_id=None, good_quantity=quantity)
    order.refresh_from_db()


def refunded(order: Order) -> int:
    rows = Refund.objects.filter(payment__order=order)
    promised = sum(payment.refunded for payment in order.payments.all())
    assert sum(row.amount for row in rows) == promised
    return promised


@settings(max_examples=12, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(cart=carts, sent=st.booleans(), data=st.data())
def test_what_goes_back_bit_by_bit_is_what_was_paid(cart: Cart, sent: bool, data: st.DataObject) -> None:
    """All of it: goods that were never sent with their freight, goods that were without it."""
    with a_shop(cart.freight) as (book, anothers):
        orders = buy(cart, book, anothers)
        for order in orders:
            if sent:
                shipments.ship(number=order.number, carrier_code="sf", key=new_key(), tracking_number=f"SF{order.pk}")
                shipments.receive(buyer_id=order.buyer_id, number=order.number)
                order.refresh_from_db()
            left = {line.pk: line.quantity for line in order.lines.all()}
            while left:
                line_id = sorted(left)[data.draw(st.integers(0, len(left) - 1))]
                quantity = data.draw(st.integers(1, left[line_id]))
                most = next(one.max_amount for one in options_of(order) if one.line_id == line_id)
                before = refunded(order)
                give_back(order, line_id, quantity)
                left[line_id] -= quantity
                left = {pk: units for pk, units in left.items() if units}
                rise = refunded(order) - before
                assert 0 <= rise <= most + (0 if left or sent else order.freight_total)
                assert refunded(order) <= order.total
            assert refunded(order) == order.total - (order.freight_total if sent else 0)
            assert order.state == "closed"
            assert book.kept(order.number) == 0
        assert set(CouponGrant.objects.values_list("state", flat=True)) <= {"usable"}
        assert {(stock.on_hand, stock.reserved) for stock in Stock.objects.all()} == {(10, 0)}
        refunds.send_refunds()
        assert not Refund.objects.exclude(state="done").exists()
        assert discrepancies() == []


@settings(max_examples=8, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(cart=carts, data=st.data())
def test_parts_never_come_to_more_than_was_paid(cart: Cart, data: st.DataObject) -> None:
    """Some units keep their goods and get a part; whatever is asked for, a line gives back no more than it cost."""
    with a_shop(cart.freight) as (book, anothers):
        for order in buy(cart, book, anothers):
            shipments.ship(number=order.number, carrier_code="sf", key=new_key(), tracking_number=f"SF{order.pk}")
            shipments.receive(buyer_id=order.buyer_id, number=order.number)
            order.refresh_from_db()
            for _ in range(6):
                open_lines = [one for one in options_of(order) if one.max_quantity]
                if not open_lines:
                    break
                option = open_lines[data.draw(st.integers(0, len(open_lines) - 1))]
                quantity = data.draw(st.integers(1, option.max_quantity))
                share = shares_left(order.lines.get(pk=option.line_id), quantity=quantity)[0]
                part = data.draw(st.none() | st.integers(1, share)) if share > 1 else None
                give_back(order, option.line_id, quantity, amount=part)
                for line in order.lines.all():
                    assert sum(case.amount for case in Case.objects.filter(line=line)) <= line.paid
                assert refunded(order) <= order.total - order.freight_total
