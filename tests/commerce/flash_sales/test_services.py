"""A sale's life, claims, holds: exact numbers after each step, and nothing after a refusal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.catalog.models import PriceRecord, Product, Sku
from commerce.flash_sales import services, tasks
from commerce.flash_sales.errors import (
    AlreadyHolding,
    AlreadyRunning,
    ClaimExpired,
    LimitReached,
)
from commerce.flash_sales.models import Allotment, Claim, FlashSale
from commerce.flash_sales.selectors import open_claims, sale_of, sales_in
from commerce.flash_sales.services import ClaimAnswer, ClaimRequest, Offer
from commerce.inventory import services as inventory
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from community.accounts.models import User
from project.kernel.clock import now
from project.kernel.errors import DomainError, Invalid, KeyReused, NotFound, NotOpen, SoldOut
from tests.support.announced import Announced
from tests.support.factories import make_host, make_sale, make_sku, make_user, write_prices

pytestmark = pytest.mark.django_db(transaction=True)


def numbers(sale: FlashSale) -> tuple[int, int, int]:
    """(total, held, sold)"""
    one = Allotment.objects.get(sale=sale)
    return one.total, one.held, one.sold


def stock(sku: Sku) -> tuple[int, int]:
    """(on hand, reserved)"""
    row = Stock.objects.get(sku=sku)
    return row.on_hand, row.reserved


def claim(sale: FlashSale, shopper: User, key: str = "k", quantity: int = 1) -> ClaimAnswer | DomainError:
    return claims(sale, (shopper, key, quantity))[0]


def claims(sale: FlashSale, *wanted: tuple[User, str, int]) -> list[ClaimAnswer | DomainError]:
    sku_id = sale.allotments.get().sku_id
    requests = [
        ClaimRequest(sale_id=sale.pk, sku_id=sku_id, quantity=quantity, shopper_id=shopper.pk, key=key)
        for shopper, key, quantity in wanted
    ]
    with transaction.atomic():
        return services.claim_batch(requests)


def won(answer: ClaimAnswer | DomainError) -> Claim:
    assert isinstance(answer, ClaimAnswer)
    return Claim.objects.get(pk=answer.claim_id)


def lapse(*held: Claim) -> None:
    Claim.objects.filter(pk__in=[one.pk for one in held]).update(expires_at=now() - timedelta(seconds=1))


def launch(sku: Sku, host: User, **changes: Any) -> FlashSale:
    asked: dict[str, Any] = {
        "channel": "show:7",
        "launched_by": host.pk,
        "offers": [Offer(sku_id=sku.pk, price=1900, total=10, limit=2)],
        "countdown_secs": 0,
        "duration_secs": 60,
        "key": "launch",
    }
    return services.schedule_sale(**asked | changes)


def test_a_launch_takes_its_units_out_of_the_stock(published: Announced) -> None:
    sku, host = make_sku(stock=30), make_host()
    sale = launch(sku, host, countdown_secs=10)
    assert sale.state == "scheduled"
    assert stock(sku) == (30, 10)
    state = sale_of(sale.pk)
    assert (state["version"], state["items"][0]["total"], state["items"][0]["limit"]) == (1, 10, 2)
    assert [(event.type, event.channels()) for event in published] == [
        ("sale.scheduled", [f"sale:{sale.pk}", "show:7"])
    ]
    assert sales_in("show:7") == [state]


def test_the_same_key_launches_once() -> None:
    sku, host = make_sku(stock=30), make_host()
    assert launch(sku, host).pk == launch(sku, host).pk
    assert stock(sku) == (30, 10)
    with pytest.raises(KeyReused):
        launch(sku, host, offers=[Offer(sku_id=sku.pk, price=1, total=10, limit=2)])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"countdown_secs": -1}, Invalid),
        ({"countdown_secs": 301}, Invalid),
        ({"duration_secs": 59}, Invalid),
        ({"duration_secs": 1201}, Invalid),
        ({"price": 0}, Invalid),
        ({"price": 3901}, Invalid),
        ({"total": 0}, Invalid),
        ({"limit": 0}, Invalid),
        ({"limit": 11}, Invalid),
        ({"total": 31, "limit": 1}, OutOfStock),
        ({"sku_id": 999_999}, NotFound),
    ],
)
def test_a_refused_launch_changes_nothing(
    changes: dict[str, int], error: type[DomainError], published: Announced
) -> None:
    sku, host = make_sku(stock=30, price=3900), make_host()
    offer = {"sku_id": sku.pk, "price": 1900, "total": 10, "limit": 2}
    times = {name: value for name, value in changes.items() if name.endswith("_secs")}
    offer |= {name: value for name, value in changes.items() if not name.endswith("_secs")}
    with pytest.raises(error):
        launch(sku, host, offers=[Offer(**offer)], **times)
    assert not FlashSale.objects.exists()
    assert stock(sku) == (30, 0)
    assert published == []


@pytest.mark.parametrize("taken_out", ["sku", "product"])
def test_what_is_not_for_sale_is_not_launched(taken_out: str, published: Announced) -> None:
    """On a shelf it may still lie."""
    sku, host = make_sku(stock=30), make_host()
    if taken_out == "sku":
        Sku.objects.update(sellable=False)
    else:
        Product.objects.update(visible=False)
    with pytest.raises(NotFound):
        launch(sku, host)
    assert (stock(sku), published, FlashSale.objects.count()) == ((30, 0), [], 0)


def test_a_sku_is_in_one_running_sale_of_a_room() -> None:
    sku, host = make_sku(stock=30), make_host()
    launch(sku, host)
    with pytest.raises(AlreadyRunning):
        launch(sku, host, key="another")
    assert stock(sku) == (30, 10)


def struck_in(sale: FlashSale) -> int | None:
    (item,) = sale_of(sale.pk)["items"]
    return item["list_price"]["amount"] if item["list_price"] else None


def deals() -> list[tuple[int, datetime, datetime | None]]:
    return list(PriceRecord.objects.exclude(until=None).values_list("price", "since", "until"))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(30, 3900)], 3900),
        ([(30, 8900), (1, 3900)], 3900),
        ([(30, 2900), (6, 3900)], 2900),
        ([(30, 2900), (8, 3900)], 3900),
        ([(30, 1900), (6, 3900)], None),
    ],
)
def test_a_sale_strikes_the_lowest_of_the_last_week(steps: list[tuple[float, int]], expected: int | None) -> None:
    sku = make_sku(price=3900, list_price=None)
    write_prices(sku, *steps)
    assert struck_in(launch(sku, make_host())) == expected


def test_what_a_sale_asked_is_not_a_reduction_the_next_day() -> None:
    sku, host = make_sku(price=3900, list_price=None), make_host()
    first = launch(sku, host)
    assert (struck_in(first), deals()) == (3900, [])
    first = services.stop_sale(sale_id=first.pk)
    assert deals() == [(1900, first.starts_at, first.closed_at)]
    assert struck_in(launch(sku, host, key="again")) is None
    cheaper = [Offer(sku_id=sku.pk, price=1500, total=10, limit=2)]
    services.stop_sales_in(channel="show:7")
    assert struck_in(launch(sku, host, key="cheaper", offers=cheaper)) == 1900


def test_a_sale_that_never_began_asked_nothing() -> None:
    sku = make_sku(stock=30, list_price=None)
    services.stop_sale(sale_id=launch(sku, make_host(), countdown_secs=60).pk)
    assert deals() == []


def test_a_sale_that_is_closed_late_asked_until_its_end() -> None:
    sale = launch(make_sku(list_price=None), make_host(), countdown_secs=60)
    start = now() - timedelta(hours=2)
    FlashSale.objects.update(starts_at=start, ends_at=start + timedelta(minutes=1))
    assert services.close_due_sales() == 1
    assert deals() == [(1900, start, start + timedelta(minutes=1))]
    assert FlashSale.objects.get(pk=sale.pk).state == "closed"


def test_a_claim_holds_units_and_says_so(published: Announced) -> None:
    sale, shopper = make_sale(total=3), make_user()
    held = won(claim(sale, shopper))
    assert (held.state, held.position, held.price, held.quantity) == ("held", 1, 1900, 1)
    assert numbers(sale) == (3, 1, 0)
    assert [event.type for event in published] == ["claim.won", "stock.changed"]
    assert [card["id"] for card in open_claims([shopper.pk])[shopper.pk]] == [held.pk]


def test_the_order_of_arrival_decides() -> None:
    sale = make_sale(total=2)
    people = [make_user() for _ in range(4)]
    answers = claims(sale, *[(person, "k", 1) for person in people])
    assert [won(answer).position for answer in answers[:2]] == [1, 2]
    assert [type(answer) for answer in answers[2:]] == [SoldOut, SoldOut]
    assert numbers(sale) == (2, 2, 0)


def test_the_same_key_gets_the_same_claim() -> None:
    sale, shopper = make_sale(total=3), make_user()
    first, again = claims(sale, (shopper, "k", 1), (shopper, "k", 1))
    assert first == again == claim(sale, shopper)
    assert numbers(sale) == (3, 1, 0)


def test_a_shopper_holds_one_claim_at_a_time() -> None:
    sale, shopper = make_sale(total=3, limit=2), make_user()
    won(claim(sale, shopper, "a"))
    assert isinstance(claim(sale, shopper, "b"), AlreadyHolding)
    assert numbers(sale) == (3, 1, 0)


def test_the_limit_counts_what_is_held_and_sold() -> None:
    sale, shopper = make_sale(total=9, limit=2), make_user()
    assert isinstance(claim(sale, shopper, "three", quantity=3), LimitReached)
    held = won(claim(sale, shopper, "a", quantity=2))
    with transaction.atomic():
        assert services.settle_claim(claim=held)
    assert isinstance(claim(sale, shopper, "b"), LimitReached)
    assert numbers(sale) == (9, 0, 2)


def test_nothing_can_be_claimed_before_or_after() -> None:
    early = make_sale(state="scheduled")
    late = make_sale(starts_at=now() - timedelta(minutes=9), ends_at=now() - timedelta(seconds=1))
    closed = make_sale(state="closed")
    for sale in (early, late, closed):
        assert isinstance(claim(sale, make_user()), NotOpen)
        assert numbers(sale) == (10, 0, 0)


def test_the_clock_opens_a_sale_whose_row_still_says_scheduled() -> None:
    sale = make_sale(state="scheduled", starts_at=now() - timedelta(seconds=1), ends_at=now() + timedelta(minutes=1))
    assert won(claim(sale, make_user())).position == 1


def test_another_sku_is_not_in_the_sale() -> None:
    sale, other = make_sale(), make_sku()
    request = ClaimRequest(sale_id=sale.pk, sku_id=other.pk, quantity=1, shopper_id=make_user().pk, key="k")
    with transaction.atomic():
        (answer,) = services.claim_batch([request])
    assert isinstance(answer, NotFound)


def test_a_lapsed_hold_is_sold_to_the_next(published: Announced) -> None:
    sale, slow, quick = make_sale(total=1), make_user(), make_user()
    held = won(claim(sale, slow))
    assert isinstance(claim(sale, quick), SoldOut)
    lapse(held)
    assert won(claim(sale, quick, "again")).position == 2
    assert numbers(sale) == (1, 1, 0)
    held.refresh_from_db()
    assert (held.state, held.release_reason) == ("released", "lapsed")
    assert isinstance(claim(sale, slow), ClaimExpired)
    assert "claim.expired" in [event.type for event in published]


def test_lapsed_holds_are_released_once() -> None:
    sale = make_sale(total=2)
    held = [won(claim(sale, make_user())) for _ in range(2)]
    lapse(*held)
    assert services.release_lapsed_holds() == 2
    assert services.release_lapsed_holds() == 0
    assert not services.release_claim(claim=held[0], reason="again")
    assert numbers(sale) == (2, 0, 0)


def test_units_of_several_skus_go_back_in_the_order_in_which_everybody_takes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order takes its stock by SKU: whoever gives it back otherwise waits for it in a circle."""
    skus, host = [make_sku(stock=5) for _ in range(3)], make_host()
    offers = [Offer(sku_id=sku.pk, price=1900, total=2, limit=1) for sku in skus]
    sale = launch(skus[0], host, offers=offers)
    with transaction.atomic():
        services.claim_batch(
            [
                ClaimRequest(sale_id=sale.pk, sku_id=sku.pk, quantity=1, shopper_id=make_user().pk, key="k")
                for sku in reversed(skus)
            ]
        )
    services.stop_sale(sale_id=sale.pk)
    lapse(*Claim.objects.all())
    released: list[int] = []
    release = inventory.release

    def note(*, sku_id: int, **fields: Any) -> Any:
        released.append(sku_id)
        return release(sku_id=sku_id, **fields)

    monkeypatch.setattr(inventory, "release", note)
    assert services.release_lapsed_holds() == 3
    assert released == sorted(sku.pk for sku in skus)
    assert [stock(sku) for sku in skus] == [(5, 0)] * 3


