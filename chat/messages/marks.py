"""Where a message mentions somebody, kept through the cleaning of its text.

Positions count UTF-16 code units, as the strings of JavaScript, Java, Swift's NSString and Dart do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chat.messages.cards import Mention
from chat.messages.errors import MentionMisplaced
from project.kernel.ids import MOST_ID

# Code points that are no characters, never are, and that nobody may send where there are mentions.
_BEGIN, _END = "\ufdd0", "\ufdd1"


def cleaned_with(text: str, mentions: Sequence[Mention], tidy: Callable[[str], str]) -> tuple[str, tuple[Mention, ...]]:
    """The text as `tidy` leaves it, and the mentions where they stand in that, in order.

    Raises MentionMisplaced for one that does not stand on one line beginning with `@`, or overlaps another one.
    """
    if not mentions:
        return tidy(text), ()
    in_order = sorted(mentions, key=lambda mention: mention["start"])
    marked = tidy(_marked(text, in_order))
    pieces: list[str] = []
    found: list[Mention] = []
    length = 0
    for piece in marked.split(_BEGIN):
        inside, end, behind = piece.rpartition(_END)
        if end:
            found.append({"user": in_order[len(found)]["user"], "start": length, "length": _units(inside)})
        pieces += inside, behind
        length += _units(inside) + _units(behind)
    return "".join(pieces), tuple(found)


def _marked(text: str, mentions: Sequence[Mention]) -> str:
    if _BEGIN in text or _END in text:
        raise MentionMisplaced
    places = _places(text)
    pieces: list[str] = []
    at = 0
    for mention in mentions:
        begin, end = places.get(mention["start"]), places.get(mention["start"] + mention["length"])
        if begin is None or end is None or begin < at or end - begin < 2:
            raise MentionMisplaced
        name = text[begin:end]
        user = mention["user"]
        if (
            name[0] != "@"
            or name != name.rstrip()
            or len(name.splitlines()) != 1
            or not (user is None or 1 <= user <= MOST_ID)
        ):
            raise MentionMisplaced
        pieces += text[at:begin], _BEGIN, name, _END
        at = end
    return "".join([*pieces, text[at:]])


def _places(text: str) -> dict[int, int]:
    """From code units to characters; the middle of a character is nowhere."""
    places: dict[int, int] = {}
    unit = 0
    for index, character in enumerate(text):
        places[unit] = index
        unit += 2 if character > "\uffff" else 1
    places[unit] = len(text)
    return places


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
