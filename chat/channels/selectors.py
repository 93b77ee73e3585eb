"""What is shown of groups and direct chats: everything joined. However many ask at once, the same few queries."""

from __future__ import annotations

from collections.abc import Collection

from chat.channels.cards import DirectSnapshot, GroupSnapshot
from chat.conversations import selectors as conversations
from chat.conversations.cards import MembershipCard
from chat.conversations.models import Group, Member
from chat.conversations.selectors import Pair
from chat.messages.cards import ChatRules, MessageCard
from chat.messages.selectors import latest_of
from chat.messages.text import MAX_TEXT_LENGTH

MOST_MESSAGES = 50


def group_snapshots(pairs: Collection[Pair]) -> dict[Pair, GroupSnapshot]:
    """What each person sees of a group; without those who are not in it. Four queries.

    The group is read before all that has its version: whatever has one up to it is then in what is read after it.
    """
    members = conversations.memberships_of(pairs)
    groups = conversations.open_groups({group_id for _, group_id in members})
    staff = conversations.staff_of(groups)
    cards = {group_id: conversations.group_card(group, staff[group_id]) for group_id, group in groups.items()}
    messages = latest_of(groups, MOST_MESSAGES)
    found: dict[Pair, GroupSnapshot] = {}
    for pair, member in members.items():
        group = groups.get(member.conversation_id)
        if group is None:
            continue
        seen = readable(messages[group.pk], member, group)
        last_seq = _last_seq(messages[group.pk])
        found[pair] = {
            "group": cards[group.pk],
            "members": {"count": group.member_count, "version": group.version},
            "membership": _membership(member, seen),
            "messages": seen,
            "last_seq": last_seq,
            "chat": _rules(),
        }
    return found


def direct_snapshots(pairs: Collection[Pair]) -> dict[Pair, DirectSnapshot]:
    """What each person sees of a direct chat; without those who are not in it. Three queries."""
    members = conversations.memberships_of(pairs)
    chats = conversations.direct_chats({direct_id for _, direct_id in members})
    cards = {direct_id: conversations.direct_card(direct) for direct_id, direct in chats.items()}
    messages = latest_of(chats, MOST_MESSAGES)
    return {
        pair: {
            "dm": cards[member.conversation_id],
            "membership": _membership(member, messages[member.conversation_id]),
            "messages": messages[member.conversation_id],
            "last_seq": _last_seq(messages[member.conversation_id]),
            "chat": _rules(),
        }
        for pair, member in members.items()
        if member.conversation_id in chats
    }


def readable(messages: list[MessageCard], member: Member, group: Group) -> list[MessageCard]:
    """Those that the member may read."""
    if group.history == Group.History.ALL:
        return messages
    return [message for message in messages if message["seq"] > member.joined_seq]


def _membership(member: Member, messages: list[MessageCard]) -> MembershipCard:
    """With one's own messages read, also those that were sent after the row was looked up."""
    own = [message["seq"] for message in messages if message["author"]["id"] == member.user_id]
    return {**conversations.membership_card(member), "read_seq": max([member.read_seq, *own])}


def _last_seq(messages: list[MessageCard]) -> int:
    return messages[-1]["seq"] if messages else 0


def _rules() -> ChatRules:
    return {"max_length": MAX_TEXT_LENGTH, "slow_mode_secs": 0}
