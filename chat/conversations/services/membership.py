"""Who comes into a group and who goes: under the conversation's lock, so that counts are exact."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F

from chat.conversations import lines
from chat.conversations.errors import GroupFull, TooManyGroups
from chat.conversations.events import (
    ConversationAdded,
    ConversationRemoved,
    GroupChanged,
    MembersCounted,
    ReadMoved,
    ReadTold,
)
from chat.conversations.models import Group, JoinRequest, Member
from chat.conversations.selectors import conversation_card, group_card, group_channel, reads_in
from chat.conversations.services.receipts import receipts
from community.moderation.errors import Banned
from community.moderation.selectors.standing import those_kept_out
from community.moderation.services.guarding import ruling_by_sanctions
from project.kernel.clock import database_now, now
from project.kernel.errors import Forbidden, NotFound
from project.realtime.outbox import publish_on_commit


def admit(*, group: Group, user_id: int) -> Member:
    """Let somebody into a locked group; who is in it stays as they are. Raises GroupFull, TooManyGroups."""
    member = Member.objects.filter(conversation_id=group.pk, user_id=user_id).first()
    if member is not None:
        return member
    if Member.objects.filter(user_id=user_id, conversation__kind="group").count() >= settings.GROUPS_JOINED_MOST:
        raise TooManyGroups
    room = Group.objects.filter(pk=group.pk, member_count__lt=F("capacity"))
    if not room.update(member_count=F("member_count") + 1, version=F("version") + 1):
        raise GroupFull
    group.member_count += 1
    group.version += 1
    joined_at = database_now()
    last_seq = group.conversation.last_seq
    member = Member.objects.create(
        conversation_id=group.pk, user_id=user_id, joined_at=joined_at, joined_seq=last_seq, read_seq=last_seq
    )
    # Who came in another way, by an invite, waits no more.
    JoinRequest.objects.filter(group=group, user_id=user_id, state=JoinRequest.State.PENDING).update(
        state=JoinRequest.State.ACCEPTED, decided_at=joined_at
    )
    publish_on_commit(
        MembersCounted(count=group.member_count, version=group.version, group_to=group.pk),
        ConversationAdded(conversation=conversation_card(member, group=group, last_seq=last_seq), user_to=user_id),
        *(_receipts(member, last_seq) if group.member_count <= settings.READ_RECEIPTS_MEMBERS else []),
    )
    lines.say(group, "joined", by=user_id)
    return member


def take_out(*, group: Group, member: Member) -> None:
    """End a membership in a locked group; the person's sockets are pushed out of its channel."""
    member_id, was_manager = member.pk, member.role == Member.Role.MANAGER
    deleted, _ = Member.objects.filter(pk=member_id).delete()
    if not deleted:
        return
    Group.objects.filter(pk=group.pk).update(member_count=F("member_count") - 1, version=F("version") + 1)
    group.member_count -= 1
    group.version += 1
    publish_on_commit(
        MembersCounted(count=group.member_count, version=group.version, group_to=group.pk),
        ConversationRemoved(channel=group_channel(group.pk), membership=member_id, user_to=member.user_id),
        *([GroupChanged(group=group_card(group))] if was_manager else []),
        ReadMoved(user=member.user_id, membership=member_id, seq=None, group_to=group.pk),
        *_shown_again(group),
    )


def _receipts(member: Member, seq: int) -> list[ReadMoved | ReadTold]:
    return receipts([(member.conversation_id, {"user": member.user_id, "membership": member.pk, "seq": seq})])


def _shown_again(group: Group) -> list[ReadMoved | ReadTold]:
    """What everyone has read, where the group has just become small enough for it."""
    if group.member_count != settings.READ_RECEIPTS_MEMBERS:
        return []
    return receipts([(group.pk, read) for read in reads_in([group])[group.pk]])


def refuse_banned(group: Group, user_id: int) -> None:
    """Raises Banned for whoever is kept out of a group, a member or not."""
    if those_kept_out([(user_id, group_channel(group.pk))]):
        raise Banned


def staff_member(group: Group, user_id: int, *, at_least: Member.Role = Member.Role.MANAGER) -> Member:
    """The membership of who runs a locked group.

    Raises NotFound for others than members, Forbidden for mere ones, Banned for who is kept out.
    """
    member = Member.objects.select_related("user").filter(conversation_id=group.pk, user_id=user_id).first()
    if member is None:
        raise NotFound
    if member.role > at_least:
        raise Forbidden
    refuse_banned(group, user_id)
    return member


def is_heard(group: Group, user_id: int) -> bool:
    """Whether others get to see what somebody words anew in a locked group: not in the shadow. Raises Muted, Banned."""
    ruling = ruling_by_sanctions(user_id, group_channel(group.pk), now())
    if ruling.refusal:
        raise ruling.refusal
    return not ruling.shadowed
