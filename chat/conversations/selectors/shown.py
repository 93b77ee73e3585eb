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

# The columns of a membership's card, in the order of `membership_card_from`.
MEMBERSHIP = ("pk", "role", "joined_at", "joined_seq", "read_seq", "muted", "pinned_at", "version")


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
    return group_brief_from(group.pk, group.title, group.picture.name, group.version)


def group_brief_from(id: int, title: str, picture: str | None, version: int) -> GroupBrief:
    return {"id": id, "title": title, "picture": _picture_url(picture), "version": version}


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
    peer = card(direct.high if seen_by == direct.low_id else direct.low)
    request = request_from(direct.requested_by_id, declined=direct.declined_at is not None, seen_by=seen_by)
    return {"id": direct.pk, "peer": peer, "request": request, "version": direct.version}


def request_from(requested_by: int | None, *, declined: bool, seen_by: int) -> DirectRequest:
    if requested_by is None:
        return "none"
    return "sent" if requested_by == seen_by else "declined" if declined else "received"


def membership_card(member: Member) -> MembershipCard:
    return membership_card_from(
        member.pk,
        member.role,
        member.joined_at,
        member.joined_seq,
        member.read_seq,
        member.muted,
        member.pinned_at,
        member.version,
    )


def membership_card_from(
    id: int,
    role: int,
    joined_at: datetime,
    joined_seq: int,
    read_seq: int,
    muted: bool,
    pinned_at: datetime | None,
    version: int,
) -> MembershipCard:
    return {
        "id": id,
        "role": ROLES[role],
        "joined_at": to_ms(joined_at),
        "joined_seq": joined_seq,
        "read_seq": read_seq,
        "muted": muted,
        "pinned_at": milliseconds(pinned_at),
        "version": version,
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


def unread_of(membership: MembershipCard, *, last_seq: int) -> int:
    return max(0, last_seq - max(membership["read_seq"], membership["joined_seq"]))


def picture_url(group: Group) -> str | None:
    return _picture_url(group.picture.name)


def _picture_url(name: str | None) -> str | None:
    return Group._meta.get_field("picture").storage.url(name) if name else None


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
