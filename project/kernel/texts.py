"""What may stand in what people write."""

from __future__ import annotations

import unicodedata

# They turn the reading direction, of the line and of what stands around it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Control characters, and halves of characters.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cs"})


def kept(text: str) -> str:
    """The lines without control characters, halves of characters, and what turns the reading direction."""
    return "".join(char for char in text if char == "\n" or _may_stand(char))


def _may_stand(char: str) -> bool:
    return char not in _TURNING and unicodedata.category(char) not in _DROPPED_CATEGORIES
