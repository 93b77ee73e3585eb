from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from commerce.aftersales import selectors, services
from commerce.aftersales.errors import (
    AftersaleNotPossible,
    DeclineForbidden,
    IllegalCaseTransition,
    MoreThanLeft,
    TooManyPictures,
)
from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.models import Case, CaseEvent, ReturnExclusion
from commerce.aftersales.services import endings
from commerce.aftersales.shares import share_of
from commerce.checkout.services import Wanted, place_order
from commerce.inventory.models import Stock, StockMovement
from commerce.orders import services as orders
from commerce.orders.models import Order, OrderEvent, OrderLine
from commerce.payments.events import RefundDone
from commerce.payments.models import Payment, Refund
from commerce.payments.services.refunds import send_refunds
from commerce.shipping.models import Shipment
from commerce.shipping.services import shipments
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import DomainError, Invalid, NotFound
from tests.support.announced import Announced
from tests.support.buying import address_of, decide, deliver, pay
from tests.support.factories import make_sku, make_user
from tests.support.promoting import make_grant

pytestmark = pytest.mark.django_db


def bought(*amounts: tuple[int, int], off: int = 0, state: str = "received", not_returned: str = "") -> Order:
    """A paid order, a line for each (price, units), as far as `state`."""
    buyer = make_user()
    if off:
        make_grant(buyer, off=off)
    skus = [make_sku(price=price, list_price=None, stock=10) for price, _ in amounts]
    if not_returned:
        ReturnExclusion.objects.bulk_create(ReturnExclusion(product=sku.product, code=not_returned) for sku in skus)
    (order,) = place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, units) for sku, (_, units) in zip(skus, amounts, strict=True)]),
        address_id=address_of(buyer.pk),
        expected_total=sum(price * units for price, units in amounts) - off,
    )
    assert deliver(decide(pay(order))).status_code == 200
    if state != "paid":
        shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number=f"SF{order.pk}")
    if state in ("received", "completed"):
        shipments.receive(buyer_id=order.buyer_id, number=order.number)
    order.refresh_from_db()
    return order


def ask(order: Order, line: OrderLine | None = None, **fields: Any) -> Case:
    line = line or order.lines.first()
    assert line
    return services.open_case(
        **{
            "buyer_id": order.buyer_id,
            "number": order.number,
            "line_id": line.pk,
            "kind": "return_and_refund",
            "quantity": 1,
            "reason": "damaged",
            **fields,
        }
    )


def staff() -> User:
    return make_user(is_staff=True)


def finish(case: Case) -> Case:
    """The provider sends the money, and the house hears of it."""
    send_refunds()
    refunds = Refund.objects.filter(reference=case.reference)
    assert {refund.state for refund in refunds} == {"done"}
    services.finish(
        RefundDone(order_id=case.order_id, reference=case.reference, amount=sum(refund.amount for refund in refunds))
    )
    case.refresh_from_db()
    return case


CHANGED = (Case, CaseEvent, Refund, Order, OrderEvent, Stock, StockMovement, Shipment)


def refused(error: type[DomainError], act: Callable[[], object]) -> Any:
    """What was said; nothing was changed."""
    before = [list(model.objects.order_by("pk").values()) for model in CHANGED]
    with pytest.raises(error) as refusal:
        act()
    assert [list(model.objects.order_by("pk").values()) for model in CHANGED] == before
    return refusal.value.detail


def stock_of(order: Order) -> tuple[int, int]:
    line = order.lines.first()
    assert line
    return Stock.objects.values_list("on_hand", "reserved").get(sku=line.sku_id)


def test_what_was_not_shipped_is_refunded_at_once_and_sold_again() -> None:
    order = bought((3000, 2), off=500, state="paid")
    assert stock_of(order) == (8, 0)
    case = ask(order, kind="refund_only", reason="changed_mind", quantity=2)
    assert (case.state, case.amount, case.unshipped) == ("refunding", 5500, True)
    order.refresh_from_db()
    assert (order.state, order.close_reason) == ("closed", "refunded")
    assert stock_of(order) == (10, 0)
    assert finish(case).state == "refunded"
    assert Payment.objects.get().refunded == 5500
    # The coupon is the buyer's again.
    assert order.buyer.coupons.get().state == "usable"


def bought_with_freight(settings: Any) -> Order:
    """Two units of 3000, and 800 for sending them; paid."""
    settings.FREIGHT_MINOR = 800
    buyer, sku = make_user(), make_sku(price=3000, list_price=None)
    (order,) = place_order(
        shopper_id=buyer.pk,
        wanted=Wanted(lines=[(sku.pk, 2)]),
        address_id=address_of(buyer.pk),
        expected_total=6800,
    )
    deliver(decide(pay(order)))
    return order


