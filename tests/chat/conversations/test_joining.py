from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chat.conversations.errors import (
    AnswerRequired,
    GroupFull,
    InviteExpired,
    InviteOnly,
    InviteRevoked,
    InviteUnknown,
    InviteUsedUp,
    OwnerStays,
    RequestDecided,
    TooManyGroups,
    TooManyInvites,
)
from chat.conversations.events import JoinRequested
from chat.conversations.models import Conversation, Group, Invite, JoinRequest, Member
from chat.conversations.reactions import tell_staff
from chat.conversations.services import (
    appoint,
    change_group,
    create_group,
    create_invite,
    decide_request,
    join_by_invite,
    join_group,
    leave_group,
    revoke_invite,
    withdraw_request,
)
from chat.messages.models import Message
from community.notices.models import Notice
from project.kernel.clock import now
from project.kernel.errors import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


def state() -> list[dict[str, Any]]:
    kinds = (Conversation, Group, Member, Invite, JoinRequest, Message, Notice)
    return [row for kind in kinds for row in kind.objects.order_by("pk").values()]


@pytest.fixture
def assert_refused(published: Any) -> Any:
    def assert_refused(error: type[Exception], call: Any, **arguments: Any) -> None:
        published.clear()
        before = state()
        with pytest.raises(error):
            call(**arguments)
        assert state() == before
        assert published == []

    return assert_refused


def with_policy(ann: Any, policy: str, **fields: Any) -> Group:
    return create_group(founder_id=ann.pk, title="Tea", join_policy=policy, **fields)


def test_an_open_group_is_joined_at_once_and_once(group, bo, published) -> None:
    Conversation.objects.filter(pk=group.pk).update(last_seq=7)
    published.clear()
    first = join_group(user_id=bo.pk, group_id=group.pk)
    assert first.member is not None
    # What was said before counts as read.
    assert (first.member.joined_seq, first.member.read_seq, first.member.role) == (7, 7, Member.Role.MEMBER)
    again = join_group(user_id=bo.pk, group_id=group.pk)
    assert again.member == first.member
    assert Group.objects.get(pk=group.pk).member_count == 2
    assert published.types == ["members.counted", "conversation.added", "read.moved"]
    assert published[1].user_to == bo.pk


def test_a_full_group_takes_nobody(group_of_two, ann, cy, assert_refused) -> None:
    change_group(changed_by=ann.pk, group_id=group_of_two.pk, capacity=2)
    assert_refused(GroupFull, join_group, user_id=cy.pk, group_id=group_of_two.pk)
    invite = create_invite(created_by=ann.pk, group_id=group_of_two.pk, max_uses=1)
    assert_refused(GroupFull, join_by_invite, user_id=cy.pk, code=invite.code)


def test_a_person_is_in_only_so_many_groups(group, bo, settings, assert_refused) -> None:
    settings.GROUPS_JOINED_MOST = 0
    assert_refused(TooManyGroups, join_group, user_id=bo.pk, group_id=group.pk)


def test_there_must_be_such_a_group(bo, assert_refused) -> None:
    assert_refused(NotFound, join_group, user_id=bo.pk, group_id=10**9)


def test_whoever_leaves_may_come_back_as_somebody_new(group_of_two, bo, published, assert_refused) -> None:
    before = Member.objects.get(user=bo)
    published.clear()
    leave_group(user_id=bo.pk, group_id=group_of_two.pk)
    assert published.types == ["members.counted", "conversation.removed", "read.moved"]
    assert Group.objects.get(pk=group_of_two.pk).member_count == 1
    assert_refused(NotFound, leave_group, user_id=bo.pk, group_id=group_of_two.pk)
    after = join_group(user_id=bo.pk, group_id=group_of_two.pk).member
    assert after is not None
    # So that clients know which of the two events is the later one.
    assert after.pk > before.pk


def test_an_owner_does_not_leave(group, ann, assert_refused) -> None:
    assert_refused(OwnerStays, leave_group, user_id=ann.pk, group_id=group.pk)


