"""What may stand in a message."""

from __future__ import annotations

import unicodedata

from chat.messages.errors import TextEmpty, TextTooLong

# On one line, in the room of a show.
MAX_TEXT_LENGTH = 200

# Cc: control characters. Cs: half a character. The rest turns the reading direction, of the whole line and beyond.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cs"})
_DROPPED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# These take no room: a text of nothing else is empty to whoever looks at it.
_INVISIBLE_CATEGORIES = frozenset({"Cf", "Zs", "Zl", "Zp"})


def tidy_lines(text: str) -> str:
    """As `tidy_line`, line by line; of several empty lines, one is kept."""
    lines = [tidy_line(line) for line in text.splitlines()]
    kept = [line for before, line in zip(["", *lines], lines, strict=False) if before or line]
    return "\n".join(kept).strip("\n")


def tidy_line(text: str) -> str:
    """`text` in NFC on one line, without control characters."""
    one_line = " ".join(text.split())
    if not one_line.isprintable():
        # The unusual case: of what is dropped or takes no room, only the space is printable.
        one_line = "".join(
            char for char in one_line if char not in _DROPPED and unicodedata.category(char) not in _DROPPED_CATEGORIES
        ).strip()
    return unicodedata.normalize("NFC", one_line)


def checked(text: str, *, most: int) -> str:
    """The text as it is. Raises TextEmpty, TextTooLong."""
    if all(char == "\n" or unicodedata.category(char) in _INVISIBLE_CATEGORIES for char in text):
        raise TextEmpty
    if len(text) > most:
        raise TextTooLong(detail={"max_length": most})
    return text
