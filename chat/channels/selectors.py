"""What is shown of groups and direct chats: everything joined. However many ask at once, the same few queries."""

from __future__ import annotations

from collections.abc import Collection

from chat.channels.cards import ConversationList, DirectSnapshot, GroupSnapshot, Listed
from chat.conversations import selectors as conversations
from chat.conversations.cards import MembershipCard
from chat.conversations.models import Conversation, Group, Member
from chat.conversations.selectors import Pair
from chat.messages.cards import ChatRules, MessageCard
from chat.messages.selectors import last_of, latest_of
from chat.messages.text import MAX_TEXT_LENGTH
from community.social.visibility import may_see_presence

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


def conversation_list(user_id: int) -> ConversationList:
    """All that a person is in: two queries, and one for what was said last, however many they are."""
    members = conversations.conversations_of(user_id)
    last = last_of([member.conversation_id for member in members])
    found = sorted((_listed(member, last.get(member.conversation_id)) for member in members), key=_place, reverse=True)
    requests = [one for one in found if _is_request(one)]
    accepted = [one for one in found if not _is_request(one)]
    unread = sum(one["unread"] for one in accepted if not one["membership"]["muted"])
    return {"conversations": accepted, "requests": requests, "unread": unread}


def listed(*, user_id: int, conversation_id: int) -> Listed:
    """One conversation as in the list. Raises NotFound."""
    member = conversations.own_conversation(user_id=user_id, conversation_id=conversation_id)
    return _listed(member, last_of([conversation_id]).get(conversation_id))


def _listed(member: Member, last: MessageCard | None) -> Listed:
    conversation = member.conversation
    is_group = conversation.kind == Conversation.Kind.GROUP
    group = conversation.group if is_group else None
    direct = None if is_group else conversation.direct
    if group and group.history != Group.History.ALL and last and last["seq"] <= member.joined_seq:
        last = None
    # As new as the message beside it, which was looked up later.
    last_seq = max(conversation.last_seq, last["seq"] if last else 0)
    return {
        **conversations.conversation_card(member, group=group, direct=direct, last_seq=last_seq),
        "last_message": last,
        "unread": conversations.unread_of(member, last_seq=last_seq),
    }


def _is_request(one: Listed) -> bool:
    return one["dm"] is not None and one["dm"]["request"] == "received"


def _place(one: Listed) -> tuple[int, int, int]:
    """Where it stands in the list: the greatest is first."""
    said_at = one["last_message"]["at"] if one["last_message"] else 0
    return one["membership"]["pinned_at"] or 0, max(said_at, one["membership"]["joined_at"]), one["membership"]["id"]


def sees_peer(*, user_id: int, direct_id: int) -> bool:
    """Whether the person may see that the other one of a direct chat is there. Two queries."""
    ends = conversations.ends_of([direct_id]).get(direct_id)
    if ends is None or user_id not in (ends.low, ends.high):
        return False
    return may_see_presence(viewer_id=user_id, person_id=ends.other_than(user_id))


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
