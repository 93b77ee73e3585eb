"""An exchange is two parcels: units are held when the seller agrees, and leave the stock with theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commerce.aftersales import reactions, selectors, services
from commerce.aftersales.errors import IllegalCaseTransition, MoreThanLeft, ReplacementGone
from commerce.aftersales.events import AftersaleChanged
from commerce.aftersales.models import Case
from commerce.catalog.models import Sku
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from commerce.inventory.services import receive, write_off
from commerce.orders.models import Order
from commerce.payments.models import Payment, Refund
from commerce.shipping import selectors as shipping
from commerce.shipping.errors import NumberTaken
from commerce.shipping.events import ShipmentChanged
from commerce.shipping.models import Shipment, SimulatedParcel
from commerce.shipping.services import shipments
from project.kernel.clock import now, to_ms
from project.kernel.errors import Invalid
from tests.commerce.aftersales.test_services import ask, bought, finish, lapse, refused, staff, stock_of
from tests.commerce.shipping.test_shipments import history, tell
from tests.support.announced import Announced
from tests.support.buying import api
from tests.support.factories import make_sku, make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db


def sold_out(order: Order) -> None:
    line = order.lines.get()
    left = Stock.objects.get(sku=line.sku_id).available
    write_off(sku_id=line.sku_id, quantity=left, reference=f"lost:{order.pk}")


def another(order: Order, **fields: Any) -> Sku:
    return make_sku(product=order.lines.get().sku.product, list_price=None, **{"price": 3000, "stock": 5, **fields})


def agreed(order: Order, **fields: Any) -> Case:
    case = ask(order, kind="exchange", **fields)
    return services.approve(case_id=case.pk, by_id=staff().pk)


def sent_back(order: Order, number: str = "SF0001", **fields: Any) -> Case:
    case = agreed(order, **fields)
    return services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number=number)


def resent(order: Order, number: str = "SF0002", **fields: Any) -> Case:
    case = sent_back(order, **fields)
    services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=1)
    return services.resend(case_id=case.pk, by_id=staff().pk, carrier="sf", number=number)


def test_goods_are_exchanged() -> None:
    order = bought((3000, 2))
    case = agreed(order)
    assert (case.state, stock_of(order)) == ("awaiting_return", (8, 1))
    case = services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    assert (case.state, stock_of(order)) == ("returned", (8, 1))
    case = services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=1)
    assert (case.state, stock_of(order)) == ("received_back", (9, 1))
    case = services.resend(case_id=case.pk, by_id=staff().pk, carrier="sf", number="SF0002")
    assert (case.state, stock_of(order), discrepancies()) == ("resent", (8, 0), [])
    parcels = Shipment.objects.exclude(purpose="order").order_by("pk")
    assert [(one.purpose, one.number, one.lines.get().quantity) for one in parcels] == [
        ("return", "SF0001", 1),
        ("replacement", "SF0002", 1),
    ]
    case = services.receive(buyer_id=order.buyer_id, case_id=case.pk)
    assert (case.state, case.deadline) == ("exchanged", None)
    assert not Refund.objects.exists()
    # What came in exchange may be wrong again.
    assert ask(order, quantity=2).state == "requested"


def test_another_size_comes_back_for_it() -> None:
    order = bought((3000, 1))
    larger, dearer, hidden = another(order), another(order, price=4000), another(order, sellable=False)
    (options,) = selectors.options_of(order)
    assert [(one.sku_id, one.available) for one in options.replacements] == [
        (order.lines.get().sku_id, 9),
        (larger.pk, 5),
    ]
    for wrong in (dearer, hidden, make_sku()):
        refused(Invalid, lambda sku=wrong: ask(order, kind="exchange", replacement_id=sku.pk))
    refused(Invalid, lambda: ask(order, replacement_id=larger.pk))
    case = resent(order, reason="wrong_size", replacement_id=larger.pk)
    assert (stock_of(order), Stock.objects.values_list("on_hand", "reserved").get(sku=larger)) == ((10, 0), (4, 0))
    services.receive(buyer_id=order.buyer_id, case_id=case.pk)
    # It is the larger one that goes back into the stock, should that be sent back.
    second = ask(order)
    services.approve(case_id=second.pk, by_id=staff().pk)
    services.send_back(buyer_id=order.buyer_id, case_id=second.pk, carrier="sf", number="SF0003")
    services.take_back(case_id=second.pk, by_id=staff().pk, good_quantity=1)
    assert (stock_of(order), Stock.objects.get(sku=larger).on_hand, discrepancies()) == ((10, 0), 5, [])


def test_without_another_one_the_seller_cannot_agree_and_is_told_what_there_is() -> None:
    order = bought((3000, 1))
    case, larger = ask(order, kind="exchange"), another(order)
    sold_out(order)
    sku_id = order.lines.get().sku_id
    gone = {"sku": sku_id, "available": 0, "skus": [larger.pk], "instead": ["return_and_refund"]}
    assert refused(ReplacementGone, lambda: services.approve(case_id=case.pk, by_id=staff().pk)) == gone
    assert (stock_of(order), discrepancies()) == ((0, 0), [])
    services.cancel(buyer_id=order.buyer_id, case_id=case.pk)
    assert refused(ReplacementGone, lambda: ask(order, kind="exchange")) == gone


def test_the_buyer_chooses_another_one_or_the_money() -> None:
    order = bought((3000, 1))
    case, larger = ask(order, kind="exchange"), another(order, stock=1)
    sold_out(order)
    page = f"/api/aftersales/{case.pk}/"
    buyer = api(order.buyer)
    body = buyer.get(page).json()
    assert body["replacement"]["available"] is False
    assert [(one["sku"], one["available"]) for one in body["others"]] == [
        (order.lines.get().sku_id, False),
        (larger.pk, True),
    ]
    body = buyer.post(f"{page}choose/", {"replacement": larger.pk}, format="json").json()
    assert (body["replacement"]["sku"], body["replacement"]["available"], body["others"]) == (larger.pk, True, [])
    body = buyer.post(f"{page}choose/", {"replacement": None}, format="json").json()
    assert (body["kind"], body["replacement"], body["refund"]["amount"]) == ("return_and_refund", None, 3000)
    assert [event["details"] for event in body["events"]] == [
        {},
        {"replacement": larger.pk},
        {"instead": "return_and_refund"},
    ]
    assert body["deadline"]
    refused(IllegalCaseTransition, lambda: services.choose(buyer_id=order.buyer_id, case_id=case.pk))
    assert Stock.objects.get(sku=larger).reserved == 0


def test_the_seller_offers_the_money_instead() -> None:
    order = bought((3000, 1))
    case = ask(order, kind="exchange")
    sold_out(order)
    path = f"/api/studio/aftersales/{case.pk}/approve/"
    seller = api(staff())
    answer = seller.post(path, headers={"Idempotency-Key": "a"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "replacement_gone")
    body = seller.post(path, {"instead": True}, format="json", headers={"Idempotency-Key": "b"}).json()
    assert (body["state"], body["kind"], body["refund"]["amount"]) == ("awaiting_return", "return_and_refund", 3000)
    assert stock_of(order) == (0, 0)


def test_time_agrees_to_the_money_where_there_is_no_other() -> None:
    order = bought((3000, 1))
    case = ask(order, kind="exchange")
    sold_out(order)
    lapse(case)
    assert services.decide_due() == 1
    case.refresh_from_db()
    assert (case.state, case.kind, case.amount) == ("awaiting_return", "return_and_refund", 3000)


@pytest.mark.parametrize("how", ["cancelled", "not sent", "paid instead", "none came"])
def test_what_is_held_is_free_again_once(how: str) -> None:
    order = bought((3000, 1))
    case = agreed(order) if how in ("cancelled", "not sent") else sent_back(order)
    if case.state == "returned":
        services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=0)
    assert stock_of(order) == (9, 1)
    if how == "cancelled":
        services.cancel(buyer_id=order.buyer_id, case_id=case.pk)
    elif how == "paid instead":
        services.pay_instead(case_id=case.pk, by_id=staff().pk)
    else:
        lapse(case)
        assert services.decide_due() == 1
    case.refresh_from_db()
    assert case.state == ("closed" if how in ("cancelled", "not sent") else "refunding")
    assert (stock_of(order), discrepancies()) == ((9, 0), [])
    refused(IllegalCaseTransition, lambda: services.cancel(buyer_id=order.buyer_id, case_id=case.pk))
    assert stock_of(order) == (9, 0)


def test_the_carrier_moves_both_parcels(published: Announced) -> None:
    order = bought((3000, 1))
    before = history(order)
    case = sent_back(order)
    published.clear()
    assert tell("SF0001", "delivered").json() == {"received": True}
    (moved,) = published.of(ShipmentChanged)
    assert isinstance(moved, ShipmentChanged)
    assert (moved.user_to, moved.shipment["purpose"], moved.shipment["state"]) == (
        order.buyer_id,
        "return",
        "delivered",
    )
    services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=1)
    services.resend(case_id=case.pk, by_id=staff().pk, carrier="sf", number="SF0002")
    tell("SF0002", "out_for_delivery", id="e2")
    body = api(order.buyer).get(f"/api/aftersales/{case.pk}/").json()
    assert [body[name]["state"] for name in ("sent_back", "resent")] == ["delivered", "out_for_delivery"]
    assert body["resent"] == shipping.card_of(Shipment.objects.get(number="SF0002"))
    assert api(staff()).get(f"/api/studio/aftersales/{case.pk}/").json() == body
    on_order = api(order.buyer).get(f"/api/orders/{order.number}/shipments/").json()
    assert [one["purpose"] for one in on_order] == ["order", "return", "replacement"]
    # The order's own parcel and state are as they were.
    assert (history(order), shipping.left_to_ship(order)) == (before, {order.lines.get().pk: 0})


def test_the_receipt_confirms_itself_some_time_after_the_delivery(published: Announced) -> None:
    order = bought((3000, 1))
    case = resent(order)
    assert case.deadline == case.replacement_parcel.created_at + shipping.CONFIRMED_AFTER  # type: ignore[union-attr]
    delivered = now() - timedelta(days=1)
    published.clear()
    tell("SF0002", "delivered", at=delivered)
    for event in published.of(ShipmentChanged):
        reactions.follow_parcel(event)  # type: ignore[arg-type]
        reactions.follow_parcel(event)  # type: ignore[arg-type]
    (changed,) = published.of(AftersaleChanged)
    assert isinstance(changed, AftersaleChanged)
    due = to_ms(delivered + shipping.CONFIRMED_AFTER)
    assert (changed.case["state"], changed.case["deadline"]) == ("resent", due)
    assert services.decide_due() == 0
    past = now() - shipping.CONFIRMED_AFTER - timedelta(seconds=1)
    Shipment.objects.filter(number="SF0002").update(delivered_at=past)
    lapse(case)
    assert services.decide_due() == 1
    case.refresh_from_db()
    assert (case.state, [event.by for event in case.events.all()][-1]) == ("exchanged", "time")


def test_a_parcel_with_trouble_waits_for_people() -> None:
    order = bought((3000, 1))
    case = resent(order)
    tell("SF0002", "exception")
    lapse(case)
    assert services.decide_due() == 0
    case.refresh_from_db()
    assert (case.state, case.deadline) == ("resent", None)
    assert [one.pk for one in selectors.cases().filter(selectors.SELLERS_TURN)] == [case.pk]
    # It came back: the seller pays, and sells it again.
    services.pay_instead(case_id=case.pk, by_id=staff().pk, good_quantity=1)
    assert finish(case).state == "refunded"
    assert (stock_of(order), Payment.objects.get().refunded, discrepancies()) == ((10, 0), 3000, [])


def test_the_simulated_carrier_takes_both_ways(settings: Any) -> None:
    settings.DEMO = True
    order = bought((3000, 1))
    case = agreed(order)
    case = services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="simulated")
    SimulatedParcel.objects.update(next_at=now() - timedelta(hours=1))
    assert [shipments.move_simulated() for _ in range(5)] == [1, 1, 1, 1, 0]
    assert case.return_parcel is not None
    places = [event.place["zh"] for event in case.return_parcel.events.all()]
    assert places == ["上海市 徐汇区", "杭州转运中心", "杭州市 余杭区", "杭州市 余杭区"]
    services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=1)
    case = services.resend(case_id=case.pk, by_id=staff().pk, carrier="simulated")
    SimulatedParcel.objects.update(next_at=now() - timedelta(hours=1))
    assert [shipments.move_simulated() for _ in range(5)] == [1, 1, 1, 1, 0]
    parcel = Shipment.objects.get(sent_for=case)
    assert (parcel.state, parcel.events.get(state="delivered").place["zh"]) == ("delivered", "上海市 徐汇区")


def test_one_parcel_for_two_cases_and_nobody_elses() -> None:
    order, other = bought((3000, 1), (2000, 2)), bought((1000, 1))
    first, second = order.lines.all()
    for line in (first, second):
        case = services.approve(case_id=ask(order, line).pk, by_id=staff().pk)
        services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF0001")
    parcel = Shipment.objects.get(number="SF0001")
    assert [(row.line_id, row.quantity) for row in parcel.lines.all()] == [(first.pk, 1), (second.pk, 1)]
    tell("SF0001", "delivered")
    late = services.approve(case_id=ask(order, second).pk, by_id=staff().pk)
    stranger = services.approve(case_id=ask(other).pk, by_id=staff().pk)
    for case, number in ((late, "SF0001"), (stranger, "SF0001"), (stranger, f"SF{order.pk}")):
        buyer_id = case.order.buyer_id
        refused(
            NumberTaken,
            lambda: services.send_back(buyer_id=buyer_id, case_id=case.pk, carrier="sf", number=number),  # noqa: B023
        )


def test_an_order_with_an_exchange_under_way_is_not_completed() -> None:
    order = bought((3000, 1))
    case = resent(order)
    Order.objects.update(received_at=now() - services.WINDOW)
    assert services.complete_due() == 0
    services.receive(buyer_id=order.buyer_id, case_id=case.pk)
    assert services.complete_due() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_last_one_is_held_for_one_of_many_exchanges() -> None:
    order = bought((3000, 8))
    cases = [ask(order, kind="exchange") for _ in range(8)]
    sold_out(order)
    receive(sku_id=order.lines.get().sku_id, quantity=3, reference="three came in")
    seller = make_user(is_staff=True)
    answers = at_once([lambda one=one: services.approve(case_id=one.pk, by_id=seller.pk).state for one in cases])
    assert answers == {"awaiting_return": 3, "replacement_gone": 5}
    assert (stock_of(order), discrepancies()) == ((3, 3), [])


def exchanged(order: Order, number: str, **fields: Any) -> Case:
    case = resent(order, number, **fields)
    return services.receive(buyer_id=order.buyer_id, case_id=case.pk)


def test_what_comes_back_is_what_the_buyer_has_by_now() -> None:
    order = bought((3000, 3))
    small, larger, stranger = order.lines.get().sku, another(order), make_sku()
    exchanged(order, "SF0002", replacement_id=larger.pk)
    (options,) = selectors.options_of(order)
    assert (options.held, options.max_quantity) == ({small: 2, larger: 1}, 3)
    # Nobody guesses which of them it is about.
    refused(Invalid, lambda: ask(order))
    refused(Invalid, lambda: ask(order, sku_id=stranger.pk))
    assert refused(MoreThanLeft, lambda: ask(order, quantity=2, sku_id=larger.pk))["max_quantity"] == 1
    before = stock_of(order)
    for number, sku in (("SF0003", larger), ("SF0004", small)):
        case = services.approve(case_id=ask(order, sku_id=sku.pk).pk, by_id=staff().pk)
        services.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number=number)
        services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=1)
    assert (stock_of(order), Stock.objects.get(sku=larger).on_hand) == ((before[0] + 1, before[1]), 5)
    (options,) = selectors.options_of(order)
    assert (options.held, discrepancies()) == ({small: 1}, [])
    # The last unit gets what is left of the money: all of it together is what was paid.
    last = ask(order)
    assert sum(one.amount for one in Case.objects.exclude(state="exchanged")) == order.lines.get().paid
    assert last.own_sku == small


def test_the_same_again_is_what_the_buyer_has() -> None:
    order = bought((3000, 1))
    larger = another(order)
    exchanged(order, "SF0002", replacement_id=larger.pk)
    case = sent_back(order, "SF0003")
    assert (case.own_sku, case.replacement_sku_id) == (larger, larger.pk)
    services.take_back(case_id=case.pk, by_id=staff().pk, good_quantity=0)
    services.resend(case_id=case.pk, by_id=staff().pk, carrier="sf", number="SF0004")
    assert (stock_of(order), Stock.objects.get(sku=larger).on_hand, discrepancies()) == ((10, 0), 3, [])
    body = api(order.buyer).get(f"/api/orders/{order.number}/aftersales/").json()
    assert [one["sku_options"] for one in body["cases"]] == [larger.options, order.lines.get().options]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_exchange_is_approved_or_cancelled_and_holds_nothing_in_the_end() -> None:
    order = bought((3000, 4))
    seller = make_user(is_staff=True)
    for _ in range(4):
        case = ask(order, kind="exchange")
        race = [
            lambda one=case: services.approve(case_id=one.pk, by_id=seller.pk).state,
            lambda one=case: services.cancel(buyer_id=order.buyer_id, case_id=one.pk).state,
        ]
        at_once(race * 2)
        case.refresh_from_db()
        assert (case.state, stock_of(order)[1], discrepancies()) == ("closed", 0, [])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_replacement_is_sent_or_paid_for_and_never_both() -> None:
    order = bought((3000, 1))
    case = sent_back(order)
    seller = make_user(is_staff=True)
    services.take_back(case_id=case.pk, by_id=seller.pk, good_quantity=0)
    send = [
        lambda number=number: services.resend(case_id=case.pk, by_id=seller.pk, carrier="sf", number=number).state
        for number in ("SF0002", "SF0003")
    ]
    at_once([*send, lambda: services.pay_instead(case_id=case.pk, by_id=seller.pk).state] * 2)
    case.refresh_from_db()
    sent = Shipment.objects.filter(purpose="replacement").count()
    # Paid for after it was sent is possible, since it may get lost: at most one is sent, and paid for once.
    assert (stock_of(order), sent, Refund.objects.count()) in [((8, 0), 1, 0), ((8, 0), 1, 1), ((9, 0), 0, 1)]
    assert (case.state, discrepancies()) == ("refunding" if Refund.objects.exists() else "resent", [])
