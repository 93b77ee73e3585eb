"""Searching what was said: right at once, whatever becomes of a message, and only where one may read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from chat.channels import posting
from chat.conversations.models import Group
from chat.conversations.services import (
    change_group,
    create_group,
    dissolve,
    join_group,
    leave_group,
    open_direct,
)
from chat.messages import rooms
from chat.messages.changes import edit_message, recall_message
from chat.messages.hiding import hide_message, restore_messages
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from chat.search import selectors
from chat.search.models import Posting, Unindexed
from chat.search.selectors import find_messages
from chat.search.services import index_again, index_said
from community.accounts.models import User
from project.kernel.errors import NotFound
from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def groups_have_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group, "dm": posting.room_of_direct})


def say(channel: str, author: User, *texts: str) -> list[Any]:
    room = rooms.load_room(channel)
    return commit_messages(
        [Draft(channel, room.conversation_id, author.pk, None, text, text, room.keeper) for text in texts]
    )


def found(user: User, text: str, group: Group | None = None) -> list[str]:
    page = find_messages(user_id=user.pk, text=text, conversation_id=group.pk if group else None, limit=30)
    assert page["next"] is None
    return [one["message"]["text"] for one in page["found"]]


@pytest.fixture(params=["indexed", "not yet"])
def indexed(request: pytest.FixtureRequest) -> Any:
    """What was said is found the same before it is in the index."""
    return index_said if request.param == "indexed" else lambda: None


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("tea", ["Green TEA, please", "tea 茶叶"]),
        ("ＴＥＡ green", ["Green TEA, please"]),
        ("茶叶", ["我要买茶叶", "tea 茶叶"]),
        ("买茶叶", ["我要买茶叶"]),
        ("茶", ["我要买茶叶", "喝茶", "tea 茶叶"]),
        ("cafe", ["Café"]),
        ("tea coffee", []),
        ("叶茶", []),
        ("te", []),
        ("…!", []),
    ],
)
def test_all_words_are_found_in_chinese_and_english(group_of_two, ann, bo, indexed, query, texts) -> None:
    say(f"group:{group_of_two.pk}", ann, "Green TEA, please", "我要买茶叶", "喝茶", "Café", "tea 茶叶", "team")
    indexed()
    assert found(bo, query) == found(bo, query, group_of_two) == texts[::-1]


def test_what_becomes_of_a_message_counts_at_once(group_of_two, ann, bo, indexed, published) -> None:
    channel = f"group:{group_of_two.pk}"
    [card] = say(channel, ann, "green tea")
    indexed()
    edit_message(channel=channel, user_id=ann.pk, seq=1, text="black tea")
    list(published)
    assert (found(bo, "green"), found(bo, "black"), found(bo, "tea")) == ([], ["black tea"], ["black tea"])
    hide_message(channel=channel, message_id=card["id"], why=Message.Hidden.MODERATOR)
    list(published)
    assert found(bo, "tea") == found(ann, "tea") == []
    restore_messages(channel=channel, message_ids=[card["id"]], hidden_as=[Message.Hidden.MODERATOR])
    list(published)
    assert found(bo, "tea") == ["black tea"]
    recall_message(channel=channel, user_id=ann.pk, seq=1)
    list(published)
    assert found(bo, "tea") == found(ann, "tea") == []
    assert not Posting.objects.exists()
    index_said()
    assert not Posting.objects.exists()


def test_one_finds_what_one_may_read_now(group_of_two, ann, bo, cy, indexed) -> None:
    other = create_group(founder_id=ann.pk, title="Coffee")
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    change_group(changed_by=ann.pk, group_id=other.pk, history="since_joining")
    say(f"group:{group_of_two.pk}", ann, "tea in one group")
    say(f"group:{other.pk}", ann, "tea before Bo came")
    say(f"dm:{direct.pk}", ann, "tea between us")
    join_group(user_id=bo.pk, group_id=other.pk)
    say(f"group:{other.pk}", ann, "tea since Bo came")
    indexed()
    assert found(bo, "tea") == ["tea since Bo came", "tea between us", "tea in one group"]
    assert found(bo, "tea", other) == ["tea since Bo came"]
    assert found(cy, "tea") == []
    leave_group(user_id=bo.pk, group_id=group_of_two.pk)
    dissolve(dissolved_by=ann.pk, group_id=other.pk)
    assert found(bo, "tea") == ["tea between us"]
    for group in (group_of_two, other):
        with pytest.raises(NotFound):
            find_messages(user_id=bo.pk, text="tea", conversation_id=group.pk, limit=30)


def test_pages_join_without_gap_or_repetition_and_cost_the_same(group_of_two, ann, bo, monkeypatch) -> None:
    monkeypatch.setattr(selectors, "LOOKED_AT", 5)
    monkeypatch.setattr(selectors, "ROUNDS", 2)
    channel = f"group:{group_of_two.pk}"
    texts = [f"tea {'green' if n % 7 == 0 else 'black'} {n}" for n in range(60)]
    say(channel, ann, *texts)
    index_said()
    say(channel, ann, "tea green at last")
    for query, expected in (("tea green", [t for t in texts if "green" in t]), ("tea", texts)):
        got, before, costs = [], None, set()
        while True:
            with CaptureQueriesContext(connection) as queries:
                page = find_messages(user_id=bo.pk, text=query, before=before, limit=4)
            costs.add(len(queries))
            assert len(page["found"]) <= 4
            got += [one["message"]["text"] for one in page["found"]]
            before = page["next"]
            if before is None:
                break
        assert got == ["tea green at last", *reversed(expected)]
        # Memberships; twice candidates, what is not indexed yet (and its messages), and messages.
        assert max(costs) <= 1 + 2 * 4


def test_many_conversations_are_searched_with_as_many_queries(ann, bo) -> None:
    counts = []
    for more in (1, 20):
        for n in range(more):
            group = create_group(founder_id=ann.pk, title=f"Tea {n}")
            join_group(user_id=bo.pk, group_id=group.pk)
            say(f"group:{group.pk}", ann, "tea")
        index_said()
        with CaptureQueriesContext(connection) as queries:
            assert len(found(bo, "tea")) == (1 if more == 1 else 21)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_was_noted_is_indexed_once_in_pieces(group_of_two, ann, monkeypatch) -> None:
    from chat.search import services

    monkeypatch.setattr(services, "RANGES", 2)
    monkeypatch.setattr(services, "MESSAGES", 3)
    for number in range(5):
        say(f"group:{group_of_two.pk}", ann, f"a{number}", f"b{number}")
    assert Unindexed.objects.count() == 5
    assert (index_said(most_rounds=1), Unindexed.objects.count()) == (2, 4)
    assert index_said() == 8
    assert (index_said(), Unindexed.objects.count(), Posting.objects.count()) == (0, 0, 10)
    for message in Message.objects.all():
        index_again(message.pk)
    assert Posting.objects.count() == 10


def test_the_rooms_of_shows_are_not_indexed(group_of_two, ann) -> None:
    commit_messages([Draft("show:1", group_of_two.pk, ann.pk, None, "tea", "k")])
    assert not Unindexed.objects.exists()


def test_over_http(group_of_two, ann, bo) -> None:
    [card] = say(f"group:{group_of_two.pk}", ann, "<b>tea</b> & 茶叶")
    path = f"/api/conversations/{group_of_two.pk}/search/"
    expected = {"found": [{"channel": f"group:{group_of_two.pk}", "message": card}], "next": None}
    for place in ("/api/messages/search/", path):
        assert api(bo).get(place, {"q": "茶叶"}).json() == expected
        for bad in ({}, {"q": ""}, {"q": "x" * 101}, {"q": "x", "before": "-1"}, {"q": "x", "limit": 51}):
            assert api(bo).get(place, bad).status_code == 400
    stranger = api(make_user())
    assert stranger.get(path, {"q": "tea"}).status_code == 404
    assert stranger.get("/api/messages/search/", {"q": "tea"}).json() == {"found": [], "next": None}
    Message.objects.update(sent_at=F("sent_at") - timedelta(days=9))