def test_whoever_asks_waits_for_a_decision(ann, bo, published, assert_refused) -> None:
    group = with_policy(ann, "approval")
    published.clear()
    entry = join_group(user_id=bo.pk, group_id=group.pk, answer="Hello")
    assert entry.member is None
    assert entry.request is not None
    assert join_group(user_id=bo.pk, group_id=group.pk, answer="Hello?").request == entry.request
    assert published.types == ["join.requested", "notice.added"]
    assert_refused(
        NotFound, decide_request, decided_by=bo.pk, group_id=group.pk, request_id=entry.request.pk, accept=True
    )
    published.clear()
    for _ in range(2):
        decided = decide_request(decided_by=ann.pk, group_id=group.pk, request_id=entry.request.pk, accept=True)
        assert (decided.state, decided.decided_by_id) == ("accepted", ann.pk)
    assert published.types == ["members.counted", "conversation.added", "read.moved", "join.decided"]
    assert Group.objects.get(pk=group.pk).member_count == 2
    assert_refused(
        RequestDecided, decide_request, decided_by=ann.pk, group_id=group.pk, request_id=entry.request.pk, accept=False
    )


def test_whoever_was_declined_may_ask_again(ann, bo) -> None:
    group = with_policy(ann, "question", question="Which tea?")
    first = join_group(user_id=bo.pk, group_id=group.pk, answer="Green").request
    assert first is not None
    decide_request(decided_by=ann.pk, group_id=group.pk, request_id=first.pk, accept=False)
    assert not Member.objects.filter(user=bo).exists()
    second = join_group(user_id=bo.pk, group_id=group.pk, answer="Black").request
    assert second is not None
    assert (second.pk > first.pk, second.answer) == (True, "Black")


def test_a_question_wants_an_answer(ann, bo, assert_refused) -> None:
    group = with_policy(ann, "question", question="Which tea?")
    assert_refused(AnswerRequired, join_group, user_id=bo.pk, group_id=group.pk, answer=" ")
    assert_refused(Invalid, join_group, user_id=bo.pk, group_id=group.pk, answer="x" * 301)


def test_a_request_that_was_withdrawn_is_not_accepted(ann, bo, assert_refused) -> None:
    group = with_policy(ann, "approval")
    request = join_group(user_id=bo.pk, group_id=group.pk).request
    assert request is not None
    withdraw_request(user_id=bo.pk, group_id=group.pk)
    assert_refused(
        RequestDecided, decide_request, decided_by=ann.pk, group_id=group.pk, request_id=request.pk, accept=True
    )


def test_mere_members_decide_nothing(ann, bo, cy, assert_refused) -> None:
    group = with_policy(ann, "approval")
    invite = create_invite(created_by=ann.pk, group_id=group.pk)
    join_by_invite(user_id=bo.pk, code=invite.code)
    request = join_group(user_id=cy.pk, group_id=group.pk).request
    assert request is not None
    assert_refused(Forbidden, decide_request, decided_by=bo.pk, group_id=group.pk, request_id=request.pk, accept=True)
    assert_refused(Forbidden, create_invite, created_by=bo.pk, group_id=group.pk)
    assert_refused(Forbidden, revoke_invite, revoked_by=bo.pk, group_id=group.pk, invite_id=invite.pk)


def test_a_request_of_another_group_is_none(ann, bo, assert_refused) -> None:
    one, two = with_policy(ann, "approval"), with_policy(ann, "approval")
    request = join_group(user_id=bo.pk, group_id=one.pk).request
    assert request is not None
    assert_refused(NotFound, decide_request, decided_by=ann.pk, group_id=two.pk, request_id=request.pk, accept=True)


