"""Groups, and what is seen of them from outside."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.db.models import Exists, OuterRef, Q

from chat.conversations.cards import GroupPreview, JoinPolicyName
from chat.conversations.models import Group, JoinRequest, Member
from chat.conversations.selectors.shown import picture_url
from community.accounts.selectors import card
from project.kernel.errors import NotFound
from project.kernel.ids import MOST_ID


def open_groups(group_ids: Collection[int]) -> dict[int, Group]:
    """By id, without those that were dissolved. One query."""
    found = Group.objects.filter(pk__in=group_ids, closed_at=None).select_related("announced_by")
    return {group.pk: group for group in found}


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
