"""What is shown to whoever enters a group or a direct chat. Times in ms since the epoch."""

from __future__ import annotations

from typing import TypedDict

from chat.conversations.cards import (
    ConversationCard,
    DirectCard,
    GroupCard,
    MembersCount,
    MembershipCard,
    ReadCard,
)
from chat.messages.cards import Changes, ChatRules, MessageCard
from chat.search.cards import Found
from community.moderation.cards import RoomRules


class Listed(ConversationCard):
    """A conversation in the list of one of its members; `last_message` is the last one that this person may read.

    `mentions`: the numbers of the unread messages that mention this person, ascending, the first 99.
    """

    last_message: MessageCard | None
    unread: int
    mentions: list[int]


class ConversationList(TypedDict):
    """The pinned ones first, then by what was said last. `unread` counts no `requests`, and of what is muted the
    mentions alone.
    """

    conversations: list[Listed]
    requests: list[Listed]
    unread: int


class MentionPage(TypedDict):
    """Messages that mention one, the newest first. `next`: the `before` of the next page, or null at the end."""

    mentions: list[Found]
    next: int | None


class Page(TypedDict):
    """`messages`: the newest last. `reacted`: one's own reactions to them, by message id."""

    messages: list[MessageCard]
    reacted: dict[str, list[str]]


class ChangesPage(Changes):
    reacted: dict[str, list[str]]


class ReadReply(TypedDict):
    membership: MembershipCard


class GroupSnapshot(TypedDict):
    """`messages`: the last ones that one may read, the newest last; who is the owner or a manager stands in `group`.

    One's own messages move `membership.read_seq` up to their `seq`. `reacted`: one's own reactions to `messages`, by
    message id. `last_change`: all that is newer is in the channel's events. `reads`: what each member has read, in
    ascending order of user; null where there are more than 50. What is told of it afterwards is not kept: after a
    reconnect, this counts.
    """

    group: GroupCard
    members: MembersCount
    membership: MembershipCard
    messages: list[MessageCard]
    pinned: list[MessageCard]
    reacted: dict[str, list[str]]
    reads: list[ReadCard] | None
    last_seq: int
    last_change: int
    chat: ChatRules
    rules: RoomRules


class DirectSnapshot(TypedDict):
    """As `GroupSnapshot`, of a direct chat, where nothing can be set."""

    dm: DirectCard
    membership: MembershipCard
    messages: list[MessageCard]
    pinned: list[MessageCard]
    reacted: dict[str, list[str]]
    last_seq: int
    last_change: int
    chat: ChatRules
