"""Avatars: of whatever picture was uploaded, a small square is kept."""

from __future__ import annotations

from typing import IO

from django.core.files.base import ContentFile
from PIL import Image

from project.kernel import pictures

MOST_BYTES = 5 * 1024 * 1024
SIDE_PIXELS = 512
FORMATS = (*pictures.FORMATS, "GIF")


def square(upload: IO[bytes], *, size: int) -> ContentFile[bytes]:
    """A square of at most 512 pixels, under a new name. `size` in bytes.

    Raises Invalid with the field `avatar`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    return pictures.reencoded(
        upload,
        size=size,
        field="avatar",
        most_bytes=MOST_BYTES,
        within=(SIDE_PIXELS, SIDE_PIXELS),
        encode=encode,
        formats=FORMATS,
    )


def encode(image: Image.Image) -> ContentFile[bytes]:
    return pictures.square(image, side=SIDE_PIXELS)
