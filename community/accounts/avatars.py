"""Avatars: of whatever picture was uploaded, a small square WebP is kept, and none of its metadata (EXIF, place)."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from project.kernel.errors import Invalid
from project.kernel.ids import new_key

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
SIDE_PIXELS = 512
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def square(upload: IO[bytes], *, size: int) -> ContentFile[bytes]:
    """A square of at most 512 pixels, under a new name. `size` in bytes.

    Raises Invalid with the field `avatar`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    if size > MOST_BYTES:
        raise Invalid(fields={"avatar": ["too_large"]}, detail={"most_bytes": MOST_BYTES})
    try:
        image = Image.open(upload, formats=FORMATS)
        # Only the header has been read: a bomb is refused before it unfolds.
        if image.width * image.height > MOST_PIXELS:
            raise Invalid(fields={"avatar": ["too_many_pixels"]}, detail={"most_pixels": MOST_PIXELS})
        # A JPEG is decoded at the smallest scale that is enough; other formats ignore this.
        image.draft("RGB", (SIDE_PIXELS, SIDE_PIXELS))
        return encode(image)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(fields={"avatar": ["too_many_pixels"]}, detail={"most_pixels": MOST_PIXELS}) from None
    except Exception:
        # Pillow's decoders raise nearly anything (OSError, SyntaxError, struct.error, …) on files made to break them.
        raise Invalid(fields={"avatar": ["not_an_image"]}) from None


def encode(image: Image.Image) -> ContentFile[bytes]:
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    side = min(SIDE_PIXELS, plain.width, plain.height)
    fitted = ImageOps.fit(plain, (side, side), Image.Resampling.LANCZOS)
    # A new image: nothing of the old one's metadata goes along.
    bare = Image.new(fitted.mode, fitted.size)
    bare.paste(fitted)
    out = BytesIO()
    bare.save(out, "WEBP", quality=85)
    return ContentFile(out.getvalue(), name=f"{new_key()}.webp")
