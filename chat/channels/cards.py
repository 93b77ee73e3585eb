"""What is shown to whoever enters a group or a direct chat. Times in ms since the epoch."""

from __future__ import annotations

from typing import TypedDict

from chat.conversations.cards import DirectCard, GroupCard, MembersCount, MembershipCard
from chat.messages.cards import ChatRules, MessageCard


class GroupSnapshot(TypedDict):
    """`messages`: the last ones that one may read, the newest last; who is the owner or a manager stands in `group`.

    One's own messages move `membership.read_seq` up to their `seq`.
    """

    group: GroupCard
    members: MembersCount
    membership: MembershipCard
    messages: list[MessageCard]
    last_seq: int
    chat: ChatRules


class DirectSnapshot(TypedDict):
    """As `GroupSnapshot`, of a direct chat."""

    dm: DirectCard
    membership: MembershipCard
    messages: list[MessageCard]
    last_seq: int
    chat: ChatRules
