"""Many callers, one transaction; each gets its own answer, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from chat.conversations.models import Conversation
from commerce.catalog.models import Category
from project.kernel.database import database
from project.kernel.errors import Busy, Conflict, DomainError
from project.kernel.group_commit import GroupCommit, settled

pytestmark = pytest.mark.django_db(transaction=True)


class Refused(Exception):
    pass


def write(slugs: Sequence[str]) -> Sequence[str | DomainError]:
    """Categories stand in for anything with a unique key. "bad" fails its whole batch, "no" is refused."""
    known = set(Category.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    if "bad" in slugs:
        raise Refused
    fresh = [slug for slug in dict.fromkeys(slugs) if slug not in known and slug != "no"]
    Category.objects.bulk_create(Category(slug=slug, name_zh=slug, name_en=slug) for slug in fresh)
    return [Conflict() if slug == "no" else slug for slug in slugs]


async def written() -> list[str]:
    return sorted(await database(list, Category.objects.values_list("slug", flat=True)))


async def test_items_that_arrive_together_share_a_transaction() -> None:
    batches: list[int] = []

    def count(slugs: Sequence[str]) -> Sequence[str | DomainError]:
        assert connection.in_atomic_block
        batches.append(len(slugs))
        return write(slugs)

    commit = GroupCommit(count)
    slugs = [f"s{number:02}" for number in range(50)]
    assert await asyncio.gather(*map(commit.submit, slugs)) == slugs
    assert batches == [50]
    assert await written() == slugs


async def test_a_refusal_is_for_its_own_caller_alone() -> None:
    commit = GroupCommit(write)
    first, refusal, last = await asyncio.gather(*map(commit.submit, ["a", "no", "b"]), return_exceptions=True)
    assert (first, last) == ("a", "b")
    assert isinstance(refusal, Conflict)
    assert await written() == ["a", "b"]


async def test_a_bad_item_hurts_nobody_else() -> None:
    commit = GroupCommit(write)
    answers = await asyncio.gather(*map(commit.submit, ["a", "bad", "b"]), return_exceptions=True)
    assert answers[0] == "a"
    assert isinstance(answers[1], Refused)
    assert answers[2] == "b"
    assert await written() == ["a", "b"]


async def test_after_a_commit_of_unknown_outcome_nothing_is_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    really_commit = BaseDatabaseWrapper._commit

    def count(slugs: Sequence[str]) -> Sequence[str | DomainError]:
        batches.append(len(slugs))
        return write(slugs)

    def lose_the_answer(self: BaseDatabaseWrapper) -> None:
        really_commit(self)
        if len(batches) == 1:
            raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(BaseDatabaseWrapper, "_commit", lose_the_answer)
    commit = GroupCommit(count)
    assert await asyncio.gather(*map(commit.submit, ["a", "b"])) == ["a", "b"]
    assert batches == [2, 1, 1]
    assert await written() == ["a", "b"]


async def test_the_answer_does_not_wait_for_what_the_commit_sets_off() -> None:
    told = threading.Event()

    def write_and_tell(slugs: Sequence[str]) -> Sequence[str | DomainError]:
        transaction.on_commit(lambda: told.wait(10))
        return write(slugs)

    commit = GroupCommit(write_and_tell)
    assert await asyncio.wait_for(commit.submit("a"), 5) == "a"
    assert await written() == ["a"]
    told.set()
    await settled()


async def test_an_item_whose_caller_went_away_is_written_all_the_same() -> None:
    commit = GroupCommit(write)
    caller = asyncio.create_task(commit.submit("gone"))
    await asyncio.sleep(0)
    caller.cancel()
    assert await commit.submit("here") == "here"
    assert await written() == ["gone", "here"]


async def test_beyond_the_bound_the_answer_is_busy_and_nothing_is_written() -> None:
    commit = GroupCommit(write, most_waiting=2)
    answers = await asyncio.gather(*map(commit.submit, ["a", "b", "c"]), return_exceptions=True)
    assert answers[:2] == ["a", "b"]
    assert isinstance(answers[2], Busy)
    assert await written() == ["a", "b"]


async def test_more_than_a_batch_holds_goes_into_the_next_in_order() -> None:
    batches: list[list[str]] = []

    def note(slugs: Sequence[str]) -> Sequence[str | DomainError]:
        batches.append(list(slugs))
        return write(slugs)

    commit = GroupCommit(note, most_items=2)
    await asyncio.gather(*map(commit.submit, ["a", "b", "c", "d", "e"]))
    assert batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_commit_that_gives_too_few_answers_is_an_error_of_its_own() -> None:
    def forgetful(slugs: Sequence[str]) -> Sequence[str | DomainError]:
        Conversation.objects.create(kind="show")
        return []

    with pytest.raises(RuntimeError, match="1 items got 0 answers"):
        await GroupCommit(forgetful).submit("a")
    assert await database(Conversation.objects.count) == 0
