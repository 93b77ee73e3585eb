from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from community.accounts.models import User
from community.social import selectors, services
from community.social.errors import Blocked, ListFull
from community.social.models import Block, Follow, FriendRequest, Friendship, Standing
from project.kernel.errors import Forbidden, Invalid, NotFound
from tests.community.social.people import EVENTS, counted, edges, recounted, replay, types_of
from tests.support.announced import Announced
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

DEEDS = [
    services.follow,
    services.unfollow,
    services.ask,
    services.accept,
    services.decline,
    services.withdraw,
    services.unfriend,
    services.block,
    services.unblock,
]


@pytest.fixture
def ann() -> User:
    return make_user(display_name="Ann")


@pytest.fixture
def ben() -> User:
    return make_user(display_name="Ben")


def do(deed: Callable[..., Any], user: User, other: User) -> Any:
    return deed(user_id=user.pk, other_id=other.pk)


def test_a_follow_counts_once(ann: User, ben: User, published: Announced) -> None:
    for _ in range(3):
        relation = do(services.follow, ann, ben)
        assert (relation.following, relation.followed_by) == (True, False)
    assert edges() == {("follow", ann.pk, ben.pk)}
    assert (counted(ann), counted(ben)) == ((0, 1, 0, 0), (1, 0, 0, 0))
    assert [(event.type, event.channels()) for event in published] == [
        ("follow.added", [f"user:{ann.pk}"]),
        ("standing.counted", [f"user:{ben.pk}"]),
    ]
    assert published.wires(f"user:{ann.pk}")[0] == {
        "type": "follow.added",
        "at": published[0].at,
        "person": {"id": ben.pk, "display_name": "Ben", "avatar": None},
        "relation": {"following": True, "followed_by": False, "friends": False, "request": None, "blocked": False},
        "standing": {"followers": 0, "following": 1, "friends": 0, "requests": 0, "version": 1},
    }


def test_an_unfollow_counts_once(ann: User, ben: User, published: Announced) -> None:
    do(services.unfollow, ann, ben)
    assert list(published) == []
    do(services.follow, ann, ben)
    published.clear()
    for _ in range(3):
        assert not do(services.unfollow, ann, ben).following
    assert edges() == set()
    assert counted(ann) == counted(ben) == (0, 0, 0, 0)
    assert published.types == ["follow.removed", "standing.counted"]


def test_a_request_waits_for_its_answer(ann: User, ben: User, published: Announced) -> None:
    for _ in range(2):
        assert do(services.ask, ann, ben).request == "sent"
    assert selectors.relation(ben.pk, ann.pk).request == "received"
    assert (edges(), counted(ann), counted(ben)) == (
        {("request", ann.pk, ben.pk)},
        (0, 0, 0, 0),
        (0, 0, 0, 1),
    )
    assert types_of(published) == ["friend.requested", "friend.requested"]
    for _ in range(2):
        assert do(services.accept, ben, ann).friends
    assert edges() == {("friends", *sorted([ann.pk, ben.pk]))}
    assert counted(ann) == counted(ben) == (0, 0, 1, 0)
    assert do(services.ask, ann, ben).friends
    assert types_of(published)[2:] == ["friend.accepted", "friend.accepted"]
    assert selectors.are_friends(ann.pk, ben.pk)
    assert selectors.are_friends(ben.pk, ann.pk)


def test_who_asks_back_says_yes(ann: User, ben: User) -> None:
    do(services.ask, ann, ben)
    assert do(services.ask, ben, ann).friends
    assert edges() == {("friends", *sorted([ann.pk, ben.pk]))}
    assert counted(ann) == counted(ben) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("deed", "by_sender", "word"),
    [
        (services.decline, False, "friend.declined"),
        (services.withdraw, True, "friend.withdrawn"),
    ],
)
def test_a_request_ends_and_may_come_again(
    ann: User, ben: User, published: Announced, deed: Callable[..., Any], by_sender: bool, word: str
) -> None:
    do(services.ask, ann, ben)
    published.clear()
    # The other one of the two has nothing to decline, or to take back.
    do(deed, *((ben, ann) if by_sender else (ann, ben)))
    assert edges() == {("request", ann.pk, ben.pk)}
    for _ in range(2):
        do(deed, *((ann, ben) if by_sender else (ben, ann)))
    assert (edges(), counted(ben)) == (set(), (0, 0, 0, 0))
    assert types_of(published) == [word, word]
    assert do(services.ask, ben, ann).request == "sent"


