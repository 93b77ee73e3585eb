from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from community.accounts.models import User
from community.notices import audiences, selectors, services
from community.notices.content import Content
from community.notices.models import Broadcast, Inbox, Notice
from project.kernel.clock import now
from project.kernel.errors import Invalid, NotFound
from tests.community.notices.device import Device
from tests.support.announced import Announced
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return make_user(display_name="Ann")


def tell(*users: User, key: str = "k", kind: Any = "mention", **said: Any) -> list[int]:
    content = Content(**{"people": [], **said})
    return services.notify(user_ids=[user.pk for user in users], kind=kind, key=key, content=content)


def cards(user: User) -> list[Any]:
    return selectors.notice_cards(list(selectors.notices_of(user.pk).order_by("-seq")))


def exact(user: User) -> None:
    inbox = selectors.inbox_of(user.pk)
    assert inbox["unread"] == Notice.objects.filter(user=user, read_at=None).count()


def test_everybody_is_told_once(ann: User, published: Announced) -> None:
    ben, cat = make_user(display_name="Ben"), make_user()
    assert tell(ann, ben, people=[cat.pk], about="group:3", text="hi") == [ann.pk, ben.pk]
    assert tell(ann, ben, cat, people=[ann.pk], text="another") == [cat.pk]
    [card] = cards(ann)
    assert card == {
        "id": Notice.objects.get(user=ann).pk,
        "seq": 1,
        "kind": "mention",
        "people": [{"id": cat.pk, "display_name": cat.display_name, "avatar": None}],
        "count": 1,
        "about": "group:3",
        "title": None,
        "text": "hi",
        "word": "",
        "until": None,
        "at": card["at"],
        "read": False,
    }
    assert [(event.type, event.channels()) for event in published] == [
        ("notice.added", [f"user:{user.pk}"]) for user in (ann, ben, cat)
    ]
    assert published.wires(f"user:{ann.pk}")[0]["notice"] == card
    assert published.wires(f"user:{ann.pk}")[0]["inbox"] == selectors.inbox_of(ann.pk) == {"unread": 1, "version": 1}


def test_whatever_fails_afterwards_leaves_no_notice(ann: User, published: Announced) -> None:
    with transaction.atomic():
        tell(ann)
        transaction.set_rollback(True)
    assert (cards(ann), selectors.inbox_of(ann.pk)) == ([], {"unread": 0, "version": 0})
    assert list(published) == []


def test_what_somebody_does_not_want_is_not_written(ann: User, published: Announced) -> None:
    ben = make_user()
    services.switch(user_id=ann.pk, kind="mention", on=False)
    services.switch(user_id=ann.pk, kind="mention", on=False)
    assert tell(ann, ben) == [ben.pk]
    services.gather(user_id=ann.pk, kind="mention", key="g", people=[ben.pk], count=1)
    assert cards(ann) == []
    assert tell(ann, key="other", kind="order") == [ann.pk]
    services.switch(user_id=ann.pk, kind="mention", on=True)
    assert tell(ann, key="later") == [ann.pk]
    assert published.types == ["notice.added"] * 3


def test_some_kinds_cannot_be_switched_off(ann: User) -> None:
    with pytest.raises(Invalid):
        services.switch(user_id=ann.pk, kind="sanction", on=False)
    with pytest.raises(NotFound):
        services.switch(user_id=ann.pk, kind="gossip", on=False)
    assert all(one.on for one in selectors.switches_of(ann.pk))
    assert [one.kind for one in selectors.switches_of(ann.pk) if not one.may_be_off] == ["sanction"]
    assert tell(ann, kind="sanction") == [ann.pk]


def test_one_is_read_once(ann: User, published: Announced) -> None:
    tell(ann, key="a")
    tell(ann, key="b")
    older = cards(ann)[1]
    published.clear()
    for _ in range(2):
        services.mark_read(user_id=ann.pk, notice_id=older["id"])
    assert [card["read"] for card in cards(ann)] == [False, True]
    assert selectors.inbox_of(ann.pk) == {"unread": 1, "version": 3}
    [event] = published.wires()
    assert event == {
        "type": "notice.read",
        "at": event["at"],
        "notice": older["id"],
        "through": 1,
        "inbox": {"unread": 1, "version": 3},
    }


def test_all_are_read_as_far_as_they_were_seen(ann: User, published: Announced) -> None:
    for key in "abc":
        tell(ann, key=key)
    published.clear()
    for _ in range(2):
        services.mark_all_read(user_id=ann.pk, through=2)
    assert [card["read"] for card in cards(ann)] == [False, True, True]
    [event] = published.wires()
    assert (event["notice"], event["through"], event["inbox"]) == (None, 2, {"unread": 1, "version": 4})


