"""kill -9 of the web server in the middle of claims, checkouts and payments: what was acknowledged is there once, what
was not can be sent again with its key, and in the end all books agree."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from django.db.models import Sum

from commerce.flash_sales.models import Allotment, Claim
from commerce.idempotency.models import IdempotencyRecord
from commerce.idempotency.services import TAKEN_OVER_AFTER
from commerce.inventory.models import Stock
from commerce.inventory.selectors import discrepancies
from commerce.orders.models import Order, OrderEvent
from commerce.payments.models import LedgerEntry, Payment, Refund, SandboxCharge
from project.kernel.clock import now
from project.kernel.database import database
from project.realtime.models import OutboxBatch
from tests.faults.shoppers import Shopper
from tests.support.buying import address_of
from tests.support.factories import make_sale, make_sku, make_user
from tests.support.stack import Stack

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.long,
    pytest.mark.timeout(600),
]

ROUNDS, KILLS, SHOPPERS = 5, 4, 24
# Of the sale and on the shelf, for twelve each.
UNITS = 8
CLAIMED, PLAIN = 1900, 2900
# What becomes of them, in turn: most pay.
ENDS = ["", "", "page", "", "order", "claim"]


def prepare(stack: Stack, ends: Random) -> list[Shopper]:
    """Half of them want the sale's units, half those on the shelf."""
    sale = make_sale(sku=make_sku(stock=UNITS), total=UNITS, price=CLAIMED)
    shelf = make_sku(stock=UNITS, price=PLAIN, list_price=None)
    shoppers = []
    for number in range(SHOPPERS):
        user = make_user(password=None)
        claims = number % 2 == 0
        end = ends.choice(ENDS)
        shoppers.append(
            Shopper(
                user_id=user.pk,
                url=stack.url,
                websocket_url=stack.websocket_url,
                cookie=stack.cookie_of(user),
                token=stack.token_of(user),
                address=address_of(user.pk),
                sku=sale.allotments.get().sku_id if claims else shelf.pk,
                price=CLAIMED if claims else PLAIN,
                sale=sale.pk if claims else None,
                leaves_after=end if claims or end != "claim" else "",
            )
        )
    return shoppers


async def test_killed_while_people_buy(live_stack: Stack) -> None:
    # First of all: what is started from a thread ends with it.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(SHOPPERS + 8))
    stack = await asyncio.to_thread(live_stack.start, worker=True)
    random = Random()
    everyone: list[Shopper] = []
    for _ in range(ROUNDS):
        shoppers = await database(prepare, stack, random)
        everyone += shoppers

        async def shop(shopper: Shopper) -> None:
            await asyncio.sleep(random.uniform(0, 2))
            await shopper.buy()

        async def kill() -> None:
            for _ in range(KILLS):
                await asyncio.sleep(random.uniform(0, 1.5))
                stack.web[0].kill()
                await database(forget_who_worked)
                await asyncio.to_thread(stack.restart, stack.web[0])

        async with asyncio.TaskGroup() as people:
            people.create_task(kill())
            for shopper in shoppers:
                people.create_task(shop(shopper))
        assert sum(shopper.trouble for shopper in shoppers) > 0
        told(shoppers)
    await database(pass_time)
    await asyncio.to_thread(stack.until, is_over, secs=90, what="the end of what was left")
    await database(check, everyone)
    paid = sum(shopper.pays for shopper in everyone)
    orders = sum(bool(shopper.order) for shopper in everyone)
    print(f"{ROUNDS} rounds, {ROUNDS * KILLS} kills, {orders} orders, {paid} paid")  # noqa: T201


def told(shoppers: list[Shopper]) -> None:
    """As many got something as there is; nobody was told both that it got it and that it did not."""
    claimers = [shopper for shopper in shoppers if shopper.sale]
    assert Counter(shopper.refusal for shopper in claimers) == {"": UNITS, "sold_out": len(claimers) - UNITS}
    others = [shopper for shopper in shoppers if not shopper.sale]
    assert Counter(shopper.refusal for shopper in others) == {"": UNITS, "out_of_stock": len(others) - UNITS}
    for shopper in shoppers:
        assert bool(shopper.claim) is (bool(shopper.sale) and not shopper.refusal)
        assert bool(shopper.order) is (not shopper.refusal and shopper.leaves_after != "claim")
        assert shopper.paid is (bool(shopper.order) and not shopper.leaves_after)


def forget_who_worked() -> None:
    """As a minute does: who worked on what was not answered is dead."""
    IdempotencyRecord.objects.filter(status=None).update(started_at=now() - TAKEN_OVER_AFTER - timedelta(seconds=1))


def pass_time() -> None:
    """What has an end is at it; the worker's sweepers find that."""
    past = now() - timedelta(seconds=1)
    Claim.objects.filter(state="held").update(expires_at=past)
    Order.objects.filter(state="pending_payment").update(expires_at=past)
    Payment.objects.filter(state="started").update(expires_at=past)
    SandboxCharge.objects.filter(state="open").update(expires_at=past)


def is_over() -> bool:
    left = [
        Claim.objects.filter(state="held"),
        Order.objects.filter(state="pending_payment"),
        Payment.objects.filter(state="started"),
        Refund.objects.filter(state="due"),
        OutboxBatch.objects.all(),
    ]
    return not any(rows.exists() for rows in left)


def check(shoppers: list[Shopper]) -> None:
    assert list(Claim.objects.order_by("shopper_id").values_list("shopper_id", "pk")) == [
        (shopper.user_id, shopper.claim) for shopper in shoppers if shopper.claim
    ]
    assert list(Order.objects.order_by("buyer_id").values_list("buyer_id", "number", "state")) == [
        (shopper.user_id, shopper.order, "paid" if shopper.pays else "closed") for shopper in shoppers if shopper.order
    ]
    paying = [shopper for shopper in shoppers if shopper.pays]

    # Nothing is paid twice: one payment, one charge and one entry each, of as much as it costs.
    due = sorted((shopper.order, shopper.price) for shopper in paying)
    payments = Payment.objects.values_list("order__number", "amount", "state")
    assert sorted(payments) == [(*one, "succeeded") for one in due]
    charges = SandboxCharge.objects.filter(state="succeeded", refunded=0)
    assert sorted(charges.values_list("order_number", "amount")) == due
    assert SandboxCharge.objects.exclude(state="closed").count() == len(due)
    assert sorted(LedgerEntry.objects.values_list("payment__order__number", "amount", "kind")) == [
        (*one, "paid") for one in due
    ]
    assert OrderEvent.objects.filter(type="order.paid").count() == len(due)
    assert not Refund.objects.exists()

    # Units: what is neither sold nor there is nowhere.
    sold = Counter(shopper.sku for shopper in paying)
    for allotment in Allotment.objects.all():
        assert (allotment.held, allotment.sold, allotment.total) == (0, sold[allotment.sku_id], UNITS)
    stocks = dict(Stock.objects.values_list("sku_id", "on_hand"))
    assert stocks == {shopper.sku: UNITS - sold[shopper.sku] for shopper in shoppers}
    shelves = Stock.objects.exclude(sku_id__in=Allotment.objects.values("sku_id"))
    assert shelves.aggregate(held=Sum("reserved")) == {"held": 0}
    assert discrepancies() == []
    assert not IdempotencyRecord.objects.filter(status=None).exists()
