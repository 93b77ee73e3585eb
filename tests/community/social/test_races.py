from __future__ import annotations

from itertools import cycle, islice

import pytest

from community.social import services
from tests.community.social.people import counted, edges, recounted
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MANY = 60


@pytest.mark.parametrize("round", range(3))
def test_everything_at_once_between_a_few_people(round: int) -> None:
    """200 deeds of five people about each other, some crossing: counts are exact, and no two contradict each other."""
    people = [make_user() for _ in range(5)]
    deeds = [services.follow, services.block, services.ask, services.unfollow, services.ask, services.unblock]
    pairs = [(a, b) for a in people for b in people if a != b]
    calls = [
        lambda deed=deed, a=a, b=b: (deed(user_id=a.pk, other_id=b.pk), "done")[1]  # type: ignore[misc]
        for deed, (a, b) in zip(islice(cycle(deeds), 200), islice(cycle(pairs), 200), strict=True)
    ]
    answers = sum((at_once(calls[start::4]) for start in range(4)), start=at_once([lambda: "done"]))
    assert answers.total() == 201
    assert set(answers) <= {"done", "blocked", "forbidden"}
    for person in people:
        assert counted(person) == recounted(person)
    found = edges()
    apart = {frozenset(pair) for kind, *pair in found if kind == "block"}
    near = {frozenset(pair) for kind, *pair in found if kind != "block"}
    assert apart & near == set()


def test_many_follow_one_at_once() -> None:
    host, people = make_user(), [make_user() for _ in range(MANY)]
    calls = [lambda person=person: services.follow(user_id=person.pk, other_id=host.pk).following for person in people]  # type: ignore[misc]
    assert at_once(calls) == {True: MANY}
    assert counted(host) == (MANY, 0, 0, 0)


def test_the_same_follow_at_once_is_one() -> None:
    ann, ben = make_user(), make_user()
    assert at_once([lambda: services.follow(user_id=ann.pk, other_id=ben.pk).following] * MANY) == {True: MANY}
    assert (counted(ann), counted(ben)) == ((0, 1, 0, 0), (1, 0, 0, 0))


@pytest.mark.parametrize("round", range(10))
def test_requests_that_cross_make_friends(round: int) -> None:
    ann, ben = make_user(), make_user()
    ask = [
        lambda a=a, b=b: services.ask(user_id=a.pk, other_id=b.pk).friends  # type: ignore[misc]
        for a, b in ((ann, ben), (ben, ann))
    ]
    assert at_once(ask) == {False: 1, True: 1}
    assert edges() == {("friends", *sorted([ann.pk, ben.pk]))}
    assert counted(ann) == counted(ben) == (0, 0, 1, 0)


@pytest.mark.parametrize("round", range(10))
def test_a_block_and_an_answer_at_once(round: int) -> None:
    """Whichever comes first: they end apart."""
    ann, ben = make_user(), make_user()
    services.ask(user_id=ann.pk, other_id=ben.pk)
    answers = at_once(
        [
            lambda: services.accept(user_id=ben.pk, other_id=ann.pk).friends,
            lambda: services.block(user_id=ann.pk, other_id=ben.pk).blocked,
            lambda: services.follow(user_id=ben.pk, other_id=ann.pk).following,
        ]
    )
    assert set(answers) <= {True, "not_found", "forbidden"}
    assert edges() == {("block", ann.pk, ben.pk)}
    assert counted(ann) == counted(ben) == (0, 0, 0, 0)