@pytest.mark.parametrize("people", [2, 12])
def test_releasing_many_holds_takes_no_more_queries_than_releasing_few(people: int) -> None:
    sale = make_sale(total=people)
    lapse(*[won(claim(sale, make_user(password=None))) for _ in range(people)])
    next_one = make_user()
    with CaptureQueriesContext(connection) as queries:
        won(claim(sale, next_one))
    assert numbers(sale) == (people, 1, 0)
    assert len(queries) <= 35


def test_a_sale_that_cannot_be_closed_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    over = {"starts_at": now() - timedelta(minutes=2), "ends_at": now() - timedelta(minutes=1)}
    stuck, fine = make_sale(**over), make_sale(**over)
    # As if somebody had taken away by hand what the sale had reserved.
    Stock.objects.filter(sku=stuck.allotments.get().sku_id).update(reserved=0)
    Stock.objects.filter(sku=fine.allotments.get().sku_id).update(reserved=10)
    tasks.turn_sales()
    assert list(FlashSale.objects.order_by("pk").values_list("state", flat=True)) == ["open", "closed"]
    assert f"sale {stuck.pk}" in caplog.text


def test_a_hold_that_is_being_paid_does_not_lapse() -> None:
    sale = make_sale(total=1)
    held = won(claim(sale, make_user()))
    with transaction.atomic():
        services.extend_hold(claim=services.lock_claim(claim_id=held.pk), until=now() - timedelta(seconds=1))
    assert services.release_lapsed_holds() == 0
    assert isinstance(claim(sale, make_user()), SoldOut)
    assert services.release_claim(claim=held, reason="closed")
    assert numbers(sale) == (1, 0, 0)


