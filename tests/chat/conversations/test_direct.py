from __future__ import annotations

from typing import Any

import pytest

from chat.channels import posting
from chat.channels.selectors import conversation_list
from chat.conversations.errors import DmRefused, TooManyRequests
from chat.conversations.models import Conversation, DirectChat, Member
from chat.conversations.services import accept_direct, block_direct, decline_direct, open_direct
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from community.accounts.services import deactivate
from community.social import services as social
from project.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.django_db


def state() -> list[dict[str, Any]]:
    kinds = (Conversation, DirectChat, Member)
    return [row for kind in kinds for row in kind.objects.order_by("pk").values()]


@pytest.fixture
def refused(published: Any) -> Any:
    def refused(error: type[Exception], call: Any, **arguments: Any) -> None:
        published.clear()
        before = state()
        with pytest.raises(error):
            call(**arguments)
        assert state() == before
        assert published == []

    return refused


def befriend(one: User, other: User) -> None:
    social.ask(user_id=one.pk, other_id=other.pk)
    social.accept(user_id=other.pk, other_id=one.pk)


def say(direct: DirectChat, author: User, *texts: str) -> list[str]:
    """Numbers, or why not."""
    keeper = posting.room_of_direct(direct.pk).keeper
    channel = f"dm:{direct.pk}"
    answers = commit_messages([Draft(channel, direct.pk, author.pk, None, text, text, keeper) for text in texts])
    return [answer.code if isinstance(answer, Exception) else str(answer["seq"]) for answer in answers]


def lists(user: User) -> tuple[list[str], list[str]]:
    found = conversation_list(user.pk)
    return [one["channel"] for one in found["conversations"]], [one["channel"] for one in found["requests"]]


def test_two_people_have_one_direct_chat(ann, bo, published) -> None:
    befriend(ann, bo)
    published.clear()
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    assert open_direct(opened_by=bo.pk, user_id=ann.pk) == direct
    assert (direct.low_id, direct.high_id, direct.requested_by_id) == (ann.pk, bo.pk, None)
    assert Member.objects.filter(conversation_id=direct.pk).count() == 2
    # Nobody has said anything yet: it is in no list, and nobody is told.
    assert published == []
    assert (lists(ann), lists(bo)) == (([], []), ([], []))


def test_it_comes_into_both_lists_with_its_first_message(ann, bo, published) -> None:
    befriend(ann, bo)
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    published.clear()
    assert say(direct, ann, "hello", "Bo") == ["1", "2"]
    added = [event for event in published if event.type == "conversation.added"]
    assert {event.user_to: event.conversation["dm"]["peer"]["display_name"] for event in added} == {
        ann.pk: "Bo",
        bo.pk: "Ann",
    }
    published.clear()
    assert say(direct, bo, "hello Ann") == ["3"]
    assert published.types == ["chat.sent"]
    assert lists(ann) == lists(bo) == ([f"dm:{direct.pk}"], [])


def test_a_stranger_says_a_little_and_waits(ann, bo, published, settings) -> None:
    settings.DM_REQUEST_MESSAGES = 2
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    assert direct.requested_by_id == ann.pk
    assert say(direct, ann, "hello", "are you there", "?") == ["1", "2", "dm_not_accepted"]
    assert say(direct, bo, "no") == ["dm_accept_first"]
    assert lists(ann) == ([f"dm:{direct.pk}"], [])
    assert lists(bo) == ([], [f"dm:{direct.pk}"])
    published.clear()
    accepted = accept_direct(accepted_by=bo.pk, direct_id=direct.pk)
    assert accepted.requested_by_id is None
    assert published.types == ["dm.changed", "conversation.added", "conversation.added"]
    assert say(direct, bo, "hello") + say(direct, ann, "at last") == ["3", "4"]
    assert lists(bo) == ([f"dm:{direct.pk}"], [])
    published.clear()
    accept_direct(accepted_by=bo.pk, direct_id=direct.pk)
    assert published == []


def test_what_the_recipient_follows_is_no_stranger(ann, bo) -> None:
    social.follow(user_id=bo.pk, other_id=ann.pk)
    assert open_direct(opened_by=ann.pk, user_id=bo.pk).requested_by_id is None


