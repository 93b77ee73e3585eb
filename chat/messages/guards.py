"""What stands in the way of a message: guards, asked for all the drafts of a batch before they get their places; and
of what people do to messages.

The apps above and below own them: `project/wiring.py` gives the list. A guard works in the batch's transaction, under
the locks of its conversations, and needs no query a message. What a guard writes is kept, whatever it decides.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from chat.messages.attachments import Attaching
from project.kernel.errors import DomainError


class Saying(NamedTuple):
    """What somebody is about to say, or to word anew: then `edits` is the number of the message.

    `runs_it`: its author runs the room or the group. `at`: now, by the database's clock. `mentions` (user id or None,
    start, length) and `attaching` are for whoever holds it back.
    """

    channel: str
    conversation_id: int
    author_id: int
    runs_it: bool
    text: str
    key: str
    at: datetime
    reply_to: int | None = None
    edits: int | None = None
    mentions: tuple[tuple[int | None, int, int], ...] = ()
    attaching: Attaching | None = None


class Verdict(NamedTuple):
    """Let through, as it is by default; not, with the `refusal`; or `shadowed`: nobody but its author gets to see it.

    A guard that holds a saying back keeps it, and refuses it by the error that says so. `note` is the guard's own.
    """

    refusal: DomainError | None = None
    shadowed: bool = False
    note: object = None


LET_THROUGH = Verdict()


class Guard(Protocol):
    async def prepare(self) -> None:
        """Called on the loop before a message joins its batch: what is known by heart can be looked after here."""

    def review(self, sayings: Sequence[Saying], /) -> Sequence[Verdict]:
        """A verdict for each, in their order."""

    def placed(self, said: Mapping[int, tuple[Saying, Verdict]], /) -> None:
        """Those that were let through, by the id of their message, with one's own verdicts."""

    def admit(self, channel: str, user_id: int, /) -> Verdict:
        """Whether somebody may do there what others see and what has no words: react, pin, be seen typing."""


_guards: list[Guard] = []


def install(guards: Iterable[Guard]) -> None:
    """Take over the guards (`project/wiring.py`), in the order in which they are asked."""
    _guards[:] = guards


async def prepare() -> None:
    for guard in _guards:
        await guard.prepare()


def admit(channel: str, user_id: int) -> bool:
    """Whether others get to see what somebody does there without words. Raises what a guard refuses with."""
    verdicts = [guard.admit(channel, user_id) for guard in _guards]
    for verdict in verdicts:
        if verdict.refusal:
            raise verdict.refusal
    return not any(verdict.shadowed for verdict in verdicts)


Key = TypeVar("Key", bound=Hashable)


class Review(Generic[Key]):
    """The verdicts on some sayings, by the caller's keys. A guard is not asked about what one before it has refused."""

    def __init__(self, sayings: Mapping[Key, Saying]) -> None:
        self._sayings = sayings
        self._given: dict[Key, list[Verdict]] = {key: [] for key in sayings}
        self.refused: dict[Key, DomainError] = {}
        for guard in _guards:
            asked = [key for key in sayings if key not in self.refused]
            if not asked:
                return
            for key, verdict in zip(asked, guard.review([sayings[key] for key in asked]), strict=True):
                self._given[key].append(verdict)
                if verdict.refusal:
                    self.refused[key] = verdict.refusal

    def shadows(self, key: Key) -> bool:
        return any(verdict.shadowed for verdict in self._given[key])

    def placed(self, message_ids: Mapping[Key, int]) -> None:
        """Tell the guards which messages became of what they let through."""
        for index, guard in enumerate(_guards):
            said = {id: (self._sayings[key], self._given[key][index]) for key, id in message_ids.items()}
            if said:
                guard.placed(said)