def test_nobody_reads_for_another(ann: User, published: Announced) -> None:
    ben = make_user()
    tell(ben)
    published.clear()
    with pytest.raises(NotFound):
        services.mark_read(user_id=ann.pk, notice_id=cards(ben)[0]["id"])
    services.mark_all_read(user_id=ann.pk, through=99)
    assert [card["read"] for card in cards(ben)] == [False]
    assert list(published) == []


def test_what_is_not_so_any_more_is_taken_back(ann: User, published: Announced) -> None:
    tell(ann, key="a")
    tell(ann, key="b")
    [b, a] = cards(ann)
    services.mark_read(user_id=ann.pk, notice_id=a["id"])
    published.clear()
    for key in ("a", "a", "b", "unknown"):
        services.retract(user_id=ann.pk, key=key)
    assert (cards(ann), selectors.inbox_of(ann.pk)) == ([], {"unread": 0, "version": 5})
    assert [event.notice for event in published] == [a["id"], b["id"]]  # type: ignore[attr-defined]


def test_people_who_do_the_same_are_gathered_until_it_is_read(ann: User, published: Announced) -> None:
    fans = [make_user() for _ in range(6)]
    ids = [fan.pk for fan in fans]

    def gather(people: list[int], count: int) -> None:
        services.gather(user_id=ann.pk, kind="follow", key=f"follow:{people[0]}", people=people, count=count)

    gather([ids[0]], 1)
    tell(ann)
    gather([ids[2], ids[1]], 2)
    gather([ids[3]], 1)
    first, other = cards(ann)
    assert ([person["id"] for person in first["people"]], first["count"]) == ([ids[3], ids[2], ids[1]], 4)
    assert (first["seq"], other["seq"], selectors.inbox_of(ann.pk)["unread"]) == (4, 2, 2)
    # The same person again is no person more.
    gather([ids[3]], 1)
    assert cards(ann)[0]["count"] == 4
    services.mark_all_read(user_id=ann.pk, through=5)
    gather([ids[5], ids[4]], 70)
    assert [(card["kind"], card["count"], card["read"]) for card in cards(ann)] == [
        ("follow", 70, False),
        ("follow", 4, True),
        ("mention", 1, True),
    ]
    exact(ann)


@pytest.mark.parametrize("seed", range(6))
def test_a_snapshot_and_the_events_are_a_fresh_snapshot(ann: User, published: Announced, seed: int) -> None:
    random, fans = Random(seed), [make_user() for _ in range(4)]
    start, device, seen = Device(ann.pk), Device(ann.pk), 0
    types: set[str] = set()

    def step() -> None:
        key = f"k{random.randrange(8)}"
        ids = list(selectors.notices_of(ann.pk).values_list("pk", flat=True))
        match random.choice(["tell", "gather", "read", "all", "retract"]):
            case "tell":
                tell(ann, key=key)
            case "gather":
                fan = random.choice(fans)
                services.gather(user_id=ann.pk, kind="follow", key=f"f{random.random()}", people=[fan.pk], count=1)
            case "read" if ids:
                services.mark_read(user_id=ann.pk, notice_id=random.choice(ids))
            case "all":
                services.mark_all_read(user_id=ann.pk, through=random.randrange(20))
            case "retract":
                services.retract(user_id=ann.pk, key=key)

    for _ in range(50):
        step()
        new, seen = [event.wire() for event in published[seen:]], len(published)
        types |= {str(event["type"]) for event in new}
        device.reduce(new)
        fresh = Device(ann.pk)
        assert device.shown() == fresh.shown()
        # A snapshot taken between COMMIT and publish has it already.
        fresh.reduce(new)
        assert device.shown() == fresh.shown()
        exact(ann)
    assert types == {"notice.added", "notice.read", "notice.removed"}
    shuffled = published.wires()
    random.shuffle(shuffled)
    start.reduce(shuffled)
    assert start.shown() == Device(ann.pk).shown()


