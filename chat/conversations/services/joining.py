"""Ways into a group, and out of it."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from chat.conversations import lines
from chat.conversations.errors import AnswerRequired, InviteOnly, OwnerStays, RequestDecided
from chat.conversations.events import JoinDecided, JoinRequested
from chat.conversations.models import ANSWER_LENGTH, Group, JoinRequest, Member
from chat.conversations.services.locks import lock_group
from chat.conversations.services.membership import admit, refuse_banned, staff_member, take_out
from chat.conversations.text import clean_paragraphs
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.realtime.outbox import publish_on_commit


class Entry(NamedTuple):
    """What came of knocking: a membership, or a request that waits."""

    member: Member | None = None
    request: JoinRequest | None = None


def join_group(*, user_id: int, group_id: int, answer: str = "") -> Entry:
    """Join an open group, or ask to join one whose managers decide; who is in it or waits already stays so.

    Raises NotFound, GroupClosed, Banned, GroupFull, TooManyGroups, InviteOnly, AnswerRequired, Invalid with the field
    `answer`.
    """
    answer = clean_paragraphs(answer, field="answer", most=ANSWER_LENGTH)
    with transaction.atomic():
        group = lock_group(group_id)
        refuse_banned(group, user_id)
        member = Member.objects.filter(conversation_id=group_id, user_id=user_id).first()
        if member is not None:
            return Entry(member=member)
        match group.join_policy:
            case Group.JoinPolicy.INVITE:
                raise InviteOnly
            case Group.JoinPolicy.OPEN:
                return Entry(member=admit(group=group, user_id=user_id))
        if group.join_policy == Group.JoinPolicy.QUESTION and not answer:
            raise AnswerRequired
        request, is_new = JoinRequest.objects.get_or_create(
            group=group,
            user_id=user_id,
            state=JoinRequest.State.PENDING,
            defaults={"answer": answer, "asked_at": database_now()},
        )
        if is_new:
            publish_on_commit(JoinRequested(request_id=request.pk, group_id=group_id, user_id=user_id))
    return Entry(request=request)


def leave_group(*, user_id: int, group_id: int) -> None:
    """Leave. Raises NotFound for whoever is not in it, GroupClosed, OwnerStays."""
    with transaction.atomic():
        group = lock_group(group_id)
        member = Member.objects.filter(conversation_id=group_id, user_id=user_id).first()
        if member is None:
            raise NotFound
        if member.role == Member.Role.OWNER:
            raise OwnerStays
        take_out(group=group, member=member)
        lines.say(group, "left", by=user_id)


def withdraw_request(*, user_id: int, group_id: int) -> None:
    """Ask no more. Nothing happens where nobody waits."""
    JoinRequest.objects.filter(group_id=group_id, user_id=user_id, state=JoinRequest.State.PENDING).update(
        state=JoinRequest.State.WITHDRAWN, decided_at=database_now()
    )


def decide_request(*, decided_by: int, group_id: int, request_id: int, accept: bool) -> JoinRequest:
    """Let somebody in who asked, or do not; for the owner and managers. The same decision again changes nothing.

    Raises NotFound, Forbidden, GroupClosed, GroupFull, TooManyGroups and Banned (of who asked), RequestDecided.
    """
    state = JoinRequest.State.ACCEPTED if accept else JoinRequest.State.DECLINED
    with transaction.atomic():
        group = lock_group(group_id)
        staff_member(group, decided_by)
        request = JoinRequest.objects.select_for_update().filter(pk=request_id, group=group).first()
        if request is None:
            raise NotFound
        if request.state == state:
            return request
        if request.state != JoinRequest.State.PENDING:
            raise RequestDecided
        request.state, request.decided_by_id, request.decided_at = state, decided_by, database_now()
        request.save(update_fields=["state", "decided_by", "decided_at"])
        if accept:
            refuse_banned(group, request.user_id)
            admit(group=group, user_id=request.user_id)
        publish_on_commit(
            JoinDecided(request_id=request.pk, group_id=group_id, user_id=request.user_id, accepted=accept)
        )
    return request
