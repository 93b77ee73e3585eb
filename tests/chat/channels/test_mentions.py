"""Mentions: whom one may call, who is told, what one finds of them, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.channels import posting, selectors
from chat.channels.selectors import conversation_list
from chat.conversations.models import Group
from chat.conversations.services import (
    change_group,
    create_group,
    join_group,
    leave_group,
    mark_read,
    open_direct,
    set_muted,
)
from chat.messages import guards, reactions, rooms
from chat.messages.changes import edit_message, recall_message
from chat.messages.events import MessageHidden, MessageRestored, PeopleMentioned, PeopleUnmentioned
from chat.messages.hiding import hide_message, restore_messages
from chat.messages.models import Message, MessageMention
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from community.notices import services as notices
from community.notices.models import Notice
from community.notices.services import deliver
from community.social import services as social
from project.realtime import outbox
from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def groups_have_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group, "dm": posting.room_of_direct})


def drafts_of(channel: str, author: User, called: list[User | None], text: str = "hi", key: str = "") -> list[Draft]:
    kind, _, id = channel.partition(":")
    room = rooms.load_room(channel)
    mentions = []
    for one in called:
        mentions.append({"user": one.pk if one else None, "start": len(text) + 1, "length": 2})
        text += " @x"
    return [Draft(channel, int(id), author.pk, None, text, key or text, room.keeper, mentions=tuple(mentions))]


def say(channel: str, author: User, *called: User | None, text: str = "hi", key: str = "") -> Any:
    [answer] = commit_messages(drafts_of(channel, author, list(called), text, key))
    return answer


def mentioned_in(card: Any) -> list[int | None]:
    return [one["user"] for one in card.get("mentions", [])]


@pytest.fixture
def dee(group_of_two: Group) -> User:
    dee = make_user(display_name="Dee")
    join_group(user_id=dee.pk, group_id=group_of_two.pk)
    return dee


def inbox_of(user: User) -> list[tuple[str, str]]:
    return [(n.data["about"], n.data["text"]) for n in Notice.objects.filter(user=user, kind="mention")]


def test_only_members_who_are_not_kept_apart_are_mentioned(group_of_two, ann, bo, cy, dee, published) -> None:
    social.block(user_id=dee.pk, other_id=ann.pk)
    closed = make_user(is_active=False)
    card = say(f"group:{group_of_two.pk}", ann, bo, cy, dee, closed, ann)
    assert mentioned_in(card) == [bo.pk]
    assert card["text"].count("@x") == 5
    assert list(MessageMention.objects.values_list("user_id", "seq")) == [(bo.pk, 1)]
    [told] = published.of(PeopleMentioned)
    assert [one["people"] for one in told.mentionings] == [[bo.pk]]
    # The same key again is the same message, and tells nobody.
    published.clear()
    assert say(f"group:{group_of_two.pk}", ann, bo, cy, dee, closed, ann) == card
    assert list(published) == []


def test_who_is_mentioned_finds_it_in_the_inbox_and_hears_of_it_once(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    card = say(channel, ann, bo)
    events = published.of(PeopleMentioned)
    for _ in range(2):
        reactions.tell_mentioned(events[0])
    assert inbox_of(bo) == [(f"{channel}/1", card["text"])]
    notice = Notice.objects.get(user=bo)
    assert (notice.data["people"], notice.data["title"]) == ([ann.pk], {"zh": "Tea friends", "en": "Tea friends"})
    assert inbox_of(ann) == []
    added = [event for event in published if event.type == "mention.added"]
    assert {(event.user_to, event.channel, event.seq, event.version) for event in added} == {(bo.pk, channel, 1, 1)}
    assert [event.type for event in published if event.channels() == [f"user:{bo.pk}"]].count("notice.added") == 1


def test_everybody_is_called_by_those_who_may(group_of_two, ann, bo, dee, published) -> None:
    channel = f"group:{group_of_two.pk}"
    published.clear()
    assert say(channel, bo, None).code == "mention_all_refused"
    assert (Message.objects.count(), list(published)) == (0, [])
    card = say(channel, ann, None, text="a secret")
    assert mentioned_in(card) == [None]
    list(published)
    late = make_user()
    join_group(user_id=late.pk, group_id=group_of_two.pk)
    social.block(user_id=dee.pk, other_id=ann.pk)
    deliver(most_pieces=10)
    # Without the text, which could not be taken back; not to who came later, or keeps apart.
    assert inbox_of(bo) == [(f"{channel}/1", "")]
    assert inbox_of(dee) == inbox_of(late) == inbox_of(ann) == []
    change_group(changed_by=ann.pk, group_id=group_of_two.pk, mention_all="everyone")
    assert mentioned_in(say(channel, bo, None, key="again")) == [None]


def test_in_a_direct_chat_the_other_one_is_mentioned_and_nobody_else(ann, bo, cy, published) -> None:
    social.follow(user_id=bo.pk, other_id=ann.pk)
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    assert mentioned_in(say(f"dm:{direct.pk}", ann, bo, cy)) == [bo.pk]
    assert say(f"dm:{direct.pk}", ann, None, key="all").code == "mention_all_refused"


def test_unread_mentions_are_counted_where_it_is_muted_too(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    set_muted(user_id=bo.pk, conversation_id=group_of_two.pk, muted=True)
    say(channel, ann, text="nothing to him")
    say(channel, ann, bo, key="1")
    say(channel, ann, bo, None, key="2")
    say(channel, ann, None, key="3")
    [listed] = conversation_list(bo.pk)["conversations"]
    assert (listed["mentions"], listed["unread"]) == ([2, 3, 4], 4)
    assert conversation_list(bo.pk)["unread"] == selectors.unread_totals([bo.pk, ann.pk])[bo.pk] == 3
    assert selectors.listed(user_id=bo.pk, conversation_id=group_of_two.pk) == listed
    mark_read(user_id=bo.pk, conversation_id=group_of_two.pk, seq=3)
    assert conversation_list(bo.pk)["conversations"][0]["mentions"] == [4]
    recall_message(channel=channel, user_id=ann.pk, seq=4)
    assert conversation_list(bo.pk)["conversations"][0]["mentions"] == []
    assert conversation_list(bo.pk)["unread"] == 0
    assert selectors.unread_totals([bo.pk, ann.pk]) == {}


def test_words_anew_call_who_is_new_and_leave_who_is_gone(group_of_two, ann, bo, dee, published) -> None:
    channel = f"group:{group_of_two.pk}"
    say(channel, ann, bo)
    list(published)
    published.clear()
    anew = {"channel": channel, "user_id": ann.pk, "seq": 1, "text": "hi @Dee"}
    card = edit_message(**anew, mentions=[{"user": dee.pk, "start": 3, "length": 4}])
    assert card["mentions"] == [{"user": dee.pk, "start": 3, "length": 4}]
    list(published)
    assert list(MessageMention.objects.values_list("user_id", flat=True)) == [dee.pk]
    assert (inbox_of(bo), inbox_of(dee)) == ([], [(f"{channel}/1", "hi @Dee")])
    personal = [(e.type, e.user_to, e.version) for e in published if e.type.startswith("mention.")]
    assert sorted(personal) == sorted([("mention.added", dee.pk, 2), ("mention.removed", bo.pk, 2)])
    published.clear()
    assert edit_message(**anew, mentions=[{"user": dee.pk, "start": 3, "length": 4}]) == card
    assert list(published) == []
    # The mention alone may go.
    assert "mentions" not in edit_message(**anew)
    assert [e.mentioning["people"] for e in published.of(PeopleUnmentioned)] == [[dee.pk]]


@pytest.mark.parametrize("way", ["recall", "hide"])
def test_what_is_out_of_sight_mentions_nobody(group_of_two, ann, bo, published, way: str) -> None:
    channel = f"group:{group_of_two.pk}"
    card = say(channel, ann, bo, text="a secret")
    list(published)
    published.clear()
    if way == "recall":
        gone = recall_message(channel=channel, user_id=ann.pk, seq=1)
    else:
        hide_message(channel=channel, message_id=card["id"], why=Message.Hidden.MODERATOR)
        [hidden] = published.of(MessageHidden)
        gone = hidden.message
    list(published)
    assert "mentions" not in gone
    assert inbox_of(bo) == []
    assert selectors.mentions(user_id=bo.pk, before=None, limit=9) == {"mentions": [], "next": None}
    assert [(e.seq, e.version) for e in published if e.type == "mention.removed"] == [(1, 2)]
    if way == "hide":
        published.clear()
        restore_messages(channel=channel, message_ids=[card["id"]], hidden_as=[Message.Hidden.MODERATOR])
        assert mentioned_in(published.of(MessageRestored)[0].message) == [bo.pk]
        list(published)
        assert inbox_of(bo) == [(f"{channel}/1", card["text"])]
        assert [(e.seq, e.version) for e in published if e.type == "mention.added"] == [(1, 3)]


def test_what_mentions_one_is_found_page_by_page_as_far_as_one_may_read_it(ann, bo, group_of_two, published) -> None:
    other = create_group(founder_id=ann.pk, title="Coffee")
    change_group(changed_by=ann.pk, group_id=other.pk, history="since_joining")
    join_group(user_id=bo.pk, group_id=other.pk)
    for number in range(3):
        say(f"group:{group_of_two.pk}", ann, bo, key=f"a{number}")
        say(f"group:{other.pk}", ann, bo if number else None, key=f"b{number}")
    say(f"group:{group_of_two.pk}", ann, text="nobody")
    say(f"group:{group_of_two.pk}", bo, ann)
    client = api(bo)
    found, before = [], ""
    while True:
        page = client.get(f"/api/mentions/?limit=2{before}").json()
        found += [(one["channel"], one["message"]["seq"]) for one in page["mentions"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    first, second = f"group:{group_of_two.pk}", f"group:{other.pk}"
    assert found == [(second, 3), (first, 3), (second, 2), (first, 2), (second, 1), (first, 1)]
    leave_group(user_id=bo.pk, group_id=other.pk)
    assert [one["message"]["seq"] for one in client.get("/api/mentions/").json()["mentions"]] == [3, 2, 1]
    join_group(user_id=bo.pk, group_id=other.pk)
    # What was said before one came back is not for one's eyes there.
    assert len(client.get("/api/mentions/").json()["mentions"]) == 3
    assert api(make_user()).get("/api/mentions/").json() == {"mentions": [], "next": None}
    assert client.get("/api/mentions/?before=0").status_code == 400


def test_a_batch_costs_as_many_queries_however_many_are_mentioned(ann, monkeypatch, published) -> None:
    # What guards ask is theirs to count; who is mentioned is told by hand.
    monkeypatch.setattr(guards, "_guards", [])
    monkeypatch.setattr(outbox, "_subscribers", {})
    groups = [create_group(founder_id=ann.pk, title=f"Tea {n}") for n in range(3)]
    people = [make_user(password=None) for _ in range(5)]
    for one in groups:
        for person in people:
            join_group(user_id=person.pk, group_id=one.pk)

    def costs(batch: list[Draft]) -> tuple[int, int]:
        published.clear()
        with CaptureQueriesContext(connection) as sending:
            answers = commit_messages(batch)
        assert all(answer["mentions"] for answer in answers)
        [told] = published.of(PeopleMentioned)
        with CaptureQueriesContext(connection) as telling:
            reactions.tell_mentioned(told)
        return len(sending), len(telling)

    few = costs(drafts_of(f"group:{groups[0].pk}", people[0], [people[1]], key="few"))
    # An inbox is made once.
    notices.open_inboxes([person.pk for person in people])
    many = [
        draft
        for one in groups
        for author in people
        for draft in drafts_of(f"group:{one.pk}", author, [p for p in people if p != author], key="many")
    ]
    again = costs(drafts_of(f"group:{groups[0].pk}", people[0], [people[1], people[2]], key="again"))
    assert costs(many)[0] == few[0] == again[0]
    # Several notices in one inbox are counted with one statement, too.
    channel = f"group:{groups[0].pk}"
    twice = [one for author in people[:2] for one in drafts_of(channel, author, [people[2]], key="twice")]
    assert costs([draft._replace(key="more") for draft in many])[1] == costs(twice)[1] <= again[1] + 2


def test_names_of_any_kind_are_text(group_of_two, ann, bo) -> None:
    text = "@<img src=x onerror=alert(1)>\u202e"
    kept, mentions = rooms.load_room(f"group:{group_of_two.pk}").cleaned(
        text, [{"user": bo.pk, "start": 0, "length": len(text)}]
    )
    assert kept == text[:-1]
    assert mentions == ({"user": bo.pk, "start": 0, "length": len(text) - 1},)


def test_a_list_and_events_are_a_fresh_list_whatever_their_order(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"

    def listed() -> list[int]:
        return conversation_list(bo.pk)["conversations"][0]["mentions"]

    def replay(numbers: list[int], events: list[Any]) -> list[int]:
        """As a client keeps them: of each message, the greatest version counts."""
        known = dict.fromkeys(numbers, (0, True))
        for event in events:
            if event["type"] in ("mention.added", "mention.removed"):
                version, _ = known.get(event["seq"], (0, False))
                if event["version"] > version:
                    known[event["seq"]] = (event["version"], event["type"] == "mention.added")
        return sorted(seq for seq, (_, unread) in known.items() if unread)

    def word(seq: int, *, to: User | None) -> None:
        mentions = [{"user": to.pk, "start": 0, "length": 2}] if to else []
        edit_message(channel=channel, user_id=ann.pk, seq=seq, text=f"@x {to}", mentions=mentions)

    for number in range(4):
        say(channel, ann, bo, key=f"{number}")
    before = listed()
    published.clear()
    say(channel, ann, bo, key="more")
    word(1, to=None)
    word(1, to=bo)
    word(2, to=None)
    list(published)
    between = listed()
    recall_message(channel=channel, user_id=ann.pk, seq=3)
    hide_message(channel=channel, message_id=Message.objects.get(seq=4).pk, why=Message.Hidden.MODERATOR)
    restore_messages(channel=channel, message_ids=[Message.objects.get(seq=4).pk], hidden_as=[Message.Hidden.MODERATOR])
    events = published.wires(f"user:{bo.pk}")
    after = listed()
    assert (before, after) == ([1, 2, 3, 4], [1, 4, 5])
    for numbers in (before, between, after):
        for order in (events, events[::-1]):
            assert replay(numbers, order) == after


def test_what_is_refused_does_not_come_in_under_the_key_of_what_is_not(group_of_two, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    [loud] = drafts_of(channel, bo, [None], text="LOUD", key="k")
    [plain] = drafts_of(channel, bo, [], text="plain", key="k")
    published.clear()
    answers = commit_messages([loud, plain])
    assert [answer["text"] for answer in answers] == ["plain", "plain"]
    assert Message.objects.values_list("text", "mentions").get() == ("plain", [])
    assert not MessageMention.objects.exists()
    assert published.of(PeopleMentioned) == []
