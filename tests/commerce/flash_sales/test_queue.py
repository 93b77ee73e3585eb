"""Claims through this process's queue: answered after COMMIT, losers refused from memory."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from commerce.flash_sales import queue as queues
from commerce.flash_sales import selectors
from commerce.flash_sales.errors import ClaimExpired
from commerce.flash_sales.models import Claim, FlashSale
from commerce.flash_sales.queue import new_queue
from commerce.flash_sales.services import ClaimAnswer, ClaimRequest
from commerce.flash_sales.topic import ClaimParams
from community.accounts.models import User
from project.kernel.claims import LEASE_SECS, ClaimQueue, Standing
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.errors import NotFound, NotOpen, SoldOut
from tests.support.factories import make_sale, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def request_of(sale: FlashSale, shopper: User, key: str = "k") -> ClaimRequest:
    return ClaimRequest(
        sale_id=sale.pk, sku_id=sale.allotments.get().sku_id, quantity=1, shopper_id=shopper.pk, key=key
    )


async def prepare(*, people: int, total: int, **fields: object) -> tuple[FlashSale, list[ClaimRequest]]:
    def make() -> tuple[FlashSale, list[ClaimRequest]]:
        sale = make_sale(total=total, **fields)  # type: ignore[arg-type]
        return sale, [request_of(sale, make_user(password=None)) for _ in range(people)]

    return await database(make)


async def ask_all(claims: ClaimQueue[ClaimRequest, ClaimAnswer], requests: list[ClaimRequest]) -> list[object]:
    return await asyncio.gather(*[claims.submit(request) for request in requests], return_exceptions=True)


async def test_as_many_win_as_there_are_units() -> None:
    sale, requests = await prepare(people=40, total=15)
    answers = await ask_all(new_queue(), requests)
    winners = [answer for answer in answers if isinstance(answer, ClaimAnswer)]
    assert [winner.position for winner in winners] == list(range(1, 16))
    assert {type(answer) for answer in answers} == {ClaimAnswer, SoldOut}
    assert await database(Claim.objects.filter(sale=sale, state="held").count) == 15


async def test_a_loser_costs_no_database_work(monkeypatch: pytest.MonkeyPatch) -> None:
    sale, requests = await prepare(people=60, total=1)
    claims = new_queue()
    await claims.submit(requests[0])
    reads: list[int] = []
    batches: list[int] = []

    def standing(*, sale_id: int, sku_id: int) -> Standing | None:
        reads.append(sale_id)
        return selectors.standing(sale_id=sale_id, sku_id=sku_id)

    monkeypatch.setattr(queues, "standing", standing)
    commit = claims._commit._commit
    monkeypatch.setattr(claims._commit, "_commit", lambda items: batches.append(len(items)) or commit(items))
    # The first loser finds out; from then on memory answers.
    assert isinstance((await ask_all(claims, requests[1:2]))[0], SoldOut)
    for group in (requests[2:30], requests[30:]):
        assert {type(answer) for answer in await ask_all(claims, group)} == {SoldOut}
    assert reads == [sale.pk]
    assert batches == [1]
    # The winner still gets the claim it holds.
    again = await claims.submit(requests[0])
    assert again.position == 1


async def test_units_that_return_are_sold_within_a_second() -> None:
    sale, requests = await prepare(people=3, total=1)
    claims = new_queue()
    await claims.submit(requests[0])
    for loser in requests[1:]:
        with pytest.raises(SoldOut):
            await claims.submit(loser)
    await database(Claim.objects.filter(sale=sale).update, expires_at=now() - timedelta(milliseconds=1))
    deadline = asyncio.get_running_loop().time() + LEASE_SECS + 1
    while True:
        try:
            assert (await claims.submit(requests[2])).position == 2
            break
        except SoldOut:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)


async def test_before_the_start_memory_answers() -> None:
    _, requests = await prepare(people=2, total=1, state="scheduled")
    assert {type(answer) for answer in await ask_all(new_queue(), requests)} == {NotOpen}


async def test_what_is_not_on_sale_is_not_found() -> None:
    _, (request,) = await prepare(people=1, total=1)
    unknown = ClaimRequest(sale_id=request.sale_id, sku_id=0, quantity=1, shopper_id=request.shopper_id, key="k")
    with pytest.raises(NotFound):
        await new_queue().submit(unknown)


async def test_the_key_of_an_expired_claim_says_so_also_when_all_is_gone() -> None:
    sale, (slow, quick, late) = await prepare(people=3, total=1)
    claims = new_queue()
    await claims.submit(slow)
    await database(Claim.objects.filter(sale=sale).update, expires_at=now() - timedelta(milliseconds=1))
    await claims.submit(quick)
    claims = new_queue()
    for _ in range(2):
        with pytest.raises(ClaimExpired):
            await claims.submit(slow)
        with pytest.raises(SoldOut):
            await claims.submit(late)


async def test_a_winner_whose_sale_has_just_ended_still_gets_its_claim() -> None:
    sale, (winner, loser) = await prepare(people=2, total=2)
    claims = new_queue()
    won = await claims.submit(winner)
    # The lease is read while the sale runs, and the sale is over before the lease is.
    claims._leases.clear()
    await database(FlashSale.objects.filter(pk=sale.pk).update, ends_at=now() + timedelta(seconds=0.3))
    lease = await claims._renew(winner.thing)
    assert lease.standing.ends_in_secs > 0
    await asyncio.sleep(lease.standing.ends_in_secs)
    assert await claims.submit(winner) == won
    with pytest.raises(NotOpen):
        await claims.submit(loser)


@pytest.mark.parametrize("key", ["", "a\x00b", "长", "k" * 65, "a b"])
def test_a_key_that_the_database_may_not_take_is_refused_at_the_door(key: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"sale": 1, "sku": 1, "key": key}, ClaimParams)
