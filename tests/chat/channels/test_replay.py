"""Snapshot plus events equals a fresh snapshot: for each event, for all of them, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import tests.chat.channels.replay as clients
from chat.channels import posting
from chat.channels.selectors import direct_snapshots, group_snapshots
from chat.conversations.models import Group
from chat.conversations.services import (
    accept_direct,
    announce,
    appoint,
    change_group,
    create_group,
    create_invite,
    decline_direct,
    join_by_invite,
    join_group,
    leave_group,
    mark_read,
    open_direct,
    remove_member,
    set_muted,
    set_pinned,
    transfer,
)
from chat.messages import rooms
from chat.messages.changes import edit_message, pin_message, react, recall_message
from chat.messages.services import Draft, commit_messages
from community.accounts.models import Role, User
from community.moderation.services.rooms import set_room
from tests.chat.channels.replay import comparable, replay
from tests.support.announced import Announced
from tests.support.factories import make_user
from tests.support.messages import hide, preview

pytestmark = pytest.mark.django_db

Step = Callable[[], object]

ABOUT_MESSAGES = {
    "chat.edited",
    "chat.hidden",
    "chat.pinned",
    "chat.previewed",
    "chat.reacted",
    "chat.recalled",
    "chat.restored",
    "chat.sent",
    "chat.unpinned",
}
IN_GROUPS = ABOUT_MESSAGES | {
    "conversation.changed",
    "group.changed",
    "members.counted",
    "read.moved",
    "room.changed",
}
IN_DIRECT_CHATS = ABOUT_MESSAGES | {"conversation.added", "conversation.changed", "dm.changed"}


def fresh(group: Group, me: User) -> dict[str, Any]:
    pair = (me.pk, group.pk)
    return group_snapshots([pair])[pair]


def heard(published: Announced, group: Group, me: User) -> list[dict[str, Any]]:
    channels = {f"group:{group.pk}", f"user:{me.pk}"}
    return [event.wire() for event in published if channels & set(event.channels())]


def say(group: Group, author: User, *texts: str, reply_to: int | None = None) -> None:
    keeper = posting.room_of_group(group.pk).keeper
    channel = f"group:{group.pk}"
    commit_messages([Draft(channel, group.pk, author.pk, None, text, text, keeper, reply_to) for text in texts])


@pytest.fixture(autouse=True)
def groups_have_rooms(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LINK_PREVIEWS = True
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group, "dm": posting.room_of_direct})


@pytest.fixture
def me() -> User:
    return make_user()


@pytest.fixture
def group(ann: User, me: User) -> Group:
    group = create_group(founder_id=ann.pk, title="Tea")
    join_group(user_id=me.pk, group_id=group.pk)
    return group


def steps_of(group: Group, ann: User, me: User) -> Iterator[tuple[str, Step]]:
    """The life of a group; each step is made when the one before was taken."""
    dee, eve = make_user(), make_user()
    by_me, by_ann = {"user_id": me.pk, "conversation_id": group.pk}, {"group_id": group.pk}

    yield "somebody joins", lambda: join_group(user_id=dee.pk, **by_ann)
    yield "many messages", lambda: say(group, ann, *(f"hello {n}" for n in range(60)))
    yield "I read some", lambda: mark_read(**by_me, seq=30)
    yield "I answer", lambda: say(group, me, "hello Ann")
    here = {"channel": f"group:{group.pk}"}
    yield "somebody answers me", lambda: say(group, ann, "why?", reply_to=61)
    yield "I word it anew", lambda: edit_message(**here, user_id=me.pk, seq=61, text="good evening, Ann")
    yield "I react", lambda: react(**here, user_id=me.pk, seq=62, emoji="👍", added=True)
    yield "somebody else reacts", lambda: react(**here, user_id=ann.pk, seq=62, emoji="👍", added=True)
    yield "I do no longer", lambda: react(**here, user_id=me.pk, seq=62, emoji="👍", added=False)
    yield "I do again", lambda: react(**here, user_id=me.pk, seq=62, emoji="👍", added=True)
    yield "an old message is pinned", lambda: pin_message(**here, user_id=ann.pk, seq=5, pinned=True)
    yield "a new one too", lambda: pin_message(**here, user_id=ann.pk, seq=62, pinned=True)
    yield "the old one no longer", lambda: pin_message(**here, user_id=ann.pk, seq=5, pinned=False)
    yield "I react to what was answered", lambda: react(**here, user_id=me.pk, seq=61, emoji="😂", added=True)
    yield "what was answered is hidden", lambda: hide(group.pk, 61, by=ann, hidden=True)
    yield "it is restored", lambda: hide(group.pk, 61, by=ann, hidden=False)
    yield "I take back what was answered", lambda: recall_message(**here, user_id=me.pk, seq=61)
    yield "what is pinned and has reactions is hidden", lambda: hide(group.pk, 62, by=ann, hidden=True)
    yield "that is restored", lambda: hide(group.pk, 62, by=ann, hidden=False)
    yield "a link", lambda: say(group, ann, "https://tea.example/a")
    yield "what it leads to", lambda: preview(group.pk, 63)
    yield "slowly", lambda: set_room(by=ann.pk, **here, slow_mode_secs=30, links=False)
    yield "nobody speaks", lambda: set_room(by=ann.pk, **here, chat=False, held=True, raid_secs=600)
    yield "somebody speaks", lambda: set_room(by=ann.pk, **here, chat=True, slow_mode_secs=0, raid_secs=0)
    yield "another title", lambda: change_group(changed_by=ann.pk, **by_ann, title="Tea friends")
    yield "an announcement", lambda: announce(announced_by=ann.pk, **by_ann, text="Tonight at eight")
    yield "I am a manager", lambda: appoint(appointed_by=ann.pk, **by_ann, user_id=me.pk, manager=True)
    yield "I mute it", lambda: set_muted(**by_me, muted=True)
    yield "I pin it", lambda: set_pinned(**by_me, pinned=True)
    yield "another policy", lambda: change_group(changed_by=me.pk, **by_ann, join_policy="invite", capacity=4)
    invite: list[str] = []
    yield (
        "an invite is used",
        lambda: (
            invite.append(create_invite(created_by=me.pk, **by_ann).code),
            join_by_invite(user_id=eve.pk, code=invite[0]),
        ),
    )
    yield "somebody is removed", lambda: remove_member(removed_by=me.pk, **by_ann, user_id=dee.pk)
    yield "somebody leaves", lambda: leave_group(user_id=eve.pk, **by_ann)
    yield "it is mine", lambda: transfer(transferred_by=ann.pk, **by_ann, user_id=me.pk)
    yield "the old owner leaves", lambda: leave_group(user_id=ann.pk, **by_ann)
    yield "I read all", lambda: mark_read(**by_me, seq=63)


def test_every_step_can_be_replayed(group, ann, me, published) -> None:
    types = set()
    for name, step in steps_of(group, ann, me):
        before = fresh(group, me)
        published.clear()
        step()
        events = heard(published, group, me)
        after = fresh(group, me)
        assert replay(before, events, me=me.pk) == comparable(after), name
        # A snapshot taken between COMMIT and publish has it already: the event changes nothing then.
        assert replay(after, events, me=me.pk) == comparable(after), name
        types |= {event["type"] for event in events}
    assert types == IN_GROUPS


def test_a_snapshot_of_any_moment_and_all_events_lead_to_the_same_group(group, ann, me, published) -> None:
    moments = []
    for name, step in steps_of(group, ann, me):
        moments.append((name, fresh(group, me)))
        step()
    events = heard(published, group, me)
    for name, snapshot in moments:
        assert replay(snapshot, events, me=me.pk) == comparable(fresh(group, me)), name


@pytest.mark.parametrize("seed", range(20))
def test_events_may_come_in_any_order(group, ann, me, published, seed) -> None:
    first = fresh(group, me)
    for _, step in steps_of(group, ann, me):
        step()
    events = heard(published, group, me)
    Random(seed).shuffle(events)
    assert replay(first, events, me=me.pk) == comparable(fresh(group, me))


def test_who_left_and_came_back_is_not_who_left(group, me, published) -> None:
    """The two events may come in the wrong order: the greater membership is the later one."""
    published.clear()
    leave_group(user_id=me.pk, group_id=group.pk)
    join_group(user_id=me.pk, group_id=group.pk)
    removed, added = (event for event in published if event.channels() == [f"user:{me.pk}"])
    assert (removed.type, added.type) == ("conversation.removed", "conversation.added")
    assert removed.membership < added.conversation["membership"]["id"]


def test_a_direct_chat_can_be_replayed(ann, bo, published) -> None:
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    pair, here = (bo.pk, direct.pk), {"channel": f"dm:{direct.pk}"}
    mod = make_user(roles=[Role.Name.MODERATOR])

    def now() -> dict[str, Any]:
        return dict(direct_snapshots([pair])[pair])

    def write(author: User, text: str) -> object:
        keeper = posting.room_of_direct(direct.pk).keeper
        return commit_messages([Draft(f"dm:{direct.pk}", direct.pk, author.pk, None, text, text, keeper)])

    steps: list[Step] = [
        lambda: write(ann, "hello"),
        lambda: mark_read(user_id=bo.pk, conversation_id=direct.pk, seq=1),
        lambda: decline_direct(declined_by=bo.pk, direct_id=direct.pk),
        lambda: accept_direct(accepted_by=bo.pk, direct_id=direct.pk),
        lambda: write(bo, "hello Ann"),
        lambda: edit_message(**here, user_id=bo.pk, seq=2, text="see https://tea.example/a"),
        lambda: preview(direct.pk, 2),
        lambda: react(**here, user_id=bo.pk, seq=1, emoji="👍", added=True),
        lambda: pin_message(**here, user_id=ann.pk, seq=1, pinned=True),
        lambda: hide(direct.pk, 1, by=mod, hidden=True),
        lambda: hide(direct.pk, 1, by=mod, hidden=False),
        lambda: pin_message(**here, user_id=bo.pk, seq=1, pinned=False),
        lambda: recall_message(**here, user_id=bo.pk, seq=2),
        lambda: set_muted(user_id=bo.pk, conversation_id=direct.pk, muted=True),
    ]
    first, types = now(), set()
    channels = {f"dm:{direct.pk}", f"user:{bo.pk}"}
    for number, step in enumerate(steps):
        before = now()
        published.clear()
        step()
        events = [event.wire() for event in published if channels & set(event.channels())]
        assert replay(before, events, me=bo.pk) == comparable(now()), number
        assert replay(now(), events, me=bo.pk) == comparable(now()), number
        types |= {event["type"] for event in events}
    assert types == IN_DIRECT_CHATS
    assert first["dm"]["requested_by"] == ann.pk
    assert now()["dm"]["requested_by"] is None


def test_snapshots_cost_as_many_queries_however_many_come(ann, bo, group) -> None:
    people = [make_user(password=None) for _ in range(10)]
    groups = [group, create_group(founder_id=ann.pk, title="Coffee")]
    for one in groups:
        for person in people:
            join_group(user_id=person.pk, group_id=one.pk)
        say(one, ann, "hello")
    pairs = [(person.pk, one.pk) for person in people for one in groups]
    counts = []
    for asked in (pairs[:1], pairs, [*pairs, (bo.pk, group.pk), (ann.pk, 10**9)]):
        with CaptureQueriesContext(connection) as queries:
            assert len(group_snapshots(asked)) == min(len(asked), len(pairs))
        counts.append(len(queries))
    assert counts == [9, 9, 9]


def test_who_has_read_what_is_told_while_the_members_are_few(group, ann, me, published, settings, monkeypatch) -> None:
    settings.READ_RECEIPTS_MEMBERS = 3
    monkeypatch.setattr(clients, "MOST_RECEIPTS", 3)
    dee, eve = make_user(), make_user()
    by_dee = {"user_id": dee.pk, "conversation_id": group.pk}
    join_group(user_id=dee.pk, group_id=group.pk)
    say(group, ann, "1", "2", "3")
    steps: list[Step] = [
        lambda: mark_read(**by_dee, seq=2),
        lambda: say(group, dee, "4"),
        lambda: join_group(user_id=eve.pk, group_id=group.pk),
        # Nobody is told while there are too many.
        lambda: mark_read(user_id=me.pk, conversation_id=group.pk, seq=4),
        lambda: leave_group(user_id=dee.pk, group_id=group.pk),
        lambda: leave_group(user_id=eve.pk, group_id=group.pk),
        lambda: join_group(user_id=dee.pk, group_id=group.pk),
    ]
    first = fresh(group, me)
    assert {one["user"]: one["seq"] for one in first["reads"]} == {ann.pk: 3, me.pk: 0, dee.pk: 0}
    shown, everything = [], []
    for number, step in enumerate(steps):
        before = fresh(group, me)
        published.clear()
        step()
        events = heard(published, group, me)
        everything += events
        after = fresh(group, me)
        assert replay(before, events, me=me.pk) == comparable(after), number
        assert replay(after, events, me=me.pk) == comparable(after), number
        shown.append(after["reads"] and {one["user"]: one["seq"] for one in after["reads"]})
    assert shown == [
        {ann.pk: 3, me.pk: 0, dee.pk: 2},
        {ann.pk: 3, me.pk: 0, dee.pk: 4},
        None,
        None,
        {ann.pk: 3, me.pk: 4, eve.pk: 4},
        {ann.pk: 3, me.pk: 4},
        {ann.pk: 3, me.pk: 4, dee.pk: 4},
    ]
    for seed in range(10):
        Random(seed).shuffle(everything)
        assert replay(first, everything, me=me.pk) == comparable(fresh(group, me))