def test_a_released_hold_cannot_be_extended() -> None:
    held = won(claim(make_sale(), make_user()))
    services.release_claim(claim=held, reason="closed")
    with pytest.raises(ClaimExpired), transaction.atomic():
        services.extend_hold(claim=held, until=now())


def test_what_is_paid_is_sold_once() -> None:
    sku = make_sku(stock=30)
    sale = launch(sku, make_host())
    held = won(claim(sale, make_user()))
    with transaction.atomic():
        assert services.settle_claim(claim=held)
        assert not services.settle_claim(claim=held)
    assert not services.release_claim(claim=held, reason="late")
    assert numbers(sale) == (10, 0, 1)
    assert stock(sku) == (29, 9)


def test_late_money_takes_a_free_unit_again_or_gets_none() -> None:
    sale = make_sale(total=1)
    late = won(claim(sale, make_user()))
    services.release_claim(claim=late, reason="closed")
    other = won(claim(sale, make_user()))
    with transaction.atomic():
        assert not services.settle_claim(claim=late)
    services.release_claim(claim=other, reason="closed")
    with transaction.atomic():
        assert services.settle_claim(claim=late)
    assert numbers(sale) == (1, 0, 1)


def test_a_sale_ends_on_time_and_returns_what_is_left(published: Announced) -> None:
    sku = make_sku(stock=30)
    sale = launch(sku, make_host())
    held, bought = won(claim(sale, make_user())), won(claim(sale, make_user()))
    with transaction.atomic():
        services.settle_claim(claim=bought)
    assert services.close_due_sales() == 0
    FlashSale.objects.update(starts_at=now() - timedelta(minutes=5), ends_at=now() - timedelta(seconds=1))
    published.clear()
    assert services.close_due_sales() == 1
    assert services.close_due_sales() == 0
    assert [event.type for event in published] == ["sale.closed"]
    assert sale_of(sale.pk)["close_reason"] == "ended"
    assert stock(sku) == (29, 1)
    # Whoever holds may still pay, and a hold that lapses now goes back to the stock.
    lapse(held)
    assert services.release_lapsed_holds() == 1
    assert stock(sku) == (29, 0)
    assert isinstance(claim(sale, make_user()), NotOpen)
    with transaction.atomic():
        assert services.settle_claim(claim=held)
    assert stock(sku) == (28, 0)
    assert discrepancies() == []