def test_freight_goes_back_with_the_last_unit_that_never_left(settings: Any) -> None:
    order = bought_with_freight(settings)
    first = ask(order, kind="refund_only", reason="too_slow")
    last = ask(order, kind="refund_only", reason="too_slow")
    assert [(case.amount, case.freight) for case in (first, last)] == [(3000, 0), (3000, 800)]
    assert Payment.objects.get().refunded == 6800


@pytest.mark.parametrize(
    ("first_reason", "last_reason", "freight"),
    [("not_received", "not_received", 800), ("not_received", "damaged", 0), ("damaged", "not_received", 0)],
)
def test_freight_goes_back_when_nothing_arrived(
    settings: Any, first_reason: str, last_reason: str, freight: int
) -> None:
    order = bought_with_freight(settings)
    shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number="SF1")
    cases = []
    for reason in (first_reason, last_reason):
        cases.append(services.approve(case_id=ask(order, kind="refund_only", reason=reason).pk, by_id=staff().pk))
    assert [(case.amount, case.freight) for case in cases] == [(3000, 0), (3000, freight)]
    assert Payment.objects.get().refunded == 6000 + freight
    order.refresh_from_db()
    assert (order.state, order.close_reason) == ("closed", "refunded")


def test_freight_goes_back_when_a_part_never_left_and_the_rest_got_lost(settings: Any) -> None:
    order = bought_with_freight(settings)
    line = order.lines.get()
    shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number="SF1", lines={line.pk: 1})
    assert ask(order, kind="refund_only", reason="too_slow").freight == 0
    lost = ask(order, kind="refund_only", reason="not_received")
    assert services.approve(case_id=lost.pk, by_id=staff().pk).freight == 800
    assert Payment.objects.get().refunded == 6800


def test_a_part_is_refunded_before_shipping_and_the_rest_is_shipped() -> None:
    order = bought((3000, 3), state="paid")
    ask(order, kind="refund_only", reason="changed_mind", quantity=1)
    parcel = shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number="SF1")
    order.refresh_from_db()
    assert order.state == "shipped"
    assert [line.quantity for line in parcel.lines.all()] == [2]


def test_refunding_the_last_units_that_were_left_to_ship_makes_it_shipped() -> None:
    order = bought((3000, 2), state="paid")
    line = order.lines.get()
    shipments.ship(number=order.number, carrier_code="sf", key="k", lines={line.pk: 1}, tracking_number="SF1")
    ask(order, kind="refund_only", reason="changed_mind", quantity=1)
    order.refresh_from_db()
    assert order.state == "shipped"


def test_goods_go_back_and_then_the_money() -> None:
    order = bought((3000, 2))
    seller = staff()
    case = ask(order, text="碎了")
    assert (case.state, case.amount) == ("requested", 3000)
    services.approve(case_id=case.pk, by_id=seller.pk)
    services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    assert not Refund.objects.exists()
    services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=1)
    assert stock_of(order) == (9, 0)
    assert finish(case).state == "refunded"
    assert Payment.objects.get().refunded == 3000
    order.refresh_from_db()
    assert (order.state, order.lines.get().refunded_quantity) == ("received", 1)
    assert [(event.state, event.by, event.data) for event in case.events.all()] == [
        ("requested", "buyer", {"text": "碎了"}),
        ("awaiting_return", "seller", {}),
        ("returned", "buyer", {"carrier": "sf", "number": "SF0001"}),
        ("refunding", "seller", {"good_quantity": 1}),
        ("refunded", "time", {}),
    ]


def test_nothing_in_exchange_is_the_money() -> None:
    order = bought((3000, 1))
    case = ask(order, kind="exchange", reason="damaged")
    services.approve(case_id=case.pk, by_id=staff().pk)
    services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=0)
    lapse(case)
    assert services.decide_due() == 1
    assert finish(case).state == "refunded"
    assert Payment.objects.get().refunded == 3000