def test_nobody_says_yes_to_what_was_not_asked(ann: User, ben: User, published: Announced) -> None:
    do(services.ask, ann, ben)
    published.clear()
    with pytest.raises(NotFound):
        do(services.accept, ann, ben)
    assert edges() == {("request", ann.pk, ben.pk)}
    assert list(published) == []


def test_friends_part(ann: User, ben: User, published: Announced) -> None:
    do(services.ask, ann, ben)
    do(services.accept, ben, ann)
    published.clear()
    for _ in range(2):
        assert not do(services.unfriend, ben, ann).friends
    assert (edges(), counted(ann), counted(ben)) == (set(), (0, 0, 0, 0), (0, 0, 0, 0))
    assert published.types == ["friend.removed", "friend.removed"]


def test_a_block_ends_everything_between_the_two(ann: User, ben: User, published: Announced) -> None:
    cat = make_user()
    do(services.follow, ann, ben)
    do(services.follow, ben, ann)
    do(services.ask, ann, ben)
    do(services.accept, ben, ann)
    do(services.follow, ben, cat)
    published.clear()
    for _ in range(2):
        relation = do(services.block, ann, ben)
        assert relation.card == {
            "following": False,
            "followed_by": False,
            "friends": False,
            "request": None,
            "blocked": True,
        }
    assert edges() == {("block", ann.pk, ben.pk), ("follow", ben.pk, cat.pk)}
    assert (counted(ann), counted(ben)) == ((0, 0, 0, 0), (0, 1, 0, 0))
    assert published.types == ["block.added", "friend.removed"]
    # Who is blocked learns what ended, and not why.
    [told] = published.wires(f"user:{ben.pk}")
    assert told["relation"] == selectors.relation(ben.pk, ann.pk).card
    assert "block" not in told["type"]
    assert not told["relation"]["blocked"]  # type: ignore[index]


@pytest.mark.parametrize("sender_blocks", [True, False])
def test_a_block_ends_an_open_request(ann: User, ben: User, sender_blocks: bool) -> None:
    do(services.ask, ann, ben)
    blocker, blocked = (ann, ben) if sender_blocks else (ben, ann)
    do(services.block, blocker, blocked)
    assert (edges(), counted(ben)) == ({("block", blocker.pk, blocked.pk)}, (0, 0, 0, 0))


def test_nothing_grows_where_there_is_a_block(ann: User, ben: User, published: Announced) -> None:
    do(services.block, ann, ben)
    published.clear()
    for deed in (services.follow, services.ask):
        with pytest.raises(Blocked):
            do(deed, ann, ben)
        with pytest.raises(Forbidden):
            do(deed, ben, ann)
    assert edges() == {("block", ann.pk, ben.pk)}
    assert list(published) == []
    do(services.unblock, ben, ann)
    assert edges() == {("block", ann.pk, ben.pk)}
    for _ in range(2):
        assert not do(services.unblock, ann, ben).blocked
    assert published.types == ["block.removed"]
    assert do(services.follow, ben, ann).following


def test_two_may_block_each_other(ann: User, ben: User) -> None:
    do(services.block, ann, ben)
    do(services.block, ben, ann)
    do(services.unblock, ann, ben)
    assert edges() == {("block", ben.pk, ann.pk)}
    with pytest.raises(Forbidden):
        do(services.follow, ann, ben)


@pytest.mark.parametrize("deed", DEEDS)
def test_oneself_and_nobody_are_refused(ann: User, ben: User, published: Announced, deed: Callable[..., Any]) -> None:
    with pytest.raises(Invalid):
        do(deed, ann, ann)
    ben.is_active = False
    ben.save()
    for other_id in (ben.pk, 10**9):
        with pytest.raises(NotFound):
            deed(user_id=ann.pk, other_id=other_id)
    assert edges() == set()
    assert list(published) == []


