"""Direct chats."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from chat.conversations.models import DirectChat, Member


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
