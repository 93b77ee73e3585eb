"""What may stand in a message."""

from __future__ import annotations

import unicodedata

from chat.messages.errors import TextEmpty, TextTooLong
from project.kernel.texts import kept

# On one line, in the room of a show.
MAX_TEXT_LENGTH = 200

# These take no room: a text of nothing else is empty to whoever looks at it.
_INVISIBLE_CATEGORIES = frozenset({"Cf", "Zs", "Zl", "Zp"})


def tidy_lines(text: str) -> str:
    """As `tidy_line`, line by line; of several empty lines, one is kept."""
    lines = [tidy_line(line) for line in text.splitlines()]
    spaced = [line for before, line in zip(["", *lines], lines, strict=False) if before or line]
    return "\n".join(spaced).strip("\n")


def tidy_line(text: str) -> str:
    """`text` in NFC on one line, without control characters."""
    one_line = " ".join(text.split())
    if not one_line.isprintable():
        # The unusual case: of what is dropped or takes no room, only the space is printable.
        one_line = kept(one_line).strip()
    return unicodedata.normalize("NFC", one_line)


def checked(text: str, *, most: int) -> str:
    """The text as it is. Raises TextEmpty, TextTooLong."""
    if all(char == "\n" or unicodedata.category(char) in _INVISIBLE_CATEGORIES for char in text):
        raise TextEmpty
    if len(text) > most:
        raise TextTooLong(detail={"max_length": most})
    return text
