"""Claims of drops through this process's queue: losers and those who did too little cost no database work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from commerce.promotions import conditions, selectors
from commerce.promotions import queue as queues
from commerce.promotions.errors import ConditionUnmet, CouponLimitReached
from commerce.promotions.models import CouponDrop, CouponGrant
from commerce.promotions.queue import new_queue
from commerce.promotions.services import DropAnswer, DropRequest
from project import wiring
from project.kernel.claims import ClaimQueue, Standing
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.errors import NotFound, NotOpen, SoldOut
from tests.support.factories import make_user
from tests.support.promoting import make_drop

pytestmark = pytest.mark.django_db(transaction=True)

WATCHED = [{"kind": "watched", "least": 60}]
Queue = ClaimQueue[DropRequest, DropAnswer]


async def prepare(*, people: int, **fields: Any) -> tuple[CouponDrop, list[DropRequest]]:
    def make() -> tuple[CouponDrop, list[DropRequest]]:
        drop = make_drop(**fields)
        users = [make_user(password=None) for _ in range(people)]
        return drop, [DropRequest(drop_id=drop.pk, user_id=user.pk, key="k") for user in users]

    return await database(make)


async def ask_all(claims: Queue, requests: list[DropRequest]) -> list[object]:
    return await asyncio.gather(*[claims.submit(request) for request in requests], return_exceptions=True)


class Work:
    """What a queue asked of the database."""

    def __init__(self, claims: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads: list[int] = []
        self.batches: list[int] = []
        commit: Any = claims._commit._commit

        def standing(drop_id: int) -> Standing | None:
            self.reads.append(drop_id)
            return selectors.drop_standing(drop_id)

        def batch(requests: list[DropRequest]) -> Any:
            self.batches.append(len(requests))
            return commit(requests)

        monkeypatch.setattr(queues, "drop_standing", standing)
        monkeypatch.setattr(claims._commit, "_commit", batch)


@pytest.fixture
def watched() -> Iterator[Counter[int]]:
    """Seconds by user id."""
    seconds: Counter[int] = Counter()

    async def source(channel: str, user_id: int) -> int:
        assert channel == "show:1"
        return seconds[user_id]

    conditions.install({"watched": source})
    yield seconds
    conditions.install(wiring.CONDITIONS)


async def test_as_many_win_as_there_are_coupons() -> None:
    drop, requests = await prepare(people=40, quantity=15)
    answers = await ask_all(new_queue(), requests)
    winners = [answer for answer in answers if isinstance(answer, DropAnswer)]
    assert [winner.position for winner in winners] == list(range(1, 16))
    assert {type(answer) for answer in answers} == {DropAnswer, SoldOut}
    assert await database(CouponGrant.objects.filter(drop=drop).count) == 15


async def test_a_loser_costs_no_database_work(monkeypatch: pytest.MonkeyPatch) -> None:
    drop, requests = await prepare(people=60, quantity=1)
    claims = new_queue()
    won = await claims.submit(requests[0])
    work = Work(claims, monkeypatch)
    # The first loser finds out; from then on memory answers.
    assert isinstance((await ask_all(claims, requests[1:2]))[0], SoldOut)
    for group in (requests[2:30], requests[30:]):
        assert {type(answer) for answer in await ask_all(claims, group)} == {SoldOut}
    assert (work.reads, work.batches) == ([drop.pk], [1])
    # The winner still gets the coupon, also from a process that was not there; and no other one.
    assert await claims.submit(requests[0]) == await new_queue().submit(requests[0]) == won
    another = DropRequest(drop_id=drop.pk, user_id=requests[0].user_id, key="l")
    with pytest.raises(CouponLimitReached):
        await claims.submit(another)


async def test_who_did_too_little_costs_no_database_work(
    watched: Counter[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, requests = await prepare(people=60, quantity=10, conditions=WATCHED)
    claims = new_queue()
    work = Work(claims, monkeypatch)
    for request in requests[1:]:
        watched[request.user_id] = 59
    watched[requests[0].user_id] = 60
    answers = await ask_all(claims, requests)
    assert [type(answer) for answer in answers] == [DropAnswer] + [ConditionUnmet] * 59
    assert (work.reads, work.batches) == ([drop.pk], [1])
    # A refusal is not kept: the same key wins later.
    watched[requests[1].user_id] = 60
    assert (await claims.submit(requests[1])).position == 2


async def test_a_winner_keeps_the_coupon_when_what_was_done_is_forgotten(watched: Counter[int]) -> None:
    _, (request,) = await prepare(people=1, conditions=WATCHED)
    watched[request.user_id] = 60
    won = await new_queue().submit(request)
    watched.clear()
    assert await new_queue().submit(request) == won


async def test_a_condition_that_nobody_knows_of_any_more_is_unmet(watched: Counter[int]) -> None:
    _, (request,) = await prepare(people=1, conditions=[{"kind": "wealth", "least": 1}])
    with pytest.raises(ConditionUnmet):
        await new_queue().submit(request)


async def test_before_the_start_memory_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    drop, requests = await prepare(people=2, state="scheduled")
    claims = new_queue()
    work = Work(claims, monkeypatch)
    assert {type(answer) for answer in await ask_all(claims, requests)} == {NotOpen}
    assert (work.reads, work.batches) == ([drop.pk], [])


async def test_a_winner_whose_drop_is_over_still_gets_its_coupon() -> None:
    drop, (winner, late) = await prepare(people=2)
    won = await new_queue().submit(winner)
    await database(CouponDrop.objects.filter(pk=drop.pk).update, ends_at=now(), state="closed", close_reason="ended")
    claims = new_queue()
    assert await claims.submit(winner) == won
    with pytest.raises(NotOpen):
        await claims.submit(late)


async def test_what_is_not_dropped_is_not_found() -> None:
    with pytest.raises(NotFound):
        await new_queue().submit(DropRequest(drop_id=1, user_id=1, key="k"))
