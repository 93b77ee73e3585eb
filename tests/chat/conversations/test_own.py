"""One's own place in a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from chat.conversations.events import ConversationChanged, ReadMoved
from chat.conversations.models import Conversation, Group, Member
from chat.conversations.selectors import membership_card, unread_of
from chat.conversations.services import (
    Read,
    commit_reads,
    dissolve,
    leave_group,
    mark_read,
    move_cursors,
    set_muted,
    set_pinned,
)
from project.kernel.errors import NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(group_of_two: Group) -> Group:
    """The group of two, in which ten messages have been said since."""
    Conversation.objects.filter(pk=group_of_two.pk).update(last_seq=10)
    return group_of_two


def own(user: Any) -> Member:
    return Member.objects.get(user=user)


def test_what_was_read_is_never_unread_again(said, bo, published) -> None:
    published.clear()
    assert mark_read(user_id=bo.pk, conversation_id=said.pk, seq=4)["read_seq"] == 4
    assert mark_read(user_id=bo.pk, conversation_id=said.pk, seq=3)["read_seq"] == 4
    assert unread_of(membership_card(own(bo)), last_seq=10) == 6
    # Said to one's other devices, once.
    assert published.wires(f"user:{bo.pk}") == [
        {
            "type": "conversation.changed",
            "at": published[0].at,
            "channel": f"group:{said.pk}",
            "membership": membership_card(own(bo)),
        }
    ]


def test_what_has_not_been_said_yet_is_not_read(said, bo) -> None:
    assert mark_read(user_id=bo.pk, conversation_id=said.pk, seq=2**53)["read_seq"] == 10


def test_many_read_at_once(said, ann, bo, cy, published) -> None:
    published.clear()
    answers = commit_reads(
        [Read(ann.pk, said.pk, 3), Read(cy.pk, said.pk, 3), Read(bo.pk, said.pk, 5), Read(ann.pk, said.pk, 7)]
    )
    assert isinstance(answers[1], NotFound)
    assert [answer["read_seq"] for answer in answers if isinstance(answer, dict)] == [7, 5, 7]
    assert (own(ann).version, own(bo).version) == (1, 1)
    changed = published.of(ConversationChanged)
    assert [(event.user_to, event.membership["read_seq"]) for event in changed] == [(ann.pk, 7), (bo.pk, 5)]
    assert [(event.user, event.seq) for event in published.of(ReadMoved)] == [(ann.pk, 7), (bo.pk, 5)]
    assert len(published) == 4


def test_authors_move_their_cursors_without_a_word(said, ann, bo, published) -> None:
    published.clear()
    move_cursors({(ann.pk, said.pk): 9, (bo.pk, said.pk): 0})
    assert (own(ann).read_seq, own(ann).version, own(bo).read_seq) == (9, 0, 0)
    move_cursors({(ann.pk, said.pk): 8})
    assert own(ann).read_seq == 9
    assert published == []


def test_muting_and_pinning_are_told_once(said, bo, published) -> None:
    published.clear()
    for _ in range(2):
        set_muted(user_id=bo.pk, conversation_id=said.pk, muted=True)
        set_pinned(user_id=bo.pk, conversation_id=said.pk, pinned=True)
    assert (own(bo).muted, own(bo).pinned_at is not None, own(bo).version) == (True, True, 2)
    assert [event.membership["version"] for event in published] == [1, 2]
    set_muted(user_id=bo.pk, conversation_id=said.pk, muted=False)
    set_pinned(user_id=bo.pk, conversation_id=said.pk, pinned=False)
    assert (own(bo).muted, own(bo).pinned_at, own(bo).version) == (False, None, 4)


@pytest.mark.parametrize("who", ["stranger", "gone", "of a dissolved group"])
def test_others_have_no_place(said, ann, bo, cy, published, who) -> None:
    if who == "gone":
        leave_group(user_id=bo.pk, group_id=said.pk)
    if who == "of a dissolved group":
        dissolve(dissolved_by=ann.pk, group_id=said.pk)
    user = cy if who == "stranger" else bo
    before = list(Member.objects.order_by("pk").values())
    published.clear()
    for call, rest in ((mark_read, {"seq": 4}), (set_muted, {"muted": True}), (set_pinned, {"pinned": True})):
        with pytest.raises(NotFound):
            call(user_id=user.pk, conversation_id=said.pk, **rest)
    assert list(Member.objects.order_by("pk").values()) == before
    assert published == []
