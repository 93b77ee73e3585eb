from dataclasses import dataclass
from typing import ClassVar, TypedDict

from chat.messages.cards import MessageCard
from community.accounts.selectors import Card
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(Event):
    """A message as it is now; an older `version` of it is to be ignored. Replies that quote it change with it."""

    message: MessageCard
    channel_to: str

    def channels(self) -> list[str]:
        return [self.channel_to]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(MessageEvent):
    """A message stands in its conversation; messages order by their `seq`."""

    type: ClassVar[str] = "chat.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(MessageEvent):
    """Its author has worded it anew."""

    type: ClassVar[str] = "chat.edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecalled(MessageEvent):
    """Its author, or whoever runs the conversation, has taken it back."""

    type: ClassVar[str] = "chat.recalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReacted(MessageEvent):
    """Somebody (`by`, a user id) reacts with the emoji, or no longer does (`added` is false)."""

    type: ClassVar[str] = "chat.reacted"

    by: int
    emoji: str
    added: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePinned(MessageEvent):
    """It stands above the conversation until it is unpinned."""

    type: ClassVar[str] = "chat.pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUnpinned(MessageEvent):
    type: ClassVar[str] = "chat.unpinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePreviewed(MessageEvent):
    """It shows what its link leads to."""

    type: ClassVar[str] = "chat.previewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHidden(MessageEvent):
    """Moderators, or as many reports as it takes, have put it out of sight."""

    type: ClassVar[str] = "chat.hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKept(Event):
    """The reader's own message as the reader goes on seeing it, whatever the channel tells of the same `version`."""

    type: ClassVar[str] = "chat.kept"

    channel: str
    message: MessageCard
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRestored(MessageEvent):
    """It is in sight again, as it was."""

    type: ClassVar[str] = "chat.restored"


class Mentioning(TypedDict):
    """A message mentions these people, by id, or everybody in its conversation."""

    message: int
    version: int
    channel: str
    conversation: int
    seq: int
    author: int
    text: str
    people: list[int]
    everybody: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMentioned(Event):
    """Messages mention people who are to be told: all those of a transaction."""

    type: ClassVar[str] = "people.mentioned"

    mentionings: list[Mentioning]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleUnmentioned(Event):
    """A message mentions these people no more."""

    type: ClassVar[str] = "people.unmentioned"

    mentioning: Mentioning


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionAdded(Event):
    """A message mentions this person; whatever has an older `version` of the message is to be ignored."""

    type: ClassVar[str] = "mention.added"

    channel: str
    seq: int
    version: int
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRemoved(Event):
    """A message mentions this person no more, or is no more to be seen; compare the `version`."""

    type: ClassVar[str] = "mention.removed"

    channel: str
    seq: int
    version: int
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Event):
    """Somebody is writing; it is so for five seconds, unless a message of theirs comes."""

    type: ClassVar[str] = "chat.typing"
    durable: ClassVar[bool] = False

    user: Card
    channel_to: str

    def channels(self) -> list[str]:
        return [self.channel_to]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingTold(Event):
    """As `chat.typing` in this `channel`, where a block keeps who writes and another member apart: those alone are told
    who may see it.
    """

    type: ClassVar[str] = "typing.told"
    durable: ClassVar[bool] = False

    channel: str
    user: Card
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