def lapse(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(deadline=now() - timedelta(seconds=1))


def test_who_lets_the_time_pass_has_agreed() -> None:
    order = bought((3000, 1))
    case = ask(order)
    assert services.decide_due() == 0
    lapse(case)
    assert services.decide_due() == 1
    case.refresh_from_db()
    assert case.state == "awaiting_return"
    services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    lapse(case)
    assert services.decide_due() == 1
    assert finish(case).state == "refunded"
    # Nobody looked at the goods: they are not sold again.
    assert stock_of(order) == (9, 0)


def test_who_sends_nothing_back_gets_nothing_back() -> None:
    order = bought((3000, 1))
    case = ask(order)
    services.approve(case_id=case.pk, by_id=staff().pk)
    lapse(case)
    assert services.decide_due() == 1
    case.refresh_from_db()
    assert case.state == "closed"
    assert ask(order).state == "requested"


def test_a_seller_declines_and_the_buyer_may_ask_again() -> None:
    order = bought((3000, 1))
    case = ask(order, kind="refund_only")
    case = services.decline(case_id=case.pk, by_id=staff().pk, text="照片看不出问题")
    assert (case.state, case.events.last().data) == ("declined", {"text": "照片看不出问题"})  # type: ignore[union-attr]
    assert ask(order).state == "requested"


def test_a_refund_alone_may_be_a_part() -> None:
    order = bought((3000, 1))
    case = ask(order, kind="refund_only", amount=1000)
    services.approve(case_id=case.pk, by_id=staff().pk)
    assert finish(case).state == "refunded"
    assert Payment.objects.get().refunded == 1000
    order.refresh_from_db()
    # The buyer keeps the goods, and what was agreed is settled.
    assert (order.state, order.lines.get().refunded_quantity) == ("received", 0)
    refused(AftersaleNotPossible, lambda: ask(order))


def test_seven_days_without_a_reason() -> None:
    order = bought((3000, 1))
    case = ask(order, reason="no_reason")
    refused(DeclineForbidden, lambda: services.decline(case_id=case.pk, by_id=staff().pk, text="no"))
    services.cancel(buyer_id=order.buyer_id, case_id=case.pk)
    Order.objects.update(received_at=now() - timedelta(days=7, seconds=1))
    assert refused(AftersaleNotPossible, lambda: ask(order, reason="no_reason")) == {"why": "reason"}
    assert ask(order, reason="quality").state == "requested"


def test_some_goods_are_not_taken_back_without_a_reason() -> None:
    order = bought((3000, 1), not_returned="perishable")
    ReturnExclusion.objects.all().delete()
    assert refused(AftersaleNotPossible, lambda: ask(order, reason="no_reason")) == {"why": "reason"}
    assert selectors.options_of(order)[0].without_reason_until is None
    assert ask(order, reason="quality").state == "requested"


def test_what_is_excluded_later_was_sold_without_that() -> None:
    order = bought((3000, 1))
    ReturnExclusion.objects.create(product=order.lines.get().sku.product, code="perishable")
    assert selectors.options_of(order)[0].without_reason_until
    assert ask(order, reason="no_reason").state == "requested"


def test_units_and_money_are_never_more_than_there_are() -> None:
    order = bought((1000, 3), off=1, state="received")
    first = ask(order, quantity=2)
    assert first.amount == 1999
    assert refused(MoreThanLeft, lambda: ask(order, quantity=2)) == {"max_quantity": 1, "max_amount": 1000}
    assert refused(MoreThanLeft, lambda: ask(order, kind="refund_only", amount=1001)) == {
        "max_quantity": 1,
        "max_amount": 1000,
    }
    refused(Invalid, lambda: ask(order, amount=1))
    assert ask(order).amount == 1000
    refused(AftersaleNotPossible, lambda: ask(order))


@pytest.mark.parametrize("state", ["unpaid", "closed", "completed"])
def test_before_paying_and_after_the_end_nothing_is_asked_for(state: str) -> None:
    order = bought((3000, 1))
    if state == "unpaid":
        Order.objects.update(state="pending_payment", paid_at=None)
    else:
        Order.objects.update(state=state)
    why = "unpaid" if state == "unpaid" else "over"
    assert refused(AftersaleNotPossible, lambda: ask(order)) == {"why": why}


def test_what_has_not_arrived_is_not_sent_back() -> None:
    order = bought((3000, 1), state="shipped")
    assert refused(AftersaleNotPossible, lambda: ask(order)) == {"why": "kind"}
    assert ask(order, kind="refund_only", reason="not_received").state == "requested"


def test_somebody_elses_order_is_not_there() -> None:
    order = bought((3000, 1))
    other, elsewhere = make_user(), bought((1, 1)).lines.get()
    refused(NotFound, lambda: ask(order, buyer_id=other.pk))
    case = ask(order)
    refused(NotFound, lambda: services.cancel(buyer_id=other.pk, case_id=case.pk))
    refused(NotFound, lambda: ask(order, line=elsewhere))


def test_steps_that_are_not_possible_change_nothing() -> None:
    order = bought((3000, 1))
    case, seller, parcel = ask(order), staff(), {"carrier": "sf", "number": "SF0001"}
    steps = {
        "send back": lambda: services.send_back(buyer_id=order.buyer_id, case_id=case.pk, **parcel),
        "take back": lambda: services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=1),
        "resend": lambda: services.resend(case_id=case.pk, by_id=seller.pk, **parcel),
        "receive": lambda: services.receive(buyer_id=order.buyer_id, case_id=case.pk),
        "pay instead": lambda: services.pay_instead(case_id=case.pk, by_id=seller.pk),
    }
    for step in steps.values():
        assert refused(IllegalCaseTransition, step) == {"state": "requested"}
    services.cancel(buyer_id=order.buyer_id, case_id=case.pk)
    for step in (
        *steps.values(),
        lambda: services.approve(case_id=case.pk, by_id=seller.pk),
        lambda: services.cancel(buyer_id=order.buyer_id, case_id=case.pk),
    ):
        assert refused(IllegalCaseTransition, step) == {"state": "closed"}


