"""The twelve things that hold for claims and money, one after the other, on PostgreSQL and out of several processes."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from commerce.catalog.models import Sku
from commerce.checkout.errors import TotalChanged
from commerce.checkout.services import Wanted, place_order, quote
from commerce.flash_sales.models import Allotment, Claim, FlashSale
from commerce.flash_sales.queue import new_queue
from commerce.flash_sales.services import (
    ClaimAnswer,
    ClaimRequest,
    Offer,
    claim_batch,
    close_due_sales,
    open_due_sales,
    release_lapsed_holds,
    schedule_sale,
    stop_sale,
)
from commerce.inventory import services as inventory
from commerce.inventory.models import Stock, StockMovement
from commerce.inventory.selectors import discrepancies
from commerce.orders.models import Order
from commerce.payments.models import LedgerEntry, Payment, SandboxCharge
from commerce.payments.port import ProviderUnavailable
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.services import attempts, closing
from commerce.promotions import services as promotions
from community.accounts.models import User
from project.kernel import claims as kernel
from project.kernel.claims import ClaimQueue
from project.kernel.clock import database_now
from project.kernel.database import database
from project.kernel.errors import Busy, DomainError, NotOpen, SoldOut
from project.kernel.group_commit import GroupCommit
from tests.support.buying import address_of, decide, deliver, lapse, lapse_order, make_claim, order_claim, pay
from tests.support.crowd import CALLERS, Crowd
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.promoting import make_coupon

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PAST = timedelta(milliseconds=-1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def providers(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox", "wallet"]


def people(count: int) -> list[User]:
    return User.objects.bulk_create(
        User(email=f"shopper{n}@example.com", display_name=f"Shopper {n}", password="!") for n in range(count)
    )


def request_of(sale: FlashSale, shopper: User, *, key: str = "k", quantity: int = 1) -> ClaimRequest:
    sku_id = sale.allotments.get().sku_id
    return ClaimRequest(sale_id=sale.pk, sku_id=sku_id, quantity=quantity, shopper_id=shopper.pk, key=key)


def claim(request: ClaimRequest) -> object:
    """In a process of the crowd: "won", or the claim that was won before."""
    with transaction.atomic():
        (answer,) = claim_batch([request])
        if isinstance(answer, DomainError):
            raise answer
        return answer


def won(answers: Any) -> int:
    return sum(count for answer, count in answers.items() if isinstance(answer, ClaimAnswer))


def lapse_holds() -> None:
    Claim.objects.filter(state="held").update(expires_at=timezone.now() + PAST)


def held_and_sold(sale: FlashSale) -> tuple[int, int]:
    return Allotment.objects.values_list("held", "sold").get(sale=sale)


# --- 1 ---------------------------------------------------------------------------------------------------------------


def test_never_above_stock(crowd: Crowd) -> None:
    """Ten units: five in a sale for which a hundred and fifty ask, five on the shelf for which fifty ask."""
    sku = make_sku(stock=10)
    sale = make_sale(sku=sku, total=5, limit=2)
    crowd_of = people(150)
    requests = [request_of(sale, one, quantity=1 + n % 2) for n, one in enumerate(crowd_of)]
    answers = crowd.race(
        [partial(claim, request) for request in requests]
        + [partial(promise, sku_id=sku.pk, reference=f"other:{n}") for n in range(50)]
    )
    assert sum(Claim.objects.values_list("quantity", flat=True)) == sum(held_and_sold(sale)) == 5
    assert won(answers) == Claim.objects.count()
    assert (answers["promised"], answers["out_of_stock"]) == (5, 45)
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (10, 10)
    # And if the code were wrong, the database would not have it.
    for model, wrong in ((Allotment, {"held": 6}), (Stock, {"reserved": 11})):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**wrong)  # type: ignore[attr-defined]


def promise(*, sku_id: int, reference: str) -> str:
    inventory.reserve(sku_id=sku_id, quantity=1, reference=reference)
    return "promised"


# --- 2 ---------------------------------------------------------------------------------------------------------------


def test_one_live_claim_per_user(crowd: Crowd) -> None:
    sale, (shopper,) = make_sale(total=100, limit=99), people(1)
    for turn in (1, 2):
        requests = [request_of(sale, shopper, key=f"{turn}:{n}") for n in range(CALLERS)]
        answers = crowd.race([partial(claim, request) for request in requests])
        assert (won(answers), answers["already_holding"]) == (1, CALLERS - 1)
        assert Claim.objects.filter(state="held").count() == held_and_sold(sale)[0] == 1
        lapse_holds()
        assert release_lapsed_holds() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.update(state="held")


# --- 3 ---------------------------------------------------------------------------------------------------------------


async def test_won_only_after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    sale, shopper = await database(lambda: (make_sale(total=1), people(1)[0]))
    request = await database(request_of, sale, shopper)
    reached, go_on = threading.Event(), threading.Event()
    really_commit = BaseDatabaseWrapper._commit

    def held_up(self: BaseDatabaseWrapper) -> None:
        if threading.current_thread().name.startswith("database") and not reached.is_set():
            reached.set()
            assert go_on.wait(20)
        really_commit(self)

    queue = new_queue()
    await queue._renew(request.thing)
    monkeypatch.setattr(BaseDatabaseWrapper, "_commit", held_up)
    answer = asyncio.create_task(queue.submit(request))
    await asyncio.to_thread(reached.wait, 20)
    # Everything is written, nothing is committed: nobody sees it, and nobody has been told.
    await asyncio.sleep(0.1)
    assert not answer.done()
    assert await database(Claim.objects.count) == 0
    go_on.set()
    assert (await answer).claim_id == (await database(Claim.objects.get)).pk


async def test_a_commit_that_fails_has_won_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sale, shopper = await database(lambda: (make_sale(total=1), people(1)[0]))
    request = await database(request_of, sale, shopper)
    queue = new_queue()
    await queue._renew(request.thing)

    def fail(self: BaseDatabaseWrapper) -> None:
        self.close()
        raise connection.Database.OperationalError("the server is gone")

    with monkeypatch.context() as during:
        during.setattr(BaseDatabaseWrapper, "_commit", fail)
        with pytest.raises(Exception, match="the server is gone"):
            await queue.submit(request)
    assert await database(Claim.objects.count) == 0
    assert (await queue.submit(request)).position == 1


# --- 4 ---------------------------------------------------------------------------------------------------------------


async def test_every_queued_answer_ends() -> None:
    """The connection of a batch is cut, callers go away, the queue is full: who is still there gets an answer."""
    sale, shoppers = await database(lambda: (make_sale(total=20), people(120)))
    requests = [await database(request_of, sale, shopper) for shopper in shoppers]
    cut: list[int] = []

    def write(batch: Any) -> Any:
        if len(batch) > 1 and len(cut) < 3:
            cut.append(len(batch))
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return claim_batch(batch)

    queue: ClaimQueue[ClaimRequest, ClaimAnswer] = ClaimQueue(read=new_queue()._read_standing, write=write)
    queue._commit = GroupCommit(queue._write_batch, most_items=30, most_waiting=110)
    callers = [asyncio.create_task(queue.submit(request)) for request in requests]
    while not cut:
        await asyncio.sleep(0)
    for caller in callers[:10]:
        caller.cancel()
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*callers, return_exceptions=True)
    assert cut
    assert {type(answer) for answer in answers} <= {ClaimAnswer, SoldOut, Busy, asyncio.CancelledError}
    rows = await database(lambda: set(Claim.objects.values_list("pk", flat=True)))
    assert len(rows) == 20
    assert {answer.claim_id for answer in answers if isinstance(answer, ClaimAnswer)} <= rows
    # Asked again, everybody is told the same as the first time; who was refused in the crush is refused now.
    for request, answer in zip(requests, answers, strict=True):
        if isinstance(answer, ClaimAnswer):
            assert await queue.submit(request) == answer


# --- 5 ---------------------------------------------------------------------------------------------------------------


def test_replay_is_harmless(crowd: Crowd) -> None:
    sale, (shopper,) = make_sale(total=100, limit=99), people(1)
    again = [partial(claim, request_of(sale, shopper))] * CALLERS
    (answer,) = crowd.race(again)
    assert isinstance(answer, ClaimAnswer)
    mine = Claim.objects.get()
    assert (answer.claim_id, held_and_sold(sale)) == (mine.pk, (1, 0))
    order = order_claim(mine)
    charge = decide(pay(order))
    for _ in range(2):
        assert deliver(charge).status_code == 200
        (same,) = crowd.race(again[:20])
        assert (same.claim_id, same.position) == (answer.claim_id, 1)
        assert (Claim.objects.count(), LedgerEntry.objects.count(), held_and_sold(sale)) == (1, 1, (0, 1))
    with pytest.raises(DomainError, match="already_ordered"):
        order_claim(mine)


# --- 6 ---------------------------------------------------------------------------------------------------------------


def test_a_release_happens_once(crowd: Crowd) -> None:
    """Lapsed holds by two ways at once, of a sale that is over: their units go back into the stock once."""
    sku = make_sku(stock=50)
    sale = make_sale(sku=sku, total=10)
    orders = [order_claim(make_claim(shopper=one, sale=sale)) for one in people(10)]
    stop_sale(sale_id=sale.pk)
    lapse_holds()
    Order.objects.update(expires_at=timezone.now() + PAST)
    cancel = [partial(give_up, buyer_id=one.buyer_id, number=one.number) for one in orders]
    answers = crowd.race([release_lapsed_holds] * 60 + [closing.close_due_orders] * 40 + cancel * 10)
    assert set(Claim.objects.values_list("state", flat=True)) == {"released"}
    assert sum(n * times for n, times in answers.items() if isinstance(n, int)) <= 20
    assert held_and_sold(sale) == (0, 0)
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (50, 0)
    assert StockMovement.objects.filter(kind="release", reference__startswith="claim:").count() == 10
    assert set(Order.objects.values_list("state", flat=True)) == {"closed"}
    assert discrepancies() == []


def give_up(*, buyer_id: int, number: str) -> str:
    return closing.cancel_order(buyer_id=buyer_id, number=number).state


# --- 7 ---------------------------------------------------------------------------------------------------------------


def test_no_release_while_money_may_still_arrive(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is over, everybody wants it, and the provider does not say whether it was paid."""
    sale, (buyer, *others) = make_sale(total=1), people(51)
    order = order_claim(make_claim(shopper=buyer, sale=sale))
    payment = pay(order)
    charge = decide(payment)
    lapse_holds()
    Payment.objects.update(expires_at=timezone.now() + PAST)
    lapse_order(order)

    def away(*_: object, **__: object) -> None:
        raise ProviderUnavailable

    with monkeypatch.context() as during:
        during.setattr(SandboxProvider, "close", away)
        during.setattr(SandboxProvider, "query", away)
        assert attempts.fail_lapsed() == closing.close_due_orders() == 0
        with pytest.raises(DomainError, match="payments_unavailable"):
            closing.cancel_order(buyer_id=buyer.pk, number=order.number)
        answers = crowd.race(
            [partial(claim, request_of(sale, one)) for one in others] + [release_lapsed_holds] * (CALLERS - 50)
        )
        assert answers == {"sold_out": 50, 0: CALLERS - 50}
        assert (Claim.objects.get().state, held_and_sold(sale)) == ("held", (1, 0))
    assert deliver(charge).status_code == 200
    order.refresh_from_db()
    assert (order.state, held_and_sold(sale), SandboxCharge.objects.get().refunded) == ("paid", (0, 1), 0)


