"""Pictures of products: re-encoded when they are uploaded, and how large one is when it is shown."""

from __future__ import annotations

from typing import IO

from django.core.files.base import ContentFile
from PIL import Image

from project.kernel import pictures

MOST_BYTES = 8 * 1024 * 1024
WITHIN_PIXELS = (1600, 1600)
ORIENTATION = 0x0112
# Values of EXIF that lay a picture on its side.
LYING = (5, 6, 7, 8)


def reencoded(upload: IO[bytes], *, size: int) -> ContentFile[bytes]:
    """The picture upright, within 1600 × 1600 pixels, under a new name. `size` in bytes.

    Raises Invalid with the field `image`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    return pictures.reencoded(upload, size=size, field="image", most_bytes=MOST_BYTES, within=WITHIN_PIXELS)


def size_of(file: IO[bytes]) -> tuple[int, int]:
    """(width, height) in pixels, turned as browsers turn it. Reads the head of the file alone, and rewinds it."""
    file.seek(0)
    with Image.open(file) as picture:
        width, height = picture.size
        lies = picture.getexif().get(ORIENTATION) in LYING
    file.seek(0)
    return (height, width) if lies else (width, height)
