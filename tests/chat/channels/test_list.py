"""The list of one's conversations."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.channels import posting
from chat.channels.selectors import conversation_list, listed, unread_totals
from chat.conversations.models import Conversation, DirectChat, Group, Member
from chat.conversations.services import (
    change_group,
    create_group,
    dissolve,
    join_group,
    mark_read,
    open_direct,
    set_muted,
    set_pinned,
)
from chat.messages.models import Message, MessageMention
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from community.social import services as social
from project.kernel.errors import NotFound

pytestmark = pytest.mark.django_db


def say(group: Group, author: User, *texts: str) -> None:
    keeper = posting.room_of_group(group.pk).keeper
    channel = f"group:{group.pk}"
    commit_messages([Draft(channel, group.pk, author.pk, None, text, text, keeper) for text in texts])


def test_each_has_what_was_said_last_and_what_is_unread(ann, bo, group_of_two) -> None:
    say(group_of_two, ann, "one", "two", "three")
    mark_read(user_id=bo.pk, conversation_id=group_of_two.pk, seq=1)
    [one] = conversation_list(bo.pk)["conversations"]
    assert one["last_message"]["text"] == "three"
    assert (one["channel"], one["last_seq"], one["unread"]) == (f"group:{group_of_two.pk}", 3, 2)
    assert (one["group"]["title"], one["dm"], one["membership"]["role"]) == ("Tea friends", None, "member")
    assert conversation_list(bo.pk)["unread"] == 2
    assert one == listed(user_id=bo.pk, conversation_id=group_of_two.pk)
    # What one says oneself is read.
    assert conversation_list(ann.pk)["unread"] == 0


def test_each_is_in_the_list_as_it_is_by_itself(ann, bo, cy, group) -> None:
    say(group, ann, "before Bo")
    change_group(changed_by=ann.pk, group_id=group.pk, history="since_joining")
    join_group(user_id=bo.pk, group_id=group.pk)
    answered = create_group(founder_id=ann.pk, title="Answers")
    join_group(user_id=bo.pk, group_id=answered.pk)
    say(answered, ann, "a question", "another")
    keeper = posting.room_of_group(answered.pk).keeper
    commit_messages(
        [Draft(f"group:{answered.pk}", answered.pk, bo.pk, None, "an answer", "answer", keeper, reply_to=1)]
    )
    for asking, other in ((cy, bo), (bo, ann)):
        direct = open_direct(opened_by=asking.pk, user_id=other.pk)
        keeper = posting.room_of_direct(direct.pk).keeper
        commit_messages([Draft(f"dm:{direct.pk}", direct.pk, asking.pk, None, "hi", "hi", keeper)])
    User.objects.filter(pk=ann.pk).update(avatar="avatars/ann.png")
    Group.objects.filter(pk=answered.pk).update(picture="groups/tea.png")
    found = conversation_list(bo.pk)
    every = [*found["conversations"], *found["requests"]]
    assert len(every) == 4
    for one in every:
        assert one == listed(user_id=bo.pk, conversation_id=int(one["channel"].partition(":")[2]))
    [shown] = [one for one in every if one["group"] and one["group"]["title"] == "Answers"]
    assert shown["group"]["picture"] == "/media/groups/tea.png"
    assert shown["last_message"]["reply"]["author"]["avatar"] == "/media/avatars/ann.png"
    assert shown["last_message"]["reply"]["text"] == "a question"


def test_the_pinned_come_first_then_what_was_said_last(ann) -> None:
    groups = [create_group(founder_id=ann.pk, title=title) for title in ("a", "b", "c", "d")]
    for group in (groups[1], groups[0]):
        say(group, ann, "hello")
    set_pinned(user_id=ann.pk, conversation_id=groups[2].pk, pinned=True)
    titles = [one["group"]["title"] for one in conversation_list(ann.pk)["conversations"]]
    assert titles[0] == "c"
    assert sorted(titles[1:]) == ["a", "b", "d"]
    assert titles.index("a") < titles.index("b")


def test_the_muted_and_requests_are_not_counted(ann, bo, cy, group_of_two) -> None:
    say(group_of_two, ann, "hello")
    set_muted(user_id=bo.pk, conversation_id=group_of_two.pk, muted=True)
    direct = open_direct(opened_by=cy.pk, user_id=bo.pk)
    keeper = posting.room_of_direct(direct.pk).keeper
    commit_messages([Draft(f"dm:{direct.pk}", direct.pk, cy.pk, None, "hi", "hi", keeper)])
    found = conversation_list(bo.pk)
    assert [one["unread"] for one in found["conversations"]] == [1]
    assert [(one["dm"]["peer"]["display_name"], one["unread"]) for one in found["requests"]] == [("Cy", 1)]
    assert found["unread"] == 0


def test_newcomers_see_nothing_of_before_where_they_may_not(ann, bo, group) -> None:
    change_group(changed_by=ann.pk, group_id=group.pk, history="since_joining")
    say(group, ann, "a secret")
    join_group(user_id=bo.pk, group_id=group.pk)
    [one] = conversation_list(bo.pk)["conversations"]
    assert (one["last_message"], one["last_seq"], one["unread"]) == (None, 1, 0)
    say(group, ann, "hello Bo")
    assert conversation_list(bo.pk)["conversations"][0]["last_message"]["text"] == "hello Bo"


def test_a_dissolved_group_is_in_no_list(ann, bo, group_of_two) -> None:
    dissolve(dissolved_by=ann.pk, group_id=group_of_two.pk)
    assert conversation_list(bo.pk) == {"conversations": [], "requests": [], "unread": 0}
    with pytest.raises(NotFound):
        listed(user_id=bo.pk, conversation_id=group_of_two.pk)


def test_hundreds_cost_as_many_queries_as_one(ann, bo, settings) -> None:
    settings.GROUPS_OWNED_MOST = 1000
    client = Client()
    client.force_login(bo)
    counts = []
    for more in (1, 30):
        for n in range(more):
            group = create_group(founder_id=ann.pk, title=f"Tea {n}")
            join_group(user_id=bo.pk, group_id=group.pk)
            say(group, ann, "hello")
        if more == 1:
            social.follow(user_id=bo.pk, other_id=ann.pk)
            direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
            keeper = posting.room_of_direct(direct.pk).keeper
            commit_messages([Draft(f"dm:{direct.pk}", direct.pk, ann.pk, None, "hi", "hi", keeper)])
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/api/conversations/")
        assert answer.status_code == 200
        counts.append(len(queries))
    assert len(answer.json()["conversations"]) == 32
    assert counts[0] == counts[1] <= 6


def test_hundreds_of_conversations_take_six_queries(ann, bo, cy) -> None:
    now = timezone.now()
    kinds = [Conversation.Kind.GROUP] * 400 + [Conversation.Kind.DM] * 100
    Conversation.objects.bulk_create(Conversation(kind=kind, last_seq=2, last_change=2) for kind in kinds)
    groups = Conversation.objects.filter(kind=Conversation.Kind.GROUP)
    direct = Conversation.objects.filter(kind=Conversation.Kind.DM)
    Group.objects.bulk_create(Group(conversation=one, title="Tea", member_count=2, capacity=500) for one in groups)
    peers = User.objects.bulk_create(User(email=f"{n}@souk.example", display_name=str(n)) for n in range(len(direct)))
    DirectChat.objects.bulk_create(
        DirectChat(conversation=one, low_id=min(bo.pk, peer.pk), high_id=max(bo.pk, peer.pk))
        for one, peer in zip(direct, peers, strict=True)
    )
    Member.objects.bulk_create(Member(conversation=one, user=bo, joined_at=now) for one in Conversation.objects.all())
    # The last message of every other one is hidden, and half of the first ones mention Bo.
    Message.objects.bulk_create(
        Message(
            conversation=one, seq=seq, author=ann, text=str(seq), key=str(seq), sent_at=now, change=seq,
            hidden_at=now if (hides := seq == 2 and one.pk % 2) else None, hidden_as="shadow" if hides else "",
        )
        for one in Conversation.objects.all()
        for seq in (1, 2)
    )  # fmt: skip
    MessageMention.objects.bulk_create(
        MessageMention(message=one, conversation_id=one.conversation_id, seq=1, user=bo)
        for one in Message.objects.filter(seq=1, conversation__in=groups)
    )
    client = Client()
    client.force_login(bo)
    with CaptureQueriesContext(connection) as queries:
        found = client.get("/api/conversations/").json()
    assert len(queries) <= 6
    assert len(found["conversations"]) == 500
    for one in found["conversations"]:
        seen = 1 if int(one["channel"].partition(":")[2]) % 2 else 2
        assert (one["last_message"]["seq"], one["unread"]) == (seen, seen)
        assert one["mentions"] == ([1] if one["group"] else [])
    assert found["unread"] == unread_totals([bo.pk])[bo.pk] == 750
