"""What a person reads in the inbox. The server tells what happened; the client writes the sentence."""

from __future__ import annotations

from typing import Literal, TypedDict

from community.accounts.selectors import Card

# The one table of kinds: whoever adds one here also gives the client its sentence.
NoticeKind = Literal[
    "follow",
    "friend_request",
    "friend_accepted",
    "show_live",
    "order",
    "case",
    "coupon",
    "mention",
    "group_request",
    "sanction",
    "report",
    "held",
    "stock",
    "appeal",
]


class InboxCard(TypedDict):
    """`unread` of all notices. One with a smaller `version` is older."""

    unread: int
    version: int


class NoticeTitle(TypedDict):
    zh: str
    en: str


class NoticeCard(TypedDict):
    """`seq` orders an inbox; a notice that gets news moves up by a new one, and a card with a smaller `seq` is older.

    `people`: the last few of `count` who did it. `about`: what it leads to, `show:7`, `order:<number>`, `coupon:3`, and
    `title` what that is called. `text`: what somebody wrote. `word`: which of several things of its kind (`shipped`).
    """

    id: int
    seq: int
    kind: NoticeKind
    people: list[Card]
    count: int
    about: str
    title: NoticeTitle | None
    text: str
    word: str
    until: int | None
    at: int
    read: bool