def test_a_release_follows_the_word_of_the_provider(crowd: Crowd) -> None:
    sale, (buyer, other) = make_sale(total=1), people(2)
    payment = pay(order_claim(make_claim(shopper=buyer, sale=sale)))
    lapse(payment)
    lapse_order(payment.order)
    lapse_holds()
    crowd.race([closing.close_due_orders] * 100 + [attempts.fail_lapsed] * 100)
    payment.refresh_from_db()
    assert (payment.state, SandboxCharge.objects.get().state, held_and_sold(sale)) == ("failed", "closed", (0, 0))
    assert won(crowd.race([partial(claim, request_of(sale, other))])) == 1


# --- 8 ---------------------------------------------------------------------------------------------------------------


def test_all_units_are_sellable_again_after_all_holds_lapse(crowd: Crowd) -> None:
    sku = make_sku(stock=20)
    sale = make_sale(sku=sku, total=20)
    shoppers = people(180)
    for turn in range(3):
        mine = shoppers[turn * 60 : turn * 60 + 60]
        answers = crowd.race([partial(claim, request_of(sale, one)) for one in mine])
        assert (won(answers), answers["sold_out"]) == (20, 40)
        lapse_holds()
    # The next claims have released what had lapsed before; now nobody comes any more.
    assert release_lapsed_holds() == 20
    assert held_and_sold(sale) == (0, 0)
    stop_sale(sale_id=sale.pk)
    assert Stock.objects.values_list("on_hand", "reserved").get(sku=sku) == (20, 0)
    answers = crowd.race([partial(promise, sku_id=sku.pk, reference=f"r:{n}") for n in range(CALLERS)])
    assert (answers["promised"], answers["out_of_stock"]) == (20, CALLERS - 20)


