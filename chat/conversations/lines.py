"""What a conversation says by itself: somebody joined, it has another name. A line among what is said, under the
conversation's lock like it.

Messages stand above conversations, so who writes them registers here (`project/wiring.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings

from chat.conversations.cards import LineWord
from chat.conversations.models import Group

# In a large group people come and go all the time.
_COMING_AND_GOING: tuple[LineWord, ...] = ("joined", "left")


class Line(NamedTuple):
    """`by` has done it, to these people if to any; `title` is the new one of what was renamed."""

    what: LineWord
    by: int
    people: tuple[int, ...] = ()
    title: str = ""


# Takes the locked group, with its conversation.
Writer = Callable[[Group, Line], None]


def _nobody(group: Group, line: Line) -> None:
    """Nothing is said."""


_writer: Writer = _nobody


def install(writer: Writer) -> None:
    global _writer
    _writer = writer


def say(group: Group, what: LineWord, *, by: int, people: tuple[int, ...] = (), title: str = "") -> None:
    """In the transaction that has locked the group, after what it tells of."""
    if what in _COMING_AND_GOING and group.member_count > settings.GROUP_LINES_MEMBERS:
        return
    _writer(group, Line(what, by, people, title))
