"""Lists of one's own."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, Q, Subquery, Sum
from django.db.models.functions import Greatest

from chat.conversations.models import Conversation, Group, Member
from chat.conversations.selectors.direct import direct_chats
from chat.conversations.selectors.members import member_of

# Of one person, the latest joined.
MOST_LISTED = 2000


def conversations_of(user_id: int, **looked_up: Subquery) -> list[Member]:
    """The memberships of a person, each with its group or its direct chat and both people, and with what is `looked_up`
    for it. Two queries.

    Without groups that were dissolved, and direct chats that this person declined or in which nobody has said anything.
    """
    own = Member.objects.filter(user_id=user_id).annotate(**looked_up).order_by("-pk")
    in_groups = own.filter(conversation__kind=Conversation.Kind.GROUP, conversation__group__closed_at=None)
    direct = own.filter(conversation__kind=Conversation.Kind.DM).exclude(_out_of_sight(user_id))
    people = ("conversation__direct__low", "conversation__direct__high")
    return [
        *in_groups.select_related("conversation__group")[:MOST_LISTED],
        *direct.select_related(*people)[:MOST_LISTED],
    ]


def groups_run_by(user_id: int) -> list[Group]:
    """Groups that the person owns or manages, the latest joined first. One query."""
    own = Member.objects.filter(user_id=user_id, role__lte=Member.Role.MANAGER, conversation__group__closed_at=None)
    return [member.conversation.group for member in own.select_related("conversation__group").order_by("-pk")]


def _out_of_sight(user_id: int) -> Q:
    """Direct chats in which nobody has said anything, and those that this person declined."""
    asked = Q(conversation__direct__requested_by__isnull=False) & ~Q(conversation__direct__requested_by=user_id)
    return Q(conversation__last_seq=0) | (asked & Q(conversation__direct__declined_at__isnull=False))


def unread_totals(user_ids: Collection[int]) -> dict[int, int]:
    """What is unread by user id: all but what is muted, and requests. Who has nothing is left out. One query."""
    open_group = Q(conversation__group__closed_at=None)
    let_in = Q(conversation__direct__requested_by=None) | Q(conversation__direct__requested_by=F("user"))
    unread = F("conversation__last_seq") - Greatest("read_seq", "joined_seq")
    found = Member.objects.filter(open_group, let_in, user__in=user_ids, muted=False)
    found = found.filter(conversation__last_seq__gt=Greatest("read_seq", "joined_seq"))
    sums = found.values_list("user_id").annotate(unread=Sum(unread))
    # PostgreSQL adds up whole numbers to decimal ones.
    return {user_id: int(total) for user_id, total in sums}


def own_conversation(*, user_id: int, conversation_id: int) -> Member:
    """As one of `conversations_of`, also of a direct chat in which nobody has said anything. Raises NotFound."""
    member = member_of(user_id=user_id, conversation_id=conversation_id)
    if member.conversation.kind == Conversation.Kind.DM:
        member.conversation.direct = direct_chats([conversation_id])[conversation_id]
    return member


def last_changes(conversation_ids: Collection[int]) -> dict[int, int]:
    """The number of the last change in each. One query."""
    return dict(Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", "last_change"))
