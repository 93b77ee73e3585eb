"""What a name and a bio may be: seen, on one line, and unable to pose as the text around it."""

from __future__ import annotations

import unicodedata

DISPLAY_NAME_MAX = 40
BIO_MAX = 160
# It joins emoji into one picture (a family, a flag): the one invisible character that people do type.
ZERO_WIDTH_JOINER = "\u200d"


class NameRefused(ValueError):
    """`code` is `required`, `too_long` or `control_characters`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean_display_name(raw: str) -> str:
    """The name as it is kept: NFC, trimmed, 1–40 characters. Raises NameRefused."""
    return clean_name(raw, most=DISPLAY_NAME_MAX)


def clean_name(raw: str, *, most: int) -> str:
    """As `clean_display_name`, for the name of anything, of at most so many characters."""
    name = unicodedata.normalize("NFC", raw).strip()
    # Control, format (direction marks, zero-width space), surrogate and private characters, line separators.
    if any(_is_control(character) for character in name):
        raise NameRefused("control_characters")
    # A name of combining marks and joiners alone would be invisible.
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise NameRefused("required")
    if len(name) > most:
        raise NameRefused("too_long")
    return name


def clean_bio(raw: str) -> str:
    """The bio as it is kept: NFC, on one line, at most 160 characters, or empty. Raises NameRefused."""
    bio = " ".join(unicodedata.normalize("NFC", raw).split())
    if any(_is_control(character) for character in bio):
        raise NameRefused("control_characters")
    if len(bio) > BIO_MAX:
        raise NameRefused("too_long")
    return bio


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    # Unassigned is only "assigned after this Python was released": new emoji must not be refused.
    return category in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and character != ZERO_WIDTH_JOINER
