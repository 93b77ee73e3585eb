from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError

from chat.messages import rooms
from live.shows import likes, selectors
from live.shows.errors import ShowIsOver
from live.shows.likes import LikeCounter
from live.shows.models import LikeTally, Show
from live.shows.services import commit_likes, end_show, forget_like_tallies
from live.shows.topic import LikeMethods, TapParams
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.errors import NotFound, TooFast
from project.realtime.topics import Caller
from tests.live.factories import make_show

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    show = make_show()
    monkeypatch.setattr(likes, "_counter", LikeCounter(every_secs=0.01))
    monkeypatch.setattr(rooms, "_rules", {"show": selectors.room_of_show})
    rooms.forget(f"show:{show.pk}")
    return show


async def total_of(show: Show) -> int:
    return (await database(Show.objects.get, pk=show.pk)).likes


async def counted() -> None:
    assert likes._counter._task
    await likes._counter._task


async def test_taps_of_many_are_one_tally(show, published) -> None:
    methods = LikeMethods()
    for guest in range(30):
        caller = Caller(guest_id=str(guest))
        assert await methods.tap(caller=caller, params=TapParams(show=show.pk, count=3)) == {}
    await counted()
    assert await total_of(show) == 90
    assert await database(LikeTally.objects.count) == 1
    assert [event.wire()["total"] for event in published if event.type == "likes.counted"] == [90]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
async def test_an_outcome_that_is_unknown_counts_once(show, monkeypatch, error) -> None:
    calls = []

    def commit_and_lose_the_answer(**kwargs: object) -> None:
        commit_likes(**kwargs)
        calls.append(kwargs["key"])
        if len(calls) == 1:
            raise error("the connection is gone")

    monkeypatch.setattr(likes, "commit_likes", commit_and_lose_the_answer)
    likes.add(show.pk, 7)
    await counted()
    assert len(calls) == 2
    assert calls[0] == calls[1]
    assert await total_of(show) == 7


async def test_whoever_taps_too_fast_is_refused_and_nobody_else(show) -> None:
    methods = LikeMethods()
    fast, calm = Caller(guest_id="fast"), Caller(guest_id="calm")
    tap = TapParams(show=show.pk, count=1)
    answers = await asyncio.gather(*(methods.tap(caller=fast, params=tap) for _ in range(40)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, TooFast)]
    assert 15 <= len(refused) <= 20
    await methods.tap(caller=calm, params=tap)
    await counted()
    assert await total_of(show) == 41 - len(refused)


async def test_there_must_be_a_show_that_is_not_over(show) -> None:
    methods = LikeMethods()
    caller = Caller(guest_id="g")
    with pytest.raises(NotFound):
        await methods.tap(caller=caller, params=TapParams(show=10**9, count=1))
    await methods.tap(caller=caller, params=TapParams(show=show.pk, count=1))
    await database(end_show, show_id=show.pk)
    with pytest.raises(ShowIsOver):
        await methods.tap(caller=caller, params=TapParams(show=show.pk, count=1))
    await counted()
    assert await total_of(show) == 1


def test_tallies_are_forgotten_when_nobody_can_repeat_them(show: Show) -> None:
    commit_likes(key="old", counts={show.pk: 5})
    LikeTally.objects.update(at=now() - timedelta(hours=2))
    commit_likes(key="new", counts={show.pk: 3})
    assert forget_like_tallies() == 1
    assert LikeTally.objects.get().key == f"new:{show.pk}"
    show.refresh_from_db()
    assert show.likes == 8