# --- 9 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[-HOUR, HOUR], ids=["slow", "fast"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's clock is an hour behind, or ahead."""
    really = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: really() + request.param)


def test_the_database_clock_decides(wrong_clock: None) -> None:
    sku, (shopper, other) = make_sku(stock=20), people(2)

    def launch(countdown_secs: int) -> FlashSale:
        return schedule_sale(
            channel=f"show:{countdown_secs}",
            launched_by=other.pk,
            offers=[Offer(sku_id=sku.pk, price=1000, total=5, limit=1)],
            countdown_secs=countdown_secs,
            duration_secs=600,
            key=f"{countdown_secs}",
        )

    running, coming = launch(0), launch(300)
    with pytest.raises(NotOpen):
        claim(request_of(coming, shopper))
    order = order_claim(make_claim(shopper=shopper, sale=running))
    make_claim(shopper=other, sale=running)
    payment = pay(order)
    at = database_now()
    for ends in (Claim.objects.get(shopper=other).expires_at, order.expires_at, payment.expires_at, running.ends_at):
        assert timedelta(seconds=30) < ends - at < timedelta(seconds=3600)
    assert abs(order.created_at - at) < timedelta(seconds=30)
    # Nothing is due, whatever this process thinks.
    due = [open_due_sales, close_due_sales, release_lapsed_holds, attempts.fail_lapsed, closing.close_due_orders]
    assert [look() for look in due] == [0] * len(due)
    coupon = make_coupon(starts_at=at - timedelta(minutes=1), ends_at=at + timedelta(minutes=1), off=100)
    grant = promotions.take(user_id=shopper.pk, coupon_id=coupon.pk)
    assert abs(grant.usable_until - at - timedelta(days=7)) < timedelta(seconds=30)
    assert deliver(decide(payment)).status_code == 200
    order.refresh_from_db()
    assert order.state == "paid"
    # A moment later by the database's clock, it is.
    FlashSale.objects.filter(pk=running.pk).update(ends_at=at)
    FlashSale.objects.filter(pk=coming.pk).update(starts_at=at)
    Claim.objects.filter(shopper=other).update(expires_at=at)
    assert [look() for look in due] == [1, 1, 1, 0, 0]
    with pytest.raises(NotOpen):
        claim(request_of(running, make_user(password=None)))
    assert claim(request_of(coming, shopper))


