"""What may stand in a message."""

from __future__ import annotations

import unicodedata

from chat.messages.errors import TextEmpty, TextTooLong

MAX_TEXT_LENGTH = 200

# Cc: control characters. Cs: half a character. The rest turns the reading direction, of the whole line and beyond.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cs"})
_DROPPED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# These take no room: a text of nothing else is empty to whoever looks at it.
_INVISIBLE_CATEGORIES = frozenset({"Cf", "Zs", "Zl", "Zp"})


def cleaned(text: str) -> str:
    """`text` in NFC on one line, without control characters, 1–200 characters. Raises TextEmpty, TextTooLong."""
    one_line = " ".join(text.split())
    if one_line and one_line.isprintable():
        # The usual case: of what is dropped or takes no room, only the space is printable.
        normal = unicodedata.normalize("NFC", one_line)
    else:
        normal = _without_controls(one_line)
    if len(normal) > MAX_TEXT_LENGTH:
        raise TextTooLong(detail={"max_length": MAX_TEXT_LENGTH})
    return normal


def _without_controls(one_line: str) -> str:
    kept = "".join(
        char for char in one_line if char not in _DROPPED and unicodedata.category(char) not in _DROPPED_CATEGORIES
    )
    normal = unicodedata.normalize("NFC", kept).strip()
    if all(unicodedata.category(char) in _INVISIBLE_CATEGORIES for char in normal):
        raise TextEmpty
    return normal