class TestBroadcasts:
    @pytest.fixture
    def crowd(self, monkeypatch: pytest.MonkeyPatch) -> list[User]:
        monkeypatch.setattr(services, "PIECE", 4)
        people = [make_user() for _ in range(10)]

        def walk(id: int, /, *, after: int, most: int) -> list[int]:
            return [user.pk for user in people if user.pk > after][:most]

        monkeypatch.setitem(audiences._walks, "crowd", walk)
        return people

    def announce(self, audience: str = "crowd:1", key: str = "b") -> None:
        services.broadcast(audience=audience, kind="show_live", key=key, content=Content(people=[], about="show:1"))

    def test_everyone_of_an_audience_is_told_once(self, crowd: list[User], published: Announced) -> None:
        for _ in range(2):
            self.announce()
        assert services.deliver(most_pieces=20) == 10
        self.announce()
        assert services.deliver(most_pieces=20) == 0
        assert [len(cards(user)) for user in crowd] == [1] * 10
        assert published.types == ["notice.added"] * 10
        assert Broadcast.objects.get().done_at is not None

    def test_a_run_ends_and_the_next_one_goes_on(self, crowd: list[User]) -> None:
        self.announce()
        assert [services.deliver(most_pieces=1) for _ in range(4)] == [4, 4, 2, 0]

    def test_who_crashes_in_the_middle_tells_nobody_twice(
        self, crowd: list[User], published: Announced, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.announce()
        services.deliver(most_pieces=1)
        with monkeypatch.context() as broken:
            broken.setattr(Broadcast, "save", lambda *args, **kwargs: 1 / 0)
            assert services.deliver(most_pieces=5) == 0
        assert Notice.objects.count() == 4
        assert services.deliver(most_pieces=20) == 6
        assert [len(cards(user)) for user in crowd] == [1] * 10
        assert published.types == ["notice.added"] * 10

    def test_one_that_fails_does_not_stop_the_others(self, crowd: list[User]) -> None:
        self.announce(audience="nobody:1", key="bad")
        self.announce()
        assert services.deliver(most_pieces=20) == 10
        assert [one.key for one in Broadcast.objects.filter(done_at=None)] == ["bad"]

    def test_who_does_not_want_it_is_left_out(self, crowd: list[User]) -> None:
        services.switch(user_id=crowd[3].pk, kind="show_live", on=False)
        self.announce()
        assert services.deliver(most_pieces=20) == 9

    def test_an_empty_audience_is_done(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(audiences._walks, "crowd", lambda id, *, after, most: [])
        self.announce()
        assert services.deliver(most_pieces=5) == 0
        assert not Broadcast.objects.filter(done_at=None).exists()

    @pytest.mark.parametrize("people", [5, 100])
    def test_a_piece_costs_as_many_queries_as_one_person(self, people: int, django_assert_num_queries: Any) -> None:
        users = User.objects.bulk_create(User(email=f"u{n}@example.com", display_name="u") for n in range(people))
        Inbox.objects.bulk_create(Inbox(user=user) for user in users)
        # Silences, inboxes there and locked, told, (clock,) insert, update, people, outbox; a savepoint around them.
        from django.db import connection

        with django_assert_num_queries(11 if connection.vendor == "postgresql" else 10):
            assert len(tell(*users, people=[users[0].pk])) == people


def test_what_was_read_long_ago_is_forgotten(ann: User) -> None:
    ben = make_user()
    for user in (ann, ben):
        for key in "abc":
            tell(user, key=key)
    [c, b, a] = cards(ann)
    services.mark_read(user_id=ann.pk, notice_id=a["id"])
    services.mark_read(user_id=ann.pk, notice_id=b["id"])
    Notice.objects.filter(pk=a["id"]).update(read_at=now() - services.READ_KEPT_FOR - timedelta(hours=1))
    assert services.forget_old() == 1
    assert [card["id"] for card in cards(ann)] == [c["id"], b["id"]]
    assert len(cards(ben)) == 3
    # What nobody reads counts as read at last, and goes like the others.
    Notice.objects.filter(pk=c["id"]).update(at=now() - services.UNREAD_KEPT_FOR - timedelta(hours=1))
    assert services.forget_old() == 0
    assert (selectors.inbox_of(ann.pk)["unread"], selectors.inbox_of(ben.pk)["unread"]) == (0, 3)
    exact(ann)
    Notice.objects.filter(user=ann).update(read_at=now() - services.READ_KEPT_FOR - timedelta(hours=1))
    assert services.forget_old() == 2


def test_rows_cannot_contradict_each_other(ann: User) -> None:
    tell(ann)
    row = Notice.objects.get()
    for make in (
        lambda: Notice.objects.create(user=ann, seq=9, kind="order", key="k", data={}, at=now()),
        lambda: Notice.objects.create(user=ann, seq=row.seq, kind="order", key="other", data={}, at=now()),
        lambda: Inbox.objects.update(unread=-1),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()