def test_lists_have_an_end(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_FOLLOWING", "MOST_FRIENDS", "MOST_REQUESTS"):
        monkeypatch.setattr(services, name, 1)
    ben, cat = make_user(), make_user()
    do(services.follow, ann, ben)
    do(services.ask, ann, ben)
    for deed in (services.follow, services.ask):
        with pytest.raises(ListFull):
            do(deed, ann, cat)
    do(services.accept, ben, ann)
    do(services.ask, cat, ann)
    with pytest.raises(ListFull):
        do(services.accept, ann, cat)
    assert edges() == {
        ("follow", ann.pk, ben.pk),
        ("friends", *sorted([ann.pk, ben.pk])),
        ("request", cat.pk, ann.pk),
    }


def fresh(user: User, others: list[User]) -> dict[str, Any]:
    """What a device shows that has just connected and has everyone's profile open."""
    return {
        "people": selectors.standings([user.pk]).get(user.pk, selectors.nobody()),
        "relations": {other.pk: selectors.relation(user.pk, other.pk).card for other in others},
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_snapshot_and_the_events_are_a_fresh_snapshot(seed: int, published: Announced) -> None:
    """Of each of three people, after every single step; and after all of them in any order."""
    random = Random(seed)
    people = [make_user() for _ in range(3)]
    first = {user.pk: fresh(user, [one for one in people if one != user]) for user in people}
    kept = dict(first)
    seen = 0
    for _ in range(40):
        user, other = random.sample(people, 2)
        try:
            do(random.choice(DEEDS), user, other)
        except (Blocked, Forbidden, NotFound):
            continue
        new, seen = published[seen:], len(published)
        for one in people:
            wires = [event.wire() for event in new if f"user:{one.pk}" in event.channels()]
            kept[one.pk] = replay(kept[one.pk], wires)
            assert kept[one.pk] == fresh(one, [two for two in people if two != one])
            # A snapshot taken between COMMIT and publish has it already.
            assert replay(kept[one.pk], wires) == kept[one.pk]
    for one in people:
        assert counted(one) == recounted(one)
        shuffled = published.wires(f"user:{one.pk}")
        random.shuffle(shuffled)
        assert replay(first[one.pk], shuffled) == kept[one.pk]


def test_every_event_was_replayed(published: Announced) -> None:
    ann, ben = make_user(), make_user()
    steps = [
        (services.follow, ann, ben),
        (services.unfollow, ann, ben),
        (services.ask, ann, ben),
        (services.withdraw, ann, ben),
        (services.ask, ann, ben),
        (services.decline, ben, ann),
        (services.ask, ann, ben),
        (services.accept, ben, ann),
        (services.unfriend, ann, ben),
        (services.block, ann, ben),
        (services.unblock, ann, ben),
    ]
    before = {user.pk: fresh(user, [other]) for user, other in ((ann, ben), (ben, ann))}
    for deed, user, other in steps:
        do(deed, user, other)
    assert set(types_of(published)) == EVENTS
    for user, other in ((ann, ben), (ben, ann)):
        assert replay(before[user.pk], published.wires(f"user:{user.pk}")) == fresh(user, [other])


@pytest.mark.parametrize("deed", [services.follow, services.ask, services.block])
def test_what_it_costs(ann: User, ben: User, deed: Callable[..., Any], django_assert_max_num_queries: Any) -> None:
    do(services.follow, ben, ann)
    do(services.unfollow, ben, ann)
    with django_assert_max_num_queries(23):
        do(deed, ann, ben)


def test_rows_cannot_contradict_each_other(ann: User, ben: User) -> None:
    from django.db import IntegrityError, transaction

    low, high = sorted([ann.pk, ben.pk])
    Friendship.objects.create(low_id=low, high_id=high)
    FriendRequest.objects.create(sender=ann, recipient=ben)
    Standing.objects.create(user=ann)
    for make in (
        lambda: Friendship.objects.create(low_id=low, high_id=high),
        lambda: Friendship.objects.create(low_id=high, high_id=low),
        lambda: FriendRequest.objects.create(sender=ben, recipient=ann),
        lambda: FriendRequest.objects.create(sender=ann, recipient=ann),
        lambda: Follow.objects.create(follower=ann, followee=ann),
        lambda: Block.objects.create(blocker=ann, blocked=ann),
        lambda: Standing.objects.filter(pk=ann.pk).update(followers=-1),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()
