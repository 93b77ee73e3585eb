"""What a file is called, for people to read."""

from __future__ import annotations

import unicodedata

from chat.files.models import NAME_LENGTH


def clean_name(raw: str) -> str:
    """The last part of a path on one line, without what is invisible or turns the reading direction; never empty.

    What is too long loses its middle, so that the ending stays.
    """
    last = raw.replace("\\", "/").rpartition("/")[2]
    # Cc, Cf, Cs, Co, Cn: control characters, signs of direction, halves, and what has no meaning.
    kept = "".join(char for char in " ".join(last.split()) if unicodedata.category(char)[0] != "C")
    name = unicodedata.normalize("NFC", kept).strip(" .") or "file"
    if len(name) <= NAME_LENGTH:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(ending) - 2]}….{ending}"
