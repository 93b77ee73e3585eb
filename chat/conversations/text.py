"""What stands in a group's title, announcement and question, and in the answers to it."""

from __future__ import annotations

import unicodedata

from chat.conversations.models import TITLE_LENGTH
from community.accounts.names import NameRefused, clean_name
from project.kernel.errors import Invalid

# Besides control characters and halves of characters, what turns the reading direction, of the line and beyond.
_DROPPED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean_title(raw: str) -> str:
    """1–60 characters on one line. Raises Invalid with the field `title`."""
    try:
        return clean_name(raw, most=TITLE_LENGTH)
    except NameRefused as refusal:
        raise Invalid(fields={"title": [refusal.code]}) from None


def clean_paragraphs(raw: str, *, field: str, most: int) -> str:
    """Lines of text in NFC without control characters, at most `most` characters; may be empty.

    Raises Invalid with the field: `too_long`.
    """
    kept = "".join(
        char
        for char in raw.replace("\r\n", "\n").replace("\r", "\n")
        if char == "\n" or (char not in _DROPPED and unicodedata.category(char) not in ("Cc", "Cs"))
    )
    text = unicodedata.normalize("NFC", kept).strip()
    if len(text) > most:
        raise Invalid(fields={field: ["too_long"]}, detail={"max_length": most})
    return text
