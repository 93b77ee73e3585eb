"""Where messages may be sent: which channel has which conversation, and who may write there.

The apps above own the channels: `project/wiring.py` gives the table from channel kind to the rule of its owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chat.messages.cards import RoomRole
from chat.messages.memory import ShortMemory
from project.kernel.errors import DomainError, NotFound

REMEMBERED_SECS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The conversation of a channel and its posting rule. `roles` by user id."""

    conversation_id: int
    roles: Mapping[int, RoomRole] = field(default_factory=dict)
    # Why nobody may write there now.
    refusal: type[DomainError] | None = None


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
