"""Which files may be sent: by the bytes that they begin with, which have to fit their name. No SVG, no HTML."""

from __future__ import annotations

import re
from typing import NamedTuple

IMAGE_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
TEXT = "text/plain; charset=utf-8"
# What a browser might take for a page, were it not told otherwise.
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<body", b"<iframe", b"<head")
_LOOKED_AT = 4096
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class Kind(NamedTuple):
    """A kind of file: each of `marks` is (where, bytes), and all of them have to be there."""

    content_type: str
    marks: tuple[tuple[int, bytes], ...]


_ZIP = ((0, b"PK\x03\x04"),)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MPEG4 = ((4, b"ftyp"),)
_KINDS: dict[str, tuple[Kind, ...]] = {
    "pdf": (Kind("application/pdf", ((0, b"%PDF-"),)),),
    "zip": (Kind("application/zip", _ZIP),),
    "docx": (Kind(f"{_OFFICE}.wordprocessingml.document", _ZIP),),
    "xlsx": (Kind(f"{_OFFICE}.spreadsheetml.sheet", _ZIP),),
    "pptx": (Kind(f"{_OFFICE}.presentationml.presentation", _ZIP),),
    "7z": (Kind("application/x-7z-compressed", ((0, b"7z\xbc\xaf\x27\x1c"),)),),
    "gz": (Kind("application/gzip", ((0, b"\x1f\x8b\x08"),)),),
    "mp4": (Kind("video/mp4", _MPEG4),),
    "m4a": (Kind("audio/mp4", _MPEG4),),
    "mov": (Kind("video/quicktime", _MPEG4),),
    "webm": (Kind("video/webm", ((0, b"\x1aE\xdf\xa3"),)),),
    "ogg": (Kind("audio/ogg", ((0, b"OggS"),)),),
    "wav": (Kind("audio/wav", ((0, b"RIFF"), (8, b"WAVE"))),),
    "mp3": tuple(Kind("audio/mpeg", ((0, mark),)) for mark in (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
}
_TEXTS = frozenset({"txt", "csv", "md", "log"})


def is_image(content: bytes) -> bool:
    """Whether it begins like a picture of those that are drawn anew."""
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return webp or content.startswith(IMAGE_BEGINNINGS)


def content_type_of(content: bytes, *, name: str) -> str | None:
    """What a file is by its name, if its bytes agree; None for what may not be sent."""
    _, dot, ending = name.rpartition(".")
    extension = ending.lower() if dot else ""
    for kind in _KINDS.get(extension, ()):
        if all(content[at : at + len(mark)] == mark for at, mark in kind.marks):
            return kind.content_type
    return TEXT if extension in _TEXTS and _is_text(content) else None


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    beginning = content[:_LOOKED_AT].lower()
    return not _CONTROL.search(content) and not any(mark in beginning for mark in _MARKUP)
