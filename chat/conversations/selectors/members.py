"""Who is in a group or a direct chat."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleIn
from django.db.models.functions import Cast, Concat

from chat.conversations.cards import MemberRole, ReadCard
from chat.conversations.models import Conversation, Group, Member
from community.moderation.errors import Banned
from community.moderation.selectors.standing import kept_out
from project.kernel.errors import Forbidden, NotFound
from project.kernel.ids import MOST_ID

# Conversations of one person that are searched, the latest joined.
MOST_READ = 2000
# (user id, conversation id)
Pair = tuple[int, int]
ROLES: dict[int, MemberRole] = {
    Member.Role.OWNER: "owner",
    Member.Role.MANAGER: "manager",
    Member.Role.MEMBER: "member",
}


def shut_out(user: Combinable, conversation: Combinable) -> Exists:
    """For a query: whether a ban or a kick keeps somebody out of a group, by its id, or out of everywhere.

    Both are values, or columns outside. The membership stays: when it is over, all is as it was.
    """
    return kept_out(user=user, channel=Concat(Value("group:"), Cast(conversation, TextField())))


# For a query of memberships: those in which nothing keeps the person out.
WELCOME = Q(conversation__group=None) | ~Q(shut_out(OuterRef("user_id"), OuterRef("conversation_id")))


def member_of(
    *, user_id: int, conversation_id: int, kind: Conversation.Kind | None = None, even_banned: bool = False
) -> Member:
    """The person's own membership, with its conversation, and the group or direct chat that is open.

    One query. Raises NotFound for whoever is not in it, and for a group that was dissolved; Banned for whoever is kept
    out of a group.
    """
    if conversation_id > MOST_ID:
        raise NotFound
    own = _memberships().filter(user_id=user_id, conversation_id=conversation_id)
    for member in own.annotate(is_welcome=WELCOME):
        if kind is None or member.conversation.kind == kind:
            if not (member.is_welcome or even_banned):
                raise Banned
            return member
    raise NotFound


def group_member(*, user_id: int, group_id: int, even_banned: bool = False) -> Member:
    """As `member_of`, for a group: `member.conversation.group`."""
    kind = Conversation.Kind.GROUP
    return member_of(user_id=user_id, conversation_id=group_id, kind=kind, even_banned=even_banned)


def managing_member(*, user_id: int, group_id: int) -> Member:
    """The membership of the owner or a manager. Raises NotFound for others than members, Banned, Forbidden
    for mere members.
    """
    member = group_member(user_id=user_id, group_id=group_id)
    if member.role > Member.Role.MANAGER:
        raise Forbidden
    return member


def is_member(*, user_id: int, conversation_id: int) -> bool:
    return Member.objects.filter(user_id=user_id, conversation_id=conversation_id).exists()


def memberships_of(pairs: Collection[Pair]) -> dict[Pair, Member]:
    """Memberships by (user id, conversation id); those that are not are missing. One query."""
    return {(member.user_id, member.conversation_id): member for member in _of_pairs(pairs)}


def open_memberships(pairs: Collection[Pair]) -> dict[Pair, Member]:
    """As `memberships_of`, each with its conversation and the group that it is, if it is one that was not dissolved.

    One query.
    """
    found = _of_pairs(pairs).filter(conversation__group__closed_at=None).select_related("conversation__group")
    return {(member.user_id, member.conversation_id): member for member in found}


def _memberships() -> QuerySet[Member]:
    of_open = Member.objects.filter(conversation__group__closed_at=None)
    return of_open.select_related("conversation__group__announced_by", "conversation__direct")


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


class Right(NamedTuple):
    """What a member of a group may do there."""

    role: MemberRole
    closed: bool
    # Messages up to this number are not for this member's eyes.
    since: int
    # Whether this member may mention everybody.
    mentions_all: bool


def rights_in_groups(pairs: Collection[Pair]) -> dict[Pair, Right]:
    """By (user id, group id); those who are not in it are missing. One query."""
    asked = ("user_id", "conversation_id", "role", "conversation__group__closed_at", "joined_seq")
    rows = _of_pairs(pairs).values_list(*asked, "conversation__group__history", "conversation__group__mention_all")
    return {
        (user_id, group_id): Right(
            ROLES[role],
            at is not None,
            0 if history == Group.History.ALL else joined_seq,
            role <= Member.Role.MANAGER or mention_all == Group.MentionAll.EVERYONE,
        )
        for user_id, group_id, role, at, joined_seq, history, mention_all in rows
    }


def present_among(pairs: Collection[Pair]) -> set[Pair]:
    """Those of (user id, conversation id) where the person is in it. One query."""
    return set(_of_pairs(pairs).values_list("user_id", "conversation_id"))


def member_ids(group_ids: Collection[int]) -> QuerySet[Member, int]:
    """For a query: who is in any of these groups."""
    return Member.objects.filter(conversation_id__in=group_ids).values_list("user_id", flat=True)


def heard_by(asked: Collection[Pair], apart: Mapping[int, Collection[int]]) -> dict[Pair, list[int]]:
    """Who else may read in the group, of (user id, group id), without those `apart`; a pair is missing where none of
    these is in it: then all may hear. One query, none where nothing is asked.
    """
    if not asked:
        return {}
    members: dict[int, list[int]] = {}
    rows = Member.objects.filter(WELCOME, conversation_id__in={group_id for _, group_id in asked}).order_by("user_id")
    for group_id, user_id in rows.values_list("conversation_id", "user_id"):
        members.setdefault(group_id, []).append(user_id)
    found: dict[Pair, list[int]] = {}
    for user_id, group_id in asked:
        others = [one for one in members.get(group_id, []) if one != user_id]
        hearers = [one for one in others if one not in apart.get(user_id, ())]
        if len(hearers) < len(others):
            found[user_id, group_id] = hearers
    return found


def reads_in(groups: Collection[Group]) -> dict[int, list[ReadCard]]:
    """What each member has read, by group, in ascending order of user; large groups are missing. One query."""
    few = [group.pk for group in groups if group.member_count <= settings.READ_RECEIPTS_MEMBERS]
    found: dict[int, list[ReadCard]] = {group_id: [] for group_id in few}
    members = Member.objects.filter(conversation_id__in=few).order_by("user_id")
    for group_id, user_id, pk, seq in members.values_list("conversation_id", "user_id", "pk", "read_seq"):
        found[group_id].append({"user": user_id, "membership": pk, "seq": seq})
    return found


def readable_conversations(*, user_id: int, conversation_id: int | None = None) -> dict[int, int]:
    """From which number on (not included) a person may read: by conversation, of all that the person is in and not
    kept out of, or of one.

    One query; of very many, the latest joined. Raises NotFound for one that the person is not in, Banned.
    """
    own = Member.objects.filter(user_id=user_id, conversation__group__closed_at=None)
    if conversation_id is not None:
        if conversation_id > MOST_ID:
            raise NotFound
        own = own.filter(conversation_id=conversation_id)
    else:
        own = own.filter(WELCOME)
    columns = ("conversation_id", "joined_seq", "conversation__group__history", "is_welcome")
    rows = list(own.annotate(is_welcome=WELCOME).order_by("-pk").values_list(*columns)[:MOST_READ])
    if conversation_id is not None and not rows:
        raise NotFound
    if not all(is_welcome for *_, is_welcome in rows):
        raise Banned
    return {id: joined if history == Group.History.SINCE_JOINING else 0 for id, joined, history, _ in rows}


def staff_of(group_ids: Collection[int]) -> dict[int, list[Member]]:
    """The owner and the managers by group, the owner first. One query."""
    staff: dict[int, list[Member]] = {group_id: [] for group_id in group_ids}
    found = Member.objects.filter(conversation_id__in=staff, role__lte=Member.Role.MANAGER)
    for member in found.select_related("user").order_by("role", "user_id"):
        staff[member.conversation_id].append(member)
    return staff


def listeners_of(conversation_ids: Collection[int], *, most: int) -> list[tuple[int, int, int]]:
    """(conversation id, user id, joined_seq) of all members of direct chats, and of groups with at most `most`, without
    those who are kept out.
    """
    small = Q(conversation__group=None) | Q(conversation__group__member_count__lte=most)
    found = Member.objects.filter(small, WELCOME, conversation_id__in=conversation_ids)
    return list(found.values_list("conversation_id", "user_id", "joined_seq"))


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
        # As a pair, PostgreSQL begins right there in the index. SQLite gets the pair spelled out, and needs the role.
        found = found.filter(TupleGreaterThan(Tuple("role", "pk"), tuple(place)), role__gte=place.role)
    return list(found[:most])
