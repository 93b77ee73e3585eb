from __future__ import annotations

from datetime import timedelta

import pytest

from commerce.flash_sales.errors import ClaimExpired
from commerce.flash_sales.models import Allotment, Claim
from commerce.flash_sales.services import release_claim
from commerce.inventory import services as inventory
from commerce.inventory.models import Stock
from commerce.orders import selectors, services
from commerce.orders.errors import IllegalTransition
from commerce.orders.events import OrderChanged, OrderPaid
from commerce.orders.models import Order, OrderEvent
from project.kernel.clock import now
from tests.support.announced import Announced
from tests.support.buying import make_claim, order_claim, order_sku
from tests.support.factories import make_sale, make_sku, make_user

pytestmark = pytest.mark.django_db


def stock_of(order: Order) -> tuple[int, int]:
    return Stock.objects.values_list("on_hand", "reserved").get(sku=order.lines.get().sku_id)


def history(order: Order) -> list[str]:
    return [event.type for event in OrderEvent.objects.filter(order=order)]


def test_a_paid_order_owns_its_units(published: Announced) -> None:
    order = order_sku(sku=make_sku(stock=5), quantity=2, channel="show:7")
    published.clear()
    assert services.pay_order(order=services.lock_order(order_id=order.pk))
    order.refresh_from_db()
    assert (order.state, order.version, stock_of(order)) == ("paid", 2, (3, 0))
    assert order.paid_at is not None
    assert history(order) == ["order.opened", "order.paid"]
    paid, changed, noticed = published
    assert isinstance(paid, OrderPaid)
    line = order.lines.get()
    assert (paid.buyer_id, paid.channel, paid.quantity) == (order.buyer_id, "show:7", 2)
    assert (paid.title, paid.total) == (
        {"zh": line.title_zh, "en": line.title_en},
        {"amount": order.total, "currency": "CNY"},
    )
    state = selectors.state_of(order)
    assert paid.wire() == {"type": "order.paid", "at": paid.at, "order": state}
    assert changed == OrderChanged(at=changed.at, user_to=order.buyer_id, order=state)
    assert published.wires(f"user:{order.buyer_id}") == [paid.wire(), changed.wire(), noticed.wire()]
    assert noticed.wire()["notice"]["word"] == "paid"  # type: ignore[index]


def test_an_order_is_paid_once(published: Announced) -> None:
    order = order_sku(sku=make_sku(stock=5))
    assert services.pay_order(order=services.lock_order(order_id=order.pk))
    published.clear()
    assert not services.pay_order(order=services.lock_order(order_id=order.pk))
    assert (stock_of(order), history(order), published) == ((4, 0), ["order.opened", "order.paid"], [])


def test_a_paid_claim_is_sold() -> None:
    claim = make_claim(shopper=make_user())
    order = order_claim(claim)
    assert services.pay_order(order=services.lock_order(order_id=order.pk))
    claim.refresh_from_db()
    assert claim.state == Claim.State.SOLD
    assert Allotment.objects.values_list("held", "sold").get() == (0, 1)


def test_a_closed_order_gives_its_units_back(published: Announced) -> None:
    order, claim = order_sku(sku=make_sku(stock=5)), make_claim(shopper=make_user())
    of_claim = order_claim(claim)
    published.clear()
    for each in (order, of_claim):
        services.close_order(order=services.lock_order(order_id=each.pk), reason=services.EXPIRED)
        each.refresh_from_db()
        assert (each.state, each.close_reason, each.version) == ("closed", "expired", 2)
        assert history(each) == ["order.opened", "order.closed"]
    claim.refresh_from_db()
    assert (stock_of(order), claim.state) == ((5, 0), Claim.State.RELEASED)
    assert published.of(OrderChanged) == [
        OrderChanged(at=event.at, user_to=each.buyer_id, order=selectors.state_of(each))
        for event, each in zip(published.of(OrderChanged), (order, of_claim), strict=True)
    ]


@pytest.mark.parametrize("first", ["paid", "closed"])
def test_an_illegal_step_changes_nothing(first: str, published: Announced) -> None:
    order = order_sku(sku=make_sku(stock=5))
    locked = services.lock_order(order_id=order.pk)
    if first == "paid":
        services.pay_order(order=locked)
    else:
        services.close_order(order=locked, reason=services.CANCELLED)
    before = Order.objects.values().get(pk=order.pk), stock_of(order), history(order)
    published.clear()
    locked = services.lock_order(order_id=order.pk)
    with pytest.raises(IllegalTransition) as refusal:
        services.close_order(order=locked, reason=services.EXPIRED)
    assert refusal.value.detail == {"state": first}
    with pytest.raises(IllegalTransition):
        services.begin_payment(order=locked, until=now() + timedelta(hours=1))
    assert (Order.objects.values().get(pk=order.pk), stock_of(order), history(order)) == before
    assert published == []


def test_who_read_an_older_version_changes_nothing() -> None:
    order = order_sku(sku=make_sku(stock=5))
    stale = Order.objects.get(pk=order.pk)
    services.close_order(order=services.lock_order(order_id=order.pk), reason=services.CANCELLED)
    with pytest.raises(IllegalTransition) as refusal:
        services.close_order(order=stale, reason=services.EXPIRED)
    assert refusal.value.detail == {"state": "closed"}
    assert Order.objects.get(pk=order.pk).close_reason == "cancelled"
    assert stock_of(order) == (5, 0)


