from __future__ import annotations

import pytest
from django.db import connection

from chat.conversations.models import Conversation
from chat.messages.models import Message
from chat.messages.selectors import latest
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from project.kernel.errors import LoginRequired, NotFound
from tests.chat.messages.conftest import Hall

pytestmark = pytest.mark.django_db


def draft(
    hall: Hall, author: User, text: str, *, key: str | None = None, room: int = 1, role: str | None = None
) -> Draft:
    conversation_id = hall.conversations[room].pk if room in hall.conversations else 10**9
    return Draft(f"hall:{room}", conversation_id, author.pk, role, text, key or text)


def test_a_batch_has_places_without_gaps_in_the_order_given(hall, ann, bo, published) -> None:
    answers = commit_messages(
        [draft(hall, ann, "1"), draft(hall, bo, "a", room=2), draft(hall, bo, "2"), draft(hall, ann, "3")]
    )
    assert [(answer["text"], answer["seq"]) for answer in answers] == [("1", 1), ("a", 1), ("2", 2), ("3", 3)]
    assert [event.wire()["message"] for event in published] == answers
    assert [message["text"] for message in latest(hall.conversations[1].pk, 50)] == ["1", "2", "3"]
    assert Conversation.objects.get(pk=hall.conversations[1].pk).last_seq == 3
    commit_messages([draft(hall, ann, "4")])
    assert latest(hall.conversations[1].pk, 1)[0]["seq"] == 4


def test_events_go_to_the_channel_of_the_message(hall, ann, published) -> None:
    commit_messages([draft(hall, ann, "here"), draft(hall, ann, "there", room=2)])
    assert [event.channels() for event in published] == [["hall:1"], ["hall:2"]]
    assert set(published[0].wire()) == {"type", "at", "message"}


def test_a_message_carries_its_author_and_the_role_in_this_room(hall, ann) -> None:
    [answer] = commit_messages([draft(hall, ann, "hi", key="k", role="host")])
    assert answer["author"] == {"id": ann.pk, "display_name": "Ann", "avatar": None, "role": "host"}
    assert answer["key"] == "k"
    assert latest(hall.conversations[1].pk, 5, roles={ann.pk: "host"}) == [answer]


def test_the_same_key_again_is_the_same_message(hall, ann, bo, published) -> None:
    [first] = commit_messages([draft(hall, ann, "hi", key="k")])
    answers = commit_messages(
        [draft(hall, ann, "other words", key="k"), draft(hall, bo, "hi", key="k"), draft(hall, ann, "hi", key="k")]
    )
    assert answers[0] == answers[2] == first
    assert answers[1]["seq"] == 2
    assert [event.wire()["message"]["seq"] for event in published] == [1, 2]
    assert Message.objects.count() == 2


def test_the_same_key_twice_in_a_batch_is_one_message(hall, ann, published) -> None:
    answers = commit_messages([draft(hall, ann, "hi", key="k"), draft(hall, ann, "hi", key="k")])
    assert answers[0] == answers[1]
    assert len(published) == 1


def test_a_key_counts_in_its_own_conversation_alone(hall, ann) -> None:
    answers = commit_messages([draft(hall, ann, "hi", key="k"), draft(hall, ann, "hi", key="k", room=2)])
    assert answers[0]["id"] != answers[1]["id"]


def test_a_conversation_that_is_gone_hurts_no_other(hall, ann) -> None:
    gone, there = commit_messages([draft(hall, ann, "lost", room=3), draft(hall, ann, "kept")])
    assert isinstance(gone, NotFound)
    assert there["seq"] == 1


def test_an_author_who_is_gone_hurts_no_other(hall, ann, bo, published) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    gone, there = commit_messages([draft(hall, bo, "lost"), draft(hall, ann, "kept")])
    assert isinstance(gone, LoginRequired)
    assert there["seq"] == 1
    assert published.wires() == [{"type": "chat.sent", "at": published[0].at, "message": there}]


@pytest.mark.parametrize("drafts", [1, 100])
def test_a_batch_costs_the_same_however_many_messages(hall, drafts, django_assert_num_queries) -> None:
    users = User.objects.bulk_create(User(email=f"{n}@souk.example", display_name=f"{n}") for n in range(drafts))
    # Authors, lock, keys, insert, last_seq (in two rooms), outbox; on PostgreSQL also its clock. SQLite takes no more
    # than about a thousand values a statement.
    columns = [field for field in Message._meta.concrete_fields if not field.primary_key]
    inserts = -(-drafts // connection.ops.bulk_batch_size(columns, range(drafts)))
    with django_assert_num_queries(7 if connection.vendor == "postgresql" else 5 + inserts):
        commit_messages([draft(hall, user, str(n), room=1 + n % 2) for n, user in enumerate(users)])
    with django_assert_num_queries(1):
        assert len(latest(hall.conversations[1].pk, 50)) == (drafts + 1) // 2


def test_a_batch_of_nothing_but_repetitions_writes_nothing(hall, ann, django_assert_num_queries) -> None:
    [first] = commit_messages([draft(hall, ann, "hi")])
    # Authors, lock, keys; on PostgreSQL also its clock.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 3):
        assert commit_messages([draft(hall, ann, "hi")] * 3) == [first] * 3
