"""Where messages may be sent: which channel has which conversation, and who may write there.

The apps above own the channels: `project/wiring.py` gives the table from channel kind to the rule of its owner.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from chat.conversations.cards import MemberRole
from chat.messages import marks
from chat.messages.cards import Mention, RoomRole
from chat.messages.memory import ShortMemory
from chat.messages.text import MAX_TEXT_LENGTH, checked, tidy_line, tidy_lines
from project.kernel.errors import DomainError, Forbidden, NotFound

REMEMBERED_SECS = 1.0


class Post(NamedTuple):
    """Somebody would like to write in a conversation."""

    author_id: int
    conversation_id: int


class Standing(NamedTuple):
    """What an author may do in a conversation: nothing, for the reason of the `refusal`, or write.

    `most_seq`: only as long as messages have numbers up to it; beyond it, `beyond` is why not. `member_role`: what the
    author is there, where that is known.
    """

    refusal: type[DomainError] | None = None
    most_seq: int | None = None
    beyond: type[DomainError] = Forbidden
    member_role: MemberRole | None = None
    # Messages up to this number are not for the author's eyes.
    since: int = 0
    # Whether the author may mention everybody, and send anything but text.
    mentions_all: bool = False
    text_only: bool = False


class Keeper(ABC):
    """Knows the members of its conversations. Its questions are asked once a batch, however many messages it has."""

    @abstractmethod
    def admit(self, posts: Collection[Post]) -> Mapping[Post, Standing]:
        """Who may write, asked under the conversations' locks; a post that is missing in the answer is NotFound."""

    def present(self, posts: Collection[Post]) -> set[Post]:
        """Those whose author is in the conversation, and may be mentioned there."""
        return set()

    def said(self, numbers: Mapping[Post, Sequence[int]]) -> None:  # noqa: B027 (where nothing follows)
        """The numbers of each author's new messages, ascending; in the transaction that keeps them."""

    def shows_typing(self, conversation_id: int) -> bool:
        """Whether they are few enough to be told who is writing."""
        return False

    def only_told(self, post: Post) -> Sequence[int] | None:
        """Who alone is told that the author is writing, by user id; None: everyone who has it open."""
        return None

    def sent(self, channel: str) -> None:  # noqa: B027 (where nobody has a list)
        """A message was committed: called on the loop of the process that it was sent to. Must not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The conversation of a channel and its posting rule, the same for everyone; where the author matters, the `keeper`
    is asked as well. `roles` by user id.
    """

    conversation_id: int
    roles: Mapping[int, RoomRole] = field(default_factory=dict)
    # Why nobody may write there now.
    refusal: type[DomainError] | None = None
    keeper: Keeper | None = None
    # Of a message. Where it may be longer than on the screen of a show, it may have several lines.
    max_length: int = MAX_TEXT_LENGTH

    def cleaned(
        self, text: str, mentions: Sequence[Mention] = (), *, may_be_empty: bool = False
    ) -> tuple[str, tuple[Mention, ...]]:
        """`text` as it may stand here, and the mentions in it. Raises TextEmpty, TextTooLong, MentionMisplaced."""
        tidy = tidy_line if self.max_length == MAX_TEXT_LENGTH else tidy_lines
        kept, found = marks.cleaned_with(text, mentions, tidy)
        if may_be_empty and not kept:
            return "", ()
        return checked(kept, most=self.max_length), found


# From the id in the channel's name to its room; raises NotFound.
Rule = Callable[[int], Room]

_rules: dict[str, Rule] = {}


def install(rules: Mapping[str, Rule]) -> None:
    """Take over the table of posting rules (`project/wiring.py`)."""
    _rules.clear()
    _rules.update(rules)


def load_room(channel: str) -> Room:
    kind, colon, id_text = channel.partition(":")
    rule = _rules.get(kind)
    if rule is None or not colon or not id_text.isascii() or not id_text.isdecimal() or len(id_text) > 18:
        raise NotFound
    if str(int(id_text)) != id_text:
        raise NotFound
    return rule(int(id_text))


_remembered = ShortMemory(load_room, secs=REMEMBERED_SECS)


async def room_of(channel: str) -> Room:
    """At most 1 s old, so that a hot room costs no query a message. Raises NotFound."""
    return await _remembered.get(channel)


def forget(channel: str) -> None:
    """Call it when a rule has changed: this process then asks at once, the others within a second."""
    _remembered.forget(channel)
