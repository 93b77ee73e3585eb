"""Reads of groups, direct chats and who is in them: always through the caller's own membership."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields.tuple_lookups import Tuple, TupleIn

from chat.conversations.cards import (
    ConversationCard,
    DirectBrief,
    DirectCard,
    DirectRequest,
    GroupBrief,
    GroupCard,
    GroupDetail,
    GroupPreview,
    HistoryName,
    InviteCard,
    JoinPolicyName,
    JoinRequestCard,
    JoinRequestState,
    MemberCard,
    MemberRole,
    MembershipCard,
    MentionAllName,
)
from chat.conversations.errors import GroupClosed, InviteExpired, InviteRevoked, InviteUnknown, InviteUsedUp
from chat.conversations.models import Conversation, DirectChat, Group, Invite, JoinRequest, Member
from community.accounts.selectors import card
from project.kernel.clock import to_ms
from project.kernel.errors import Forbidden, NotFound

MOST_ID = 2**63 - 1
# (user id, conversation id)
Pair = tuple[int, int]
# Of one person, the latest joined.
MOST_LISTED = 2000

ROLES: dict[int, MemberRole] = {
    Member.Role.OWNER: "owner",
    Member.Role.MANAGER: "manager",
    Member.Role.MEMBER: "member",
}


def channel_of(conversation: Conversation) -> str:
    return f"{conversation.kind}:{conversation.pk}"


def group_channel(group_id: int) -> str:
    return f"group:{group_id}"


def direct_channel(direct_id: int) -> str:
    return f"dm:{direct_id}"


# Who is in it


def member_of(*, user_id: int, conversation_id: int, kind: Conversation.Kind | None = None) -> Member:
    """The person's own membership, with its conversation, and the group or direct chat that is open.

    One query. Raises NotFound for whoever is not in it, and for a group that was dissolved.
    """
    found = (
        _memberships().filter(user_id=user_id, conversation_id=conversation_id) if conversation_id <= MOST_ID else []
    )
    for member in found:
        if kind is None or member.conversation.kind == kind:
            return member
    raise NotFound


def group_member(*, user_id: int, group_id: int) -> Member:
    """As `member_of`, for a group: `member.conversation.group`."""
    return member_of(user_id=user_id, conversation_id=group_id, kind=Conversation.Kind.GROUP)


def direct_member(*, user_id: int, direct_id: int) -> Member:
    """As `member_of`, for a direct chat: `member.conversation.direct`."""
    return member_of(user_id=user_id, conversation_id=direct_id, kind=Conversation.Kind.DM)


def managing_member(*, user_id: int, group_id: int) -> Member:
    """The membership of the owner or a manager. Raises NotFound for others than members, Forbidden for mere members."""
    member = group_member(user_id=user_id, group_id=group_id)
    if member.role > Member.Role.MANAGER:
        raise Forbidden
    return member


def memberships_of(pairs: Collection[Pair]) -> dict[Pair, Member]:
    """Memberships by (user id, conversation id); those that are not are missing. One query."""
    return {(member.user_id, member.conversation_id): member for member in _of_pairs(pairs)}


def open_memberships(pairs: Collection[Pair]) -> dict[Pair, Member]:
    """As `memberships_of`, each with its conversation, and without those of groups that were dissolved. One query."""
    found = _of_pairs(pairs).filter(conversation__group__closed_at=None).select_related("conversation")
    return {(member.user_id, member.conversation_id): member for member in found}


class Right(NamedTuple):
    """What a member of a group may do there."""

    role: MemberRole
    closed: bool


def rights_in_groups(pairs: Collection[Pair]) -> dict[Pair, Right]:
    """By (user id, group id); those who are not in it are missing. One query."""
    rows = _of_pairs(pairs).values_list("user_id", "conversation_id", "role", "conversation__group__closed_at")
    return {(user_id, group_id): Right(ROLES[role], at is not None) for user_id, group_id, role, at in rows}


def _of_pairs(pairs: Collection[Pair]) -> QuerySet[Member]:
    """Each looked up by the index: those of all these people in all these conversations may be many more."""
    users, conversations = [user for user, _ in pairs], [conversation for _, conversation in pairs]
    if connection.vendor != "postgresql":
        wanted = TupleIn(Tuple("user_id", "conversation_id"), list(pairs))
        return Member.objects.filter(wanted)
    sql = (
        f'SELECT member.id FROM unnest(%s::bigint[], %s::bigint[]) AS wanted("user", "conversation")'
        f' JOIN "{Member._meta.db_table}" AS member'
        ' ON member.user_id = wanted."user" AND member.conversation_id = wanted."conversation"'
    )
    return Member.objects.filter(pk__in=RawSQL(sql, [users, conversations]))


def _memberships() -> QuerySet[Member]:
    of_open = Member.objects.filter(conversation__group__closed_at=None)
    return of_open.select_related("conversation__group__announced_by", "conversation__direct")


def members_of(group_id: int, *, name: str = "") -> QuerySet[Member]:
    """The owner, managers, then the others by joining; with `name`, those whose name begins like that."""
    found = Member.objects.filter(conversation_id=group_id).select_related("user").order_by("role", "pk")
    return found.filter(user__display_name__istartswith=name) if name else found


class Place(NamedTuple):
    """In a list of members: the last one that was shown."""

    role: int
    member_id: int


def members_after(group_id: int, place: Place | None, *, most: int, name: str = "") -> list[Member]:
    """At most `most` members behind `place`. One query by the index of the order, however many there are."""
    found = members_of(group_id, name=name)
    if place:
        behind = Q(role=place.role, pk__gt=place.member_id) | Q(role__gt=place.role)
        # The first condition says no more than the second one: it tells the database where in the index to begin.
        found = found.filter(role__gte=place.role).filter(behind)
    return list(found[:most])


def open_groups(group_ids: Collection[int]) -> dict[int, Group]:
    """By id, without those that were dissolved. One query."""
    found = Group.objects.filter(pk__in=group_ids, closed_at=None).select_related("announced_by")
    return {group.pk: group for group in found}


def direct_chats(direct_ids: Collection[int]) -> dict[int, DirectChat]:
    """By id, with the two people. One query."""
    found = DirectChat.objects.filter(pk__in=direct_ids).select_related("low", "high")
    return {direct.pk: direct for direct in found}


def direct_between(a: int, b: int) -> DirectChat | None:
    """With the two people."""
    found = DirectChat.objects.select_related("low", "high", "conversation")
    return found.filter(low=min(a, b), high=max(a, b)).first()


class Ends(NamedTuple):
    """Of a direct chat: who is in it, who asked for it and waits, and whether the other one declined."""

    low: int
    high: int
    requested_by: int | None
    declined: bool

    def other_than(self, user_id: int) -> int:
        return self.high if user_id == self.low else self.low


def ends_of(direct_ids: Collection[int]) -> dict[int, Ends]:
    """By id. One query."""
    rows = DirectChat.objects.filter(pk__in=direct_ids)
    columns = ("pk", "low_id", "high_id", "requested_by_id", "declined_at")
    return {pk: Ends(low, high, by, at is not None) for pk, low, high, by, at in rows.values_list(*columns)}


def direct_members(direct_ids: Collection[int]) -> list[Member]:
    """Both members of each, with their conversation, the direct chat and both people. One query."""
    people = ("conversation__direct__low", "conversation__direct__high")
    return list(Member.objects.filter(conversation_id__in=direct_ids).select_related(*people))


def is_member(*, user_id: int, conversation_id: int) -> bool:
    return Member.objects.filter(user_id=user_id, conversation_id=conversation_id).exists()


def staff_of(group_ids: Collection[int]) -> dict[int, list[Member]]:
    """The owner and the managers by group, the owner first. One query."""
    staff: dict[int, list[Member]] = {group_id: [] for group_id in group_ids}
    found = Member.objects.filter(conversation_id__in=staff, role__lte=Member.Role.MANAGER)
    for member in found.select_related("user").order_by("role", "user_id"):
        staff[member.conversation_id].append(member)
    return staff


def listeners_of(conversation_ids: Collection[int], *, most: int) -> list[tuple[int, int, int]]:
    """(conversation id, user id, joined_seq) of all members of direct chats, and of groups with at most `most`."""
    small = Q(conversation__group=None) | Q(conversation__group__member_count__lte=most)
    found = Member.objects.filter(small, conversation_id__in=conversation_ids)
    return list(found.values_list("conversation_id", "user_id", "joined_seq"))


# What they see


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
        "closed_at": _ms(group.closed_at),
        "version": group.version,
    }


def group_brief(group: Group) -> GroupBrief:
    return {"id": group.pk, "title": group.title, "picture": picture_url(group), "version": group.version}


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
        "pinned_at": _ms(member.pinned_at),
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


def invite_card(invite: Invite, *, at: datetime) -> InviteCard:
    in_time = invite.expires_at is None or invite.expires_at > at
    unused = invite.max_uses is None or invite.uses < invite.max_uses
    return {
        "id": invite.pk,
        "code": invite.code,
        "created_by": card(invite.created_by),
        "created_at": to_ms(invite.created_at),
        "expires_at": _ms(invite.expires_at),
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "alive": invite.revoked_at is None and in_time and unused,
    }


def join_request_card(request: JoinRequest) -> JoinRequestCard:
    return {
        "id": request.pk,
        "user": card(request.user),
        "answer": request.answer,
        "state": cast(JoinRequestState, request.state),
        "asked_at": to_ms(request.asked_at),
    }


def group_detail(member: Member) -> GroupDetail:
    """Of a member as `group_member` finds it. One query."""
    group = member.conversation.group
    return {
        "group": group_card(group),
        "members": {"count": group.member_count, "version": group.version},
        "membership": membership_card(member),
    }


def unread_of(member: Member, *, last_seq: int) -> int:
    return max(0, last_seq - max(member.read_seq, member.joined_seq))


def picture_url(group: Group) -> str | None:
    return group.picture.url if group.picture else None


# Lists of one's own


def conversations_of(user_id: int) -> list[Member]:
    """The memberships of a person, each with its group or its direct chat and both people. Two queries.

    Without groups that were dissolved, and direct chats that this person declined or in which nobody has said anything.
    """
    own = Member.objects.filter(user_id=user_id).order_by("-pk")
    in_groups = own.filter(conversation__kind=Conversation.Kind.GROUP, conversation__group__closed_at=None)
    direct = own.filter(conversation__kind=Conversation.Kind.DM).exclude(_out_of_sight(user_id))
    people = ("conversation__direct__low", "conversation__direct__high")
    return [
        *in_groups.select_related("conversation__group")[:MOST_LISTED],
        *direct.select_related(*people)[:MOST_LISTED],
    ]


def _out_of_sight(user_id: int) -> Q:
    """Direct chats in which nobody has said anything, and those that this person declined."""
    asked = Q(conversation__direct__requested_by__isnull=False) & ~Q(conversation__direct__requested_by=user_id)
    return Q(conversation__last_seq=0) | (asked & Q(conversation__direct__declined_at__isnull=False))


def own_conversation(*, user_id: int, conversation_id: int) -> Member:
    """As one of `conversations_of`, also of a direct chat in which nobody has said anything. Raises NotFound."""
    member = member_of(user_id=user_id, conversation_id=conversation_id)
    if member.conversation.kind == Conversation.Kind.DM:
        member.conversation.direct = direct_chats([conversation_id])[conversation_id]
    return member


# Groups from outside


def preview_of(group: Group, *, user_id: int) -> GroupPreview:
    """What somebody sees of a group before joining. Two queries."""
    owner = Member.objects.select_related("user").get(conversation_id=group.pk, role=Member.Role.OWNER)
    waiting = JoinRequest.objects.filter(group=group, user_id=user_id, state=JoinRequest.State.PENDING)
    states = Group.objects.filter(pk=group.pk).annotate(
        joined=Exists(Member.objects.filter(conversation=OuterRef("pk"), user_id=user_id)), waits=Exists(waiting)
    )
    joined, waits = states.values_list("joined", "waits").get()
    return {
        "id": group.pk,
        "title": group.title,
        "picture": picture_url(group),
        "owner": card(owner.user),
        "member_count": group.member_count,
        "capacity": group.capacity,
        "join_policy": cast(JoinPolicyName, group.join_policy),
        "question": group.question,
        "joined": joined,
        "requested": waits,
    }


def group_from_outside(*, user_id: int, group_id: int) -> Group:
    """A group that this person may know of: one's own, or one that may be joined without an invite. Raises NotFound."""
    if group_id > MOST_ID:
        raise NotFound
    mine = Exists(Member.objects.filter(conversation=OuterRef("pk"), user_id=user_id))
    known = Q(mine) | ~Q(join_policy=Group.JoinPolicy.INVITE)
    group = Group.objects.filter(known, pk=group_id, closed_at=None).first()
    if group is None:
        raise NotFound
    return group