def test_a_sale_that_is_sold_to_the_last_unit_closes() -> None:
    sale = make_sale(total=1)
    held = won(claim(sale, make_user()))
    assert services.close_due_sales() == 0
    with transaction.atomic():
        services.settle_claim(claim=held)
    assert services.close_due_sales() == 1
    assert sale_of(sale.pk)["close_reason"] == "sold_out"


def test_due_sales_open_once(published: Announced) -> None:
    make_sale(state="scheduled", starts_at=now() - timedelta(seconds=1), ends_at=now() + timedelta(minutes=1))
    make_sale(state="scheduled")
    assert services.open_due_sales() == 1
    assert services.open_due_sales() == 0
    assert [event.type for event in published] == ["sale.opened"]


def test_a_stopped_sale_cannot_be_stopped_again() -> None:
    sale = make_sale()
    services.stop_sale(sale_id=sale.pk)
    with pytest.raises(NotOpen):
        services.stop_sale(sale_id=sale.pk)
    with pytest.raises(NotFound):
        services.stop_sale(sale_id=sale.pk + 1)


def test_the_database_itself_refuses_to_oversell() -> None:
    sale = make_sale(total=1)
    with pytest.raises(IntegrityError):
        Allotment.objects.filter(sale=sale).update(held=1, sold=1)
    assert numbers(sale) == (1, 0, 0)


def test_a_batch_needs_no_more_queries_for_more_claims() -> None:
    small, large = make_sale(total=5), make_sale(total=50)
    few, many = [make_user() for _ in range(2)], [make_user() for _ in range(40)]
    with CaptureQueriesContext(connection) as first:
        claims(small, *[(person, "k", 1) for person in few])
    with CaptureQueriesContext(connection) as second:
        claims(large, *[(person, "k", 1) for person in many])
    assert len(second) == len(first)