# --- 10 --------------------------------------------------------------------------------------------------------------


async def test_no_database_work_per_loser(monkeypatch: pytest.MonkeyPatch) -> None:
    sale, shoppers = await database(lambda: (make_sale(total=1), people(501)))
    requests = [
        ClaimRequest(sale_id=sale.pk, sku_id=sku_id, quantity=1, shopper_id=one.pk, key="k")
        for sku_id in [await database(lambda: sale.allotments.get().sku_id)]
        for one in shoppers
    ]
    queue = new_queue()
    await queue.submit(requests[0])
    queue._leases.clear()
    statements: list[str] = []
    execute = CursorWrapper.execute

    def note(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        statements.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", note)
    monkeypatch.setattr(kernel, "LEASE_SECS", 60)
    answers = await asyncio.gather(*map(queue.submit, requests[1:]), return_exceptions=True)
    assert {type(answer) for answer in answers} == {SoldOut}
    assert 0 < len(statements) <= 6


# --- 11 --------------------------------------------------------------------------------------------------------------


def test_a_changed_price_refuses_the_old_quote(crowd: Crowd) -> None:
    """A price changes while two hundred order: who ordered pays what was quoted, the others are told."""
    buyer, sku = make_user(password=None), make_sku(price=1000, list_price=None, stock=CALLERS)
    at = address_of(buyer.pk)
    wanted = Wanted(lines=[(sku.pk, 1)])
    assert quote(shopper_id=buyer.pk, wanted=wanted, address_id=at).priced.total.amount == 1000
    buy = partial(order, buyer_id=buyer.pk, sku_id=sku.pk, address_id=at, total=1000)
    answers = crowd.race([buy] * 60 + [partial(change_price, sku_id=sku.pk, price=1200)] + [buy] * 60)
    assert set(answers) <= {1000, "total_changed", "changed"}
    assert list(Order.objects.values_list("total", flat=True)) == [1000] * answers[1000]
    assert Stock.objects.get(sku=sku).reserved == answers[1000]
    with pytest.raises(TotalChanged) as refusal:
        order(buyer_id=buyer.pk, sku_id=sku.pk, address_id=at, total=1000)
    assert refusal.value.detail == {"total": {"amount": 1200, "currency": "CNY"}}
    assert Stock.objects.get(sku=sku).reserved == answers[1000]


def test_the_price_of_a_claim_is_the_one_it_was_won_at() -> None:
    claimed = make_claim(shopper=make_user(password=None), sale=make_sale(price=1900))
    Allotment.objects.update(price=2500)
    Sku.objects.update(price=9900)
    assert order_claim(claimed).total == 1900


def order(*, buyer_id: int, sku_id: int, address_id: int, total: int) -> int:
    wanted = Wanted(lines=[(sku_id, 1)])
    (made,) = place_order(shopper_id=buyer_id, wanted=wanted, address_id=address_id, expected_total=total)
    return made.total


def change_price(*, sku_id: int, price: int) -> str:
    Sku.objects.filter(pk=sku_id).update(price=price)
    return "changed"


# --- 12 --------------------------------------------------------------------------------------------------------------

MOVES = {
    "receive": inventory.receive,
    "reserve": inventory.reserve,
    "release": inventory.release,
    "sell": inventory.sell,
    "write_off": inventory.write_off,
}


def test_the_ledger_of_stock_movements_adds_up(crowd: Crowd) -> None:
    """Two hundred movements at once, of few SKUs and under few references, so that many meet."""
    random = Random(12)
    skus = [make_sku(stock=20) for _ in range(3)]
    for _ in range(5):
        answers = crowd.race(
            [
                partial(
                    move,
                    kind=random.choice(list(MOVES)),
                    sku_id=random.choice(skus).pk,
                    quantity=random.randint(1, 3),
                    reference=f"r:{random.randint(1, 60)}",
                )
                for _ in range(CALLERS)
            ]
        )
        assert set(answers) <= {"moved", "out_of_stock", "not_reserved", "key_reused"}
        assert discrepancies() == []
        assert all(0 <= stock.reserved <= stock.on_hand for stock in Stock.objects.all())
    assert set(StockMovement.objects.values_list("kind", flat=True)) == set(MOVES)


def move(*, kind: str, sku_id: int, quantity: int, reference: str) -> str:
    MOVES[kind](sku_id=sku_id, quantity=quantity, reference=reference)
    return "moved"
