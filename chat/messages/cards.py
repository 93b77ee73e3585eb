"""What others see of a message."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from chat.conversations.cards import LineWord
from chat.files.cards import FileCard
from community.accounts.selectors import Card

RoomRole = Literal["host", "moderator"]


class AuthorCard(Card):
    """`role` is what the author is in this room."""

    role: RoomRole | None


# What one may react with, in the order of the menu.
Emoji = Literal["👍", "❤️", "😂", "🎉", "😮", "😢", "🔥", "👏", "🙏", "💯", "👀", "✅"]


class Mention(TypedDict):
    """Somebody is mentioned, everybody where `user` is null: in the text from `start` on, in UTF-16 code units."""

    user: int | None
    start: int
    length: int


class Wordings(TypedDict):
    """A text in both languages."""

    zh: str
    en: str


class ShareCard(TypedDict):
    """Something that somebody shows, as it was then: `about` (`product:12`) is where to look for how it is now.

    `amount` in minor units of `currency`.
    """

    about: str
    title: Wordings
    picture: str | None
    amount: int | None
    currency: str | None


class LineCard(TypedDict):
    """What the group says by itself: the message's author has done it, to these `people` if to any."""

    what: LineWord
    people: list[Card]
    title: str


class PreviewCard(TypedDict):
    """What a page says of itself: text, empty where it says nothing."""

    url: str
    title: str
    text: str
    site: str


# What a message may be beside its text.
Attached = Literal["file", "image", "card", "line"]


class Quote(TypedDict):
    """The message that is replied to, in its `version`: the beginning of its text, empty once it is gone."""

    seq: int
    author: Card
    text: str
    recalled: bool
    version: int
    attached: NotRequired[Attached]


class MessageCard(TypedDict):
    """Messages order by `seq`. `key` is the author's own name for it: a repeated send is the same message.

    A smaller `version` is older; without one it is 1. `change` is the number of its last change among all of the
    conversation's. `recalled`: nobody sees its text any more. `hidden`: moderators keep it out of sight; it may come
    back; it is to be shown to nobody, nor that there is one. `reactions`: how many, by emoji. `mentions`: in the order
    of the text; what looks like one and is not among them is text.
    """

    id: int
    seq: int
    author: AuthorCard
    text: str
    key: str
    at: int
    change: int
    version: NotRequired[int]
    reply: NotRequired[Quote]
    reactions: NotRequired[dict[str, int]]
    mentions: NotRequired[list[Mention]]
    file: NotRequired[FileCard]
    card: NotRequired[ShareCard]
    line: NotRequired[LineCard]
    preview: NotRequired[PreviewCard]
    edited_at: NotRequired[int]
    pinned_at: NotRequired[int]
    recalled: NotRequired[bool]
    hidden: NotRequired[bool]


class ChatRules(TypedDict):
    max_length: int
    slow_mode_secs: int


class SendReply(TypedDict):
    message: MessageCard


class Changes(TypedDict):
    """Messages that are new or have changed, in the order of their last change. `more`: ask again from the last one."""

    messages: list[MessageCard]
    more: bool
