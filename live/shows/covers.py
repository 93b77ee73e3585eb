"""Covers: pictures for a phone's full screen."""

from __future__ import annotations

from typing import IO

from django.core.files.base import ContentFile

from project.kernel import pictures

MOST_BYTES = 8 * 1024 * 1024
# Enough for a phone's full screen at three pixels a point.
WITHIN_PIXELS = (1080, 1920)


def reencoded(upload: IO[bytes], *, size: int) -> ContentFile[bytes]:
    """The picture upright, within 1080 × 1920 pixels, under a new name. `size` in bytes.

    Raises Invalid with the field `cover`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    return pictures.reencoded(upload, size=size, field="cover", most_bytes=MOST_BYTES, within=WITHIN_PIXELS)