def test_who_become_friends_wait_no_more(ann, bo) -> None:
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    befriend(ann, bo)
    assert open_direct(opened_by=ann.pk, user_id=bo.pk).requested_by_id is None
    assert say(direct, bo, "hello") == ["1"]


def test_a_declined_request_is_out_of_sight_and_nobody_is_told(ann, bo, published, refused) -> None:
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    say(direct, ann, "hello")
    published.clear()
    decline_direct(declined_by=bo.pk, direct_id=direct.pk)
    assert [(event.user_to, event.conversation["dm"]["request"]) for event in published] == [(bo.pk, "declined")]
    assert (lists(ann), lists(bo)) == (([f"dm:{direct.pk}"], []), ([], []))
    assert say(direct, ann, "hello?") == ["dm_not_accepted"]
    # Who declined may think better of it.
    accept_direct(accepted_by=bo.pk, direct_id=direct.pk)
    assert say(direct, bo, "hello") == ["2"]
    refused(NotFound, decline_direct, declined_by=bo.pk, direct_id=direct.pk)


def test_only_the_recipient_decides(ann, bo, cy, refused) -> None:
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    for call, by in ((accept_direct, "accepted_by"), (decline_direct, "declined_by"), (block_direct, "blocked_by")):
        for who in (ann, cy):
            refused(NotFound, call, **{by: who.pk}, direct_id=direct.pk)
        refused(NotFound, call, **{by: bo.pk}, direct_id=10**9)
    assert say(direct, cy, "hello") == ["not_found"]


@pytest.mark.parametrize("who_blocks", ["ann", "bo"])
def test_a_block_ends_the_talk_at_once_whoever_made_it(ann, bo, who_blocks, refused) -> None:
    befriend(ann, bo)
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    say(direct, ann, "hello")
    blocker, blocked = (ann, bo) if who_blocks == "ann" else (bo, ann)
    social.block(user_id=blocker.pk, other_id=blocked.pk)
    assert say(direct, ann, "still there?") + say(direct, bo, "no") == ["dm_refused", "dm_refused"]
    # What was said stays readable.
    assert open_direct(opened_by=ann.pk, user_id=bo.pk) == direct
    social.unblock(user_id=blocker.pk, other_id=blocked.pk)
    assert say(direct, ann, "again") == ["2"]


def test_whoever_is_blocked_opens_nothing(ann, bo, refused) -> None:
    social.block(user_id=bo.pk, other_id=ann.pk)
    refused(DmRefused, open_direct, opened_by=ann.pk, user_id=bo.pk)
    refused(DmRefused, open_direct, opened_by=bo.pk, user_id=ann.pk)


def test_a_request_can_be_answered_with_a_block(ann, bo) -> None:
    direct = open_direct(opened_by=ann.pk, user_id=bo.pk)
    say(direct, ann, "buy")
    block_direct(blocked_by=bo.pk, direct_id=direct.pk)
    assert say(direct, ann, "buy!") == ["dm_refused"]
    assert lists(bo) == ([], [])


def test_nobody_talks_to_oneself_or_to_nobody(ann, bo, refused) -> None:
    refused(Invalid, open_direct, opened_by=ann.pk, user_id=ann.pk)
    refused(NotFound, open_direct, opened_by=ann.pk, user_id=10**9)
    deactivate(user=bo)
    refused(NotFound, open_direct, opened_by=ann.pk, user_id=bo.pk)


def test_one_asks_only_so_many_strangers_a_day(ann, bo, cy, settings, refused) -> None:
    settings.DM_REQUESTS_A_DAY = 1
    first = open_direct(opened_by=ann.pk, user_id=bo.pk)
    refused(TooManyRequests, open_direct, opened_by=ann.pk, user_id=cy.pk)
    assert open_direct(opened_by=ann.pk, user_id=bo.pk) == first
    accept_direct(accepted_by=bo.pk, direct_id=first.pk)
    open_direct(opened_by=ann.pk, user_id=cy.pk)