# Invites


def invite_by_code(code: str) -> Invite:
    """With its group. Raises InviteUnknown."""
    invite = Invite.objects.select_related("group").filter(code=code).first()
    if invite is None:
        raise InviteUnknown
    return invite


def open_invite(code: str, *, user_id: int, at: datetime) -> Invite:
    """For whoever looks at it; a member of the group may look at one that is over.

    Raises InviteUnknown, InviteRevoked, InviteExpired, InviteUsedUp, GroupClosed.
    """
    invite = invite_by_code(code)
    if invite.group.closed_at is not None:
        raise GroupClosed
    if not is_member(user_id=user_id, conversation_id=invite.group_id):
        check_invite(invite, at=at)
    return invite


def check_invite(invite: Invite, *, at: datetime) -> None:
    """Raises InviteRevoked, InviteExpired, InviteUsedUp for one that lets nobody in at that moment."""
    if invite.revoked_at is not None:
        raise InviteRevoked
    if invite.expires_at is not None and invite.expires_at <= at:
        raise InviteExpired
    if invite.max_uses is not None and invite.uses >= invite.max_uses:
        raise InviteUsedUp


def invites_of(group_id: int) -> QuerySet[Invite]:
    """Those that nobody has revoked, newest first."""
    return Invite.objects.filter(group_id=group_id, revoked_at=None).select_related("created_by").order_by("-pk")


def alive_invites(group_id: int, *, at: datetime) -> QuerySet[Invite]:
    """Those that let people in at that moment, newest first."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=at)
    unused = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    return Invite.objects.filter(in_time, unused, group_id=group_id, revoked_at=None).order_by("-pk")


def waiting_requests(group_id: int) -> QuerySet[JoinRequest]:
    """Those that nobody has decided yet."""
    return JoinRequest.objects.filter(group_id=group_id, state=JoinRequest.State.PENDING).select_related("user")


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)
