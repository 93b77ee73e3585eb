"""Covers: whatever picture was uploaded, a WebP of our own making is kept. What else the file held (EXIF) is gone."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from project.kernel.errors import Invalid
from project.kernel.ids import new_key

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
# Enough for a phone's full screen at three pixels a point.
WITHIN_PIXELS = (1080, 1920)
FORMATS = ("JPEG", "PNG", "WEBP")


def reencoded(upload: IO[bytes], *, size: int) -> ContentFile[bytes]:
    """The picture upright, within 1080 × 1920 pixels, under a new name. `size` in bytes.

    Raises Invalid with the field `cover`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    if size > MOST_BYTES:
        raise Invalid(fields={"cover": ["too_large"]}, detail={"most_bytes": MOST_BYTES})
    try:
        image = Image.open(upload, formats=FORMATS)
        # Only the header has been read: a bomb is refused before it unfolds.
        if image.width * image.height > MOST_PIXELS:
            raise Invalid(fields={"cover": ["too_many_pixels"]}, detail={"most_pixels": MOST_PIXELS})
        # A JPEG is decoded at the smallest scale that is enough; other formats ignore this.
        image.draft("RGB", WITHIN_PIXELS)
        return _encoded(image)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(fields={"cover": ["too_many_pixels"]}, detail={"most_pixels": MOST_PIXELS}) from None
    except Exception:
        # Pillow's decoders raise nearly anything (OSError, SyntaxError, struct.error, …) on files made to break them.
        raise Invalid(fields={"cover": ["not_an_image"]}) from None


def _encoded(image: Image.Image) -> ContentFile[bytes]:
    upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail(WITHIN_PIXELS, Image.Resampling.LANCZOS)
    # A new image: nothing of the old one's metadata goes along.
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    out = BytesIO()
    bare.save(out, "WEBP", quality=82)
    return ContentFile(out.getvalue(), name=f"{new_key()}.webp")
