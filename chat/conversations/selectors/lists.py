"""Lists of one's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest

from chat.conversations.cards import ConversationCard
from chat.conversations.models import Conversation, Group, Member
from chat.conversations.selectors.direct import direct_chats
from chat.conversations.selectors.members import WELCOME, member_of
from chat.conversations.selectors.shown import (
    MEMBERSHIP,
    conversation_card,
    direct_channel,
    group_brief_from,
    group_channel,
    membership_card_from,
    request_from,
)
from community.accounts.selectors import card_from

# Of one person, the latest joined.
MOST_LISTED = 2000


class Own(NamedTuple):
    """A conversation as one of its members has it; messages up to `since` are not for this member's eyes."""

    id: int
    card: ConversationCard
    since: int


# Columns, as there are hundreds of rows: models of the membership, its conversation and group or people take Django
# several times as long.
_SHARED = ("looked_up", "conversation_id", "conversation__last_seq", *MEMBERSHIP)
_GROUP = tuple(f"conversation__group__{name}" for name in ("history", "title", "picture", "version"))
_DIRECT = tuple(f"conversation__direct__{name}" for name in ("requested_by_id", "declined_at", "version"))
_PEOPLE = tuple(
    f"conversation__direct__{end}{name}" for end in ("low", "high") for name in ("_id", "__display_name", "__avatar")
)


def group_rows(user_id: int, looked_up: Subquery) -> QuerySet[Member, tuple[Any, ...]]:
    """Of the groups that a person is in, what is `looked_up` and what `own_group` takes; without those that were
    dissolved, and those that the person is kept out of for now.
    """
    own = Member.objects.filter(user_id=user_id, conversation__kind=Conversation.Kind.GROUP)
    own = own.filter(WELCOME, conversation__group__closed_at=None).annotate(looked_up=looked_up).order_by("-pk")
    return own.values_list(*_SHARED, *_GROUP)[:MOST_LISTED]


def direct_rows(user_id: int, looked_up: Subquery) -> QuerySet[Member, tuple[Any, ...]]:
    """Of direct chats, what is `looked_up` and what `own_direct` takes; without those that this person declined or in
    which nobody has said anything.
    """
    own = Member.objects.filter(user_id=user_id, conversation__kind=Conversation.Kind.DM)
    own = own.exclude(_out_of_sight(user_id)).annotate(looked_up=looked_up).order_by("-pk")
    return own.values_list(*_SHARED, *_DIRECT, *_PEOPLE)[:MOST_LISTED]


def own_group(id: int, last_seq: int, *columns: Any) -> Own:
    membership = membership_card_from(*columns[: len(MEMBERSHIP)])
    history, *brief = columns[len(MEMBERSHIP) :]
    card: ConversationCard = {
        "channel": group_channel(id),
        "group": group_brief_from(id, *brief),
        "dm": None,
        "membership": membership,
        "last_seq": last_seq,
    }
    return Own(id, card, 0 if history == Group.History.ALL else membership["joined_seq"])


def own_direct(user_id: int, id: int, last_seq: int, *columns: Any) -> Own:
    requested_by, declined_at, version, *people = columns[len(MEMBERSHIP) :]
    low, high = people[:3], people[3:]
    peer = card_from(*(high if low[0] == user_id else low))
    request = request_from(requested_by, declined=declined_at is not None, seen_by=user_id)
    card: ConversationCard = {
        "channel": direct_channel(id),
        "group": None,
        "dm": {"id": id, "peer": peer, "request": request, "version": version},
        "membership": membership_card_from(*columns[: len(MEMBERSHIP)]),
        "last_seq": last_seq,
    }
    return Own(id, card, 0)


def own_of(member: Member) -> Own:
    """The same of a membership as `own_conversation` finds it."""
    conversation = member.conversation
    if conversation.kind != Conversation.Kind.GROUP:
        direct = conversation_card(member, direct=conversation.direct, last_seq=conversation.last_seq)
        return Own(conversation.pk, direct, 0)
    group = conversation.group
    card = conversation_card(member, group=group, last_seq=conversation.last_seq)
    return Own(conversation.pk, card, 0 if group.history == Group.History.ALL else member.joined_seq)


def groups_run_by(user_id: int) -> list[Group]:
    """Groups that the person owns or manages, the latest joined first. One query."""
    own = Member.objects.filter(user_id=user_id, role__lte=Member.Role.MANAGER, conversation__group__closed_at=None)
    own = own.filter(WELCOME)
    return [member.conversation.group for member in own.select_related("conversation__group").order_by("-pk")]


def _out_of_sight(user_id: int) -> Q:
    """Direct chats in which nobody has said anything, and those that this person declined."""
    asked = Q(conversation__direct__requested_by__isnull=False) & ~Q(conversation__direct__requested_by=user_id)
    return Q(conversation__last_seq=0) | (asked & Q(conversation__direct__declined_at__isnull=False))


def unread_totals(user_ids: Collection[int]) -> dict[int, int]:
    """What is unread by user id: all but what is muted, requests, and groups that one is kept out of. Who has nothing
    is left out. One query.
    """
    open_group = Q(conversation__group__closed_at=None)
    let_in = Q(conversation__direct__requested_by=None) | Q(conversation__direct__requested_by=F("user"))
    unread = F("conversation__last_seq") - Greatest("read_seq", "joined_seq")
    found = Member.objects.filter(open_group, let_in, WELCOME, user__in=user_ids, muted=False)
    found = found.filter(conversation__last_seq__gt=Greatest("read_seq", "joined_seq"))
    sums = found.values_list("user_id").annotate(unread=Sum(unread))
    # PostgreSQL adds up whole numbers to decimal ones.
    return {user_id: int(total) for user_id, total in sums}


def own_conversation(*, user_id: int, conversation_id: int) -> Member:
    """With all that its card shows, also of a direct chat in which nobody has said anything. Raises NotFound."""
    member = member_of(user_id=user_id, conversation_id=conversation_id)
    if member.conversation.kind == Conversation.Kind.DM:
        member.conversation.direct = direct_chats([conversation_id])[conversation_id]
    return member


def last_changes(conversation_ids: Collection[int]) -> dict[int, int]:
    """The number of the last change in each. One query."""
    return dict(Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", "last_change"))
