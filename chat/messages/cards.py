"""What others see of a message."""

from __future__ import annotations

from typing import Literal, TypedDict

from community.accounts.selectors import Card

RoomRole = Literal["host", "moderator"]


class AuthorCard(Card):
    """`role` is what the author is in this room."""

    role: RoomRole | None


class MessageCard(TypedDict):
    """Messages order by `seq`. `key` is the author's own name for it: a repeated send is the same message."""

    id: int
    seq: int
    author: AuthorCard
    text: str
    key: str
    at: int


class ChatRules(TypedDict):
    max_length: int
    slow_mode_secs: int


class SendReply(TypedDict):
    message: MessageCard
