"""What members see of a group or a direct chat, and of their own place in it. Times in ms since the epoch."""

from __future__ import annotations

from typing import Literal, TypedDict

from community.accounts.selectors import Card

MemberRole = Literal["owner", "manager", "member"]
JoinPolicyName = Literal["open", "approval", "question", "invite"]
MentionAllName = Literal["managers", "everyone"]
HistoryName = Literal["all", "since_joining"]
JoinRequestState = Literal["pending", "accepted", "declined", "withdrawn"]
# What a group says by itself.
LineWord = Literal["joined", "left", "removed", "renamed", "announced", "appointed", "dismissed", "transferred"]
DirectRequest = Literal["none", "sent", "received", "declined"]


class Announcement(TypedDict):
    text: str
    by: Card | None
    at: int


class GroupCard(TypedDict):
    """A group as its members see it; an older `version` is to be ignored. `managers`: their user ids, ascending."""

    id: int
    title: str
    picture: str | None
    announcement: Announcement | None
    join_policy: JoinPolicyName
    question: str
    mention_all: MentionAllName
    history: HistoryName
    capacity: int
    owner: Card
    managers: list[int]
    closed_at: int | None
    version: int


class MembersCount(TypedDict):
    """An older `version` is to be ignored; it comes from the same counter as the group's."""

    count: int
    version: int


class DirectCard(TypedDict):
    """A direct chat as both see it. `requested_by`: who asked for it, until the other one has accepted."""

    id: int
    people: list[Card]
    requested_by: int | None
    version: int


class MembershipCard(TypedDict):
    """One's own place in a conversation. A smaller `id`, and with the same id a smaller `version`, is older.

    `read_seq` only grows; one's own messages count as read. `pinned_at` is null for what is not pinned.
    """

    id: int
    role: MemberRole
    joined_at: int
    joined_seq: int
    read_seq: int
    muted: bool
    pinned_at: int | None
    version: int


class ReadCard(TypedDict):
    """Up to which message a member has read. A smaller `membership` of the same user is older; `seq` only grows."""

    user: int
    membership: int
    seq: int


class GroupBrief(TypedDict):
    """A group in a list."""

    id: int
    title: str
    picture: str | None
    version: int


class DirectBrief(TypedDict):
    """A direct chat in the list of one of the two. `request`: `sent` and `received` ones are not accepted yet, and one
    that this person has `declined` does not belong into the list.
    """

    id: int
    peer: Card
    request: DirectRequest
    version: int


class ConversationCard(TypedDict):
    """A conversation in the list of one of its members: a group or a direct chat."""

    channel: str
    group: GroupBrief | None
    dm: DirectBrief | None
    membership: MembershipCard
    last_seq: int


class GroupDetail(TypedDict):
    """A group as one of its members sees it."""

    group: GroupCard
    members: MembersCount
    membership: MembershipCard


class GroupPreview(TypedDict):
    """A group as those see it who are not in it yet. `requested`: they have asked to join, and wait."""

    id: int
    title: str
    picture: str | None
    owner: Card
    member_count: int
    capacity: int
    join_policy: JoinPolicyName
    question: str
    joined: bool
    requested: bool


class MemberCard(TypedDict):
    """A member in the list of all members. `id` is the membership's."""

    id: int
    user: Card
    role: MemberRole
    joined_at: int


class InviteCard(TypedDict):
    """An invite as those see it who run the group. `alive`: it lets people in now."""

    id: int
    code: str
    created_by: Card
    created_at: int
    expires_at: int | None
    max_uses: int | None
    uses: int
    alive: bool


class JoinRequestCard(TypedDict):
    id: int
    user: Card
    answer: str
    state: JoinRequestState
    asked_at: int