def test_an_invite_lets_in_whatever_the_policy(ann, bo, assert_refused) -> None:
    group = with_policy(ann, "invite")
    assert_refused(InviteOnly, join_group, user_id=bo.pk, group_id=group.pk)
    invite = create_invite(created_by=ann.pk, group_id=group.pk, max_uses=2)
    assert len(invite.code) >= 22
    member = join_by_invite(user_id=bo.pk, code=invite.code)
    assert member.conversation_id == group.pk
    # Who is in already takes no use.
    assert join_by_invite(user_id=bo.pk, code=invite.code) == member
    assert Invite.objects.get().uses == 1


def test_an_invite_ends_the_waiting(ann, bo) -> None:
    group = with_policy(ann, "approval")
    join_group(user_id=bo.pk, group_id=group.pk)
    join_by_invite(user_id=bo.pk, code=create_invite(created_by=ann.pk, group_id=group.pk).code)
    assert JoinRequest.objects.get().state == "accepted"


def test_each_dead_invite_says_why(ann, bo, cy, assert_refused) -> None:
    group = with_policy(ann, "invite")
    assert_refused(InviteUnknown, join_by_invite, user_id=bo.pk, code="nothing")
    used_up = create_invite(created_by=ann.pk, group_id=group.pk, max_uses=1)
    join_by_invite(user_id=bo.pk, code=used_up.code)
    assert_refused(InviteUsedUp, join_by_invite, user_id=cy.pk, code=used_up.code)
    expired = create_invite(created_by=ann.pk, group_id=group.pk, expires_at=now() + timedelta(days=1))
    Invite.objects.filter(pk=expired.pk).update(expires_at=now() - timedelta(seconds=1))
    assert_refused(InviteExpired, join_by_invite, user_id=cy.pk, code=expired.code)
    revoked = create_invite(created_by=ann.pk, group_id=group.pk)
    revoke_invite(revoked_by=ann.pk, group_id=group.pk, invite_id=revoked.pk)
    assert_refused(InviteRevoked, join_by_invite, user_id=cy.pk, code=revoked.code)
    assert_refused(NotFound, revoke_invite, revoked_by=ann.pk, group_id=group.pk, invite_id=10**9)


def test_an_invite_that_is_over_is_not_made(ann, group, assert_refused) -> None:
    assert_refused(Invalid, create_invite, created_by=ann.pk, group_id=group.pk, expires_at=now())


def test_there_are_only_so_many_open_invites(ann, group, settings, assert_refused) -> None:
    settings.GROUP_INVITES_MOST = 1
    invite = create_invite(created_by=ann.pk, group_id=group.pk)
    assert_refused(TooManyInvites, create_invite, created_by=ann.pk, group_id=group.pk)
    revoke_invite(revoked_by=ann.pk, group_id=group.pk, invite_id=invite.pk)
    create_invite(created_by=ann.pk, group_id=group.pk)


def test_who_runs_the_group_is_told_once_that_somebody_would_like_to_join(ann, bo, cy, group_of_two) -> None:
    group = group_of_two
    appoint(appointed_by=ann.pk, group_id=group.pk, user_id=bo.pk, manager=True)
    change_group(changed_by=ann.pk, group_id=group.pk, join_policy="approval")
    request = join_group(user_id=cy.pk, group_id=group.pk).request
    requested = JoinRequested(request_id=request.pk, group_id=group.pk, user_id=cy.pk)
    tell_staff(requested)
    tell_staff(requested)
    told = Notice.objects.filter(kind="group_request").order_by("user_id")
    assert [(one.user_id, one.data["people"], one.data["about"]) for one in told] == [
        (ann.pk, [cy.pk], f"group:{group.pk}"),
        (bo.pk, [cy.pk], f"group:{group.pk}"),
    ]


def test_a_request_that_was_decided_meanwhile_is_not_told_of(ann, cy) -> None:
    group = with_policy(ann, "approval")
    request = join_group(user_id=cy.pk, group_id=group.pk).request
    withdraw_request(user_id=cy.pk, group_id=group.pk)
    tell_staff(JoinRequested(request_id=request.pk, group_id=group.pk, user_id=cy.pk))
    assert not Notice.objects.exists()
