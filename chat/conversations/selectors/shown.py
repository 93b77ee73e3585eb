"""What members see of a group or a direct chat, and of their own place in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from chat.conversations.cards import (
    ConversationCard,
    DirectBrief,
    DirectCard,
    DirectRequest,
    GroupBrief,
    GroupCard,
    GroupDetail,
    HistoryName,
    JoinPolicyName,
    MemberCard,
    MembershipCard,
    MentionAllName,
)
from chat.conversations.models import Conversation, DirectChat, Group, Member
from chat.conversations.selectors.members import ROLES, staff_of
from community.accounts.selectors import card
from project.kernel.clock import to_ms


def channel_of(conversation: Conversation) -> str:
    return f"{conversation.kind}:{conversation.pk}"


def group_channel(group_id: int) -> str:
    return f"group:{group_id}"


def direct_channel(direct_id: int) -> str:
    return f"dm:{direct_id}"


def group_card(group: Group, staff: Sequence[Member] | None = None) -> GroupCard:
    """The group for its members. One query where the `staff` is not given."""
    if staff is None:
        staff = staff_of([group.pk])[group.pk]
    return {
        "id": group.pk,
        "title": group.title,
        "picture": picture_url(group),
        "announcement": {
            "text": group.announcement,
            "by": card(group.announced_by) if group.announced_by else None,
            "at": to_ms(group.announced_at),
        }
        if group.announcement and group.announced_at
        else None,
        "join_policy": cast(JoinPolicyName, group.join_policy),
        "question": group.question,
        "mention_all": cast(MentionAllName, group.mention_all),
        "history": cast(HistoryName, group.history),
        "capacity": group.capacity,
        "owner": card(staff[0].user),
        "managers": [member.user_id for member in staff[1:]],
        "closed_at": milliseconds(group.closed_at),
        "version": group.version,
    }


def group_brief(group: Group) -> GroupBrief:
    return {"id": group.pk, "title": group.title, "picture": picture_url(group), "version": group.version}


def group_detail(member: Member) -> GroupDetail:
    """Of a member as `group_member` finds it. One query."""
    group = member.conversation.group
    return {
        "group": group_card(group),
        "members": {"count": group.member_count, "version": group.version},
        "membership": membership_card(member),
    }


def direct_card(direct: DirectChat) -> DirectCard:
    """Two queries where the people were not fetched with it."""
    return {
        "id": direct.pk,
        "people": [card(direct.low), card(direct.high)],
        "requested_by": direct.requested_by_id,
        "version": direct.version,
    }


def direct_brief(direct: DirectChat, *, seen_by: int) -> DirectBrief:
    request: DirectRequest = "none"
    if direct.requested_by_id is not None:
        request = "sent" if direct.requested_by_id == seen_by else "declined" if direct.declined_at else "received"
    peer = direct.high if seen_by == direct.low_id else direct.low
    return {"id": direct.pk, "peer": card(peer), "request": request, "version": direct.version}


def membership_card(member: Member) -> MembershipCard:
    return {
        "id": member.pk,
        "role": ROLES[member.role],
        "joined_at": to_ms(member.joined_at),
        "joined_seq": member.joined_seq,
        "read_seq": member.read_seq,
        "muted": member.muted,
        "pinned_at": milliseconds(member.pinned_at),
        "version": member.version,
    }


def conversation_card(
    member: Member, *, group: Group | None = None, direct: DirectChat | None = None, last_seq: int
) -> ConversationCard:
    """With the one of both that it is."""
    return {
        "channel": group_channel(group.pk) if group else direct_channel(member.conversation_id),
        "group": group_brief(group) if group else None,
        "dm": direct_brief(direct, seen_by=member.user_id) if direct else None,
        "membership": membership_card(member),
        "last_seq": last_seq,
    }


def member_card(member: Member) -> MemberCard:
    return {
        "id": member.pk,
        "user": card(member.user),
        "role": ROLES[member.role],
        "joined_at": to_ms(member.joined_at),
    }


def unread_of(member: Member, *, last_seq: int) -> int:
    return max(0, last_seq - max(member.read_seq, member.joined_seq))


def picture_url(group: Group) -> str | None:
    return group.picture.url if group.picture else None


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