def test_a_payment_that_begins_holds_the_goods() -> None:
    claim = make_claim(shopper=make_user())
    order = order_claim(claim)
    until = order.expires_at + timedelta(minutes=5)
    services.begin_payment(order=services.lock_order(order_id=order.pk), until=until)
    order.refresh_from_db()
    claim.refresh_from_db()
    assert (order.expires_at, order.version, claim.expires_at) == (until, 2, until)
    assert claim.paying_since is not None
    assert history(order) == ["order.opened", "order.extended"]


def test_a_payment_does_not_begin_for_goods_that_are_gone() -> None:
    claim = make_claim(shopper=make_user())
    order = order_claim(claim)
    release_claim(claim=claim, reason="lapsed")
    with pytest.raises(ClaimExpired):
        services.begin_payment(
            order=services.lock_order(order_id=order.pk), until=order.expires_at + timedelta(minutes=5)
        )
    assert Order.objects.get(pk=order.pk).expires_at == order.expires_at
    assert history(order) == ["order.opened"]


def close(order: Order, reason: str) -> None:
    services.close_order(order=services.lock_order(order_id=order.pk), reason=reason)


def test_late_money_takes_free_units_again() -> None:
    order, of_claim = order_sku(sku=make_sku(stock=5)), order_claim(make_claim(shopper=make_user()))
    for each in (order, of_claim):
        close(each, services.EXPIRED)
        assert services.pay_order(order=services.lock_order(order_id=each.pk))
        each.refresh_from_db()
        assert (each.state, each.closed_at, each.close_reason) == ("paid", None, "")
        assert history(each) == ["order.opened", "order.closed", "order.paid"]
    assert stock_of(order) == (4, 0)
    assert Allotment.objects.values_list("held", "sold").get() == (0, 1)


def test_late_money_for_units_that_are_gone_buys_nothing() -> None:
    sku, sale = make_sku(stock=1), make_sale(total=1)
    order, of_claim = order_sku(sku=sku), order_claim(make_claim(shopper=make_user(), sale=sale))
    close(order, services.EXPIRED)
    close(of_claim, services.EXPIRED)
    inventory.reserve(sku_id=sku.pk, quantity=1, reference="somebody else")
    make_claim(shopper=make_user(), sale=sale)
    for each in (order, of_claim):
        assert not services.pay_order(order=services.lock_order(order_id=each.pk))
        each.refresh_from_db()
        assert (each.state, each.close_reason) == ("closed", "expired")
    assert stock_of(order) == (1, 1)
    assert Allotment.objects.values_list("held", "sold").get() == (1, 0)


def test_money_for_a_cancelled_order_buys_nothing() -> None:
    order = order_sku(sku=make_sku(stock=5))
    close(order, services.CANCELLED)
    assert not services.pay_order(order=services.lock_order(order_id=order.pk))
    order.refresh_from_db()
    assert (order.state, stock_of(order)) == ("closed", (5, 0))


def test_an_unpaid_order_whose_claim_was_lost_is_closed_by_its_money() -> None:
    sale = make_sale(total=1)
    claim = make_claim(shopper=make_user(), sale=sale)
    order = order_claim(claim)
    release_claim(claim=claim, reason="lapsed")
    make_claim(shopper=make_user(), sale=sale)
    assert not services.pay_order(order=services.lock_order(order_id=order.pk))
    order.refresh_from_db()
    assert (order.state, order.close_reason) == ("closed", "out_of_stock")


def test_what_a_channel_sold() -> None:
    minute = now().replace(second=0, microsecond=0)
    for ago, total in ((2, 1000), (2, 2000), (0, 4000)):
        order = order_sku(sku=make_sku(price=total), channel="show:7")
        services.pay_order(order=services.lock_order(order_id=order.pk))
        Order.objects.filter(pk=order.pk).update(paid_at=minute - timedelta(minutes=ago, seconds=-30))
    order_sku(sku=make_sku(price=8000), channel="show:7")
    elsewhere = order_sku(channel="show:8")
    services.pay_order(order=services.lock_order(order_id=elsewhere.pk))
    assert selectors.paid_totals(channel="show:7") == {"orders": 3, "gmv": 7000, "currency": "CNY"}
    ms = int(minute.timestamp() * 1000)
    assert selectors.paid_per_minute(channel="show:7") == [
        {"at": ms - 120_000, "orders": 2, "gmv": 3000},
        {"at": ms, "orders": 1, "gmv": 4000},
    ]
    assert selectors.paid_totals(channel="show:9") == {"orders": 0, "gmv": 0, "currency": "CNY"}


def test_the_snapshot_of_a_user_has_their_unpaid_orders() -> None:
    buyer = make_user()
    first, paid, last = (order_sku(buyer=buyer) for _ in range(3))
    order_sku()
    services.pay_order(order=services.lock_order(order_id=paid.pk))
    assert selectors.unpaid_orders([buyer.pk]) == {buyer.pk: [selectors.state_of(first), selectors.state_of(last)]}