def test_more_than_came_back_is_not_good() -> None:
    order = bought((3000, 1))
    case, seller = ask(order), staff()
    services.approve(case_id=case.pk, by_id=seller.pk)
    services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    more = refused(MoreThanLeft, lambda: services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=2))
    assert (more, stock_of(order)) == ({"max_quantity": 1, "max_amount": 3000}, (9, 0))
    # The same goes on with what did come back.
    services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=1)
    assert stock_of(order) == (10, 0)


def test_an_order_is_completed_when_the_time_is_over_and_nothing_is_open() -> None:
    order, other = bought((3000, 1)), bought((3000, 1))
    case = ask(order)
    assert services.complete_due() == 0
    Order.objects.update(received_at=now() - services.WINDOW)
    assert services.complete_due() == 1
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.state, other.state) == ("received", "completed")
    services.cancel(buyer_id=order.buyer_id, case_id=case.pk)
    assert services.complete_due() == 1


def test_orders_with_open_cases_hold_up_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "MOST_AT_ONCE", 1)
    ask(bought((3000, 1)))
    other = bought((3000, 1))
    Order.objects.update(received_at=now() - services.WINDOW)
    assert services.complete_due() == 1
    other.refresh_from_db()
    assert other.state == "completed"


def test_pictures_are_our_own_and_not_too_many() -> None:
    order = bought((3000, 1))
    case = ask(order)

    def show() -> Any:
        upload = BytesIO()
        Image.new("RGB", (40, 30), "red").save(upload, "JPEG")
        size = upload.tell()
        upload.seek(0)
        return services.add_picture(buyer_id=order.buyer_id, case_id=case.pk, upload=upload, size=size)

    assert [show().position for _ in range(6)] == list(range(6))
    assert refused(TooManyPictures, show) == {"most": 6}
    refused(
        Invalid,
        lambda: services.add_picture(buyer_id=order.buyer_id, case_id=case.pk, upload=BytesIO(b"<svg>"), size=5),
    )
    services.approve(case_id=case.pk, by_id=staff().pk)
    refused(IllegalCaseTransition, show)
    picture = case.pictures.first()
    assert picture
    with picture.image.open() as file:
        assert Image.open(file).format == "WEBP"


def test_finishing_twice_and_for_others_is_harmless() -> None:
    order = bought((3000, 1), state="paid")
    case = finish(ask(order, kind="refund_only", reason="changed_mind"))
    version = case.version
    finish(case)
    services.finish(RefundDone(order_id=order.pk, reference="no_goods", amount=1))
    case.refresh_from_db()
    assert case.version == version


def test_the_buyer_is_told_of_every_step(published: Announced) -> None:
    order = bought((3000, 1))
    case = ask(order)
    services.cancel(buyer_id=order.buyer_id, case_id=case.pk)
    first, last = published.of(AftersaleChanged)
    assert isinstance(first, AftersaleChanged)
    assert isinstance(last, AftersaleChanged)
    assert first.channels() == [f"user:{order.buyer_id}"]
    assert (first.case["state"], first.case["version"]) == ("requested", 0)
    assert first.case["refund"] == {"amount": 3000, "currency": "CNY"}
    assert (last.case["state"], last.case["version"], last.case["deadline"]) == ("closed", 1, None)


def test_a_refund_that_closes_the_order_is_not_paid_twice() -> None:
    order = bought((3000, 1))
    case, seller = ask(order), staff()
    services.approve(case_id=case.pk, by_id=seller.pk)
    services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=1)
    order.refresh_from_db()
    assert order.state == "closed"
    refused(IllegalCaseTransition, lambda: services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=1))
    assert finish(case).state == "refunded"
    with transaction.atomic():
        assert orders.pay_order(order=orders.lock_order(order_id=order.pk)) is False


@given(st.data())
def test_the_shares_of_all_units_add_up_to_what_was_paid(data: st.DataObject) -> None:
    units, paid = data.draw(st.integers(1, 99)), data.draw(st.integers(0, 10**9))
    left, rest, shares = units, paid, []
    while left:
        quantity = data.draw(st.integers(1, left))
        share = share_of(quantity=quantity, units_left=left, paid_left=rest)
        shares.append(share)
        left, rest = left - quantity, rest - share
    assert sum(shares) == paid
    assert min(shares) >= 0
