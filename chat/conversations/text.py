"""What stands in a group's title, announcement and question, and in the answers to it."""

from __future__ import annotations

import unicodedata

from chat.conversations.models import TITLE_LENGTH
from community.accounts.names import NameRefused, clean_name
from project.kernel.errors import Invalid
from project.kernel.texts import kept


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
    text = unicodedata.normalize("NFC", kept(raw.replace("\r\n", "\n").replace("\r", "\n"))).strip()
    if len(text) > most:
        raise Invalid(fields={field: ["too_long"]}, detail={"max_length": most})
    return text
