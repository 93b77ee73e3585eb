"""How large a picture is when it is shown."""

from __future__ import annotations

from typing import IO

from PIL import Image

ORIENTATION = 0x0112
# Values of EXIF that lay a picture on its side.
LYING = (5, 6, 7, 8)


def size_of(file: IO[bytes]) -> tuple[int, int]:
    """(width, height) in pixels, turned as browsers turn it. Reads the head of the file alone, and rewinds it."""
    file.seek(0)
    with Image.open(file) as picture:
        width, height = picture.size
        lies = picture.getexif().get(ORIENTATION) in LYING
    file.seek(0)
    return (height, width) if lies else (width, height)
