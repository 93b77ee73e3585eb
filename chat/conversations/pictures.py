"""Pictures of groups: of whatever was uploaded, a small square is kept."""

from __future__ import annotations

from functools import partial
from typing import IO

from django.core.files.base import ContentFile

from project.kernel import pictures

MOST_BYTES = 5 * 1024 * 1024
SIDE_PIXELS = 512


def reencoded(upload: IO[bytes], *, size: int) -> ContentFile[bytes]:
    """A square of at most 512 pixels, under a new name. `size` in bytes.

    Raises Invalid with the field `picture`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    return pictures.reencoded(
        upload,
        size=size,
        field="picture",
        most_bytes=MOST_BYTES,
        within=(SIDE_PIXELS, SIDE_PIXELS),
        encode=partial(pictures.square, side=SIDE_PIXELS),
    )
