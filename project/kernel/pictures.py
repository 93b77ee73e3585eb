"""Uploaded pictures: a WebP of our own making is kept. What else the file held (EXIF, place) is gone."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from project.kernel.errors import Invalid
from project.kernel.ids import new_key

MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")


def reencoded(
    upload: IO[bytes],
    *,
    size: int,
    field: str,
    most_bytes: int,
    within: tuple[int, int],
    encode: Callable[[Image.Image], ContentFile[bytes]] | None = None,
    formats: tuple[str, ...] = FORMATS,
) -> ContentFile[bytes]:
    """The picture upright, within so many pixels, under a new name. `size` in bytes.

    Raises Invalid with the `field`: `too_large`, `too_many_pixels` or `not_an_image`.
    """
    if size > most_bytes:
        raise Invalid(fields={field: ["too_large"]}, detail={"most_bytes": most_bytes})
    try:
        image = Image.open(upload, formats=formats)
        # Only the header has been read: a bomb is refused before it unfolds.
        if image.width * image.height > MOST_PIXELS:
            raise Invalid(fields={field: ["too_many_pixels"]}, detail={"most_pixels": MOST_PIXELS})
        # A JPEG is decoded at the smallest scale that is enough; other formats ignore this.
        image.draft("RGB", within)
        return encode(image) if encode else fitted(image, within)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(fields={field: ["too_many_pixels"]}, detail={"most_pixels": MOST_PIXELS}) from None
    except Exception:
        # Pillow's decoders raise nearly anything (OSError, SyntaxError, struct.error, …) on files made to break them.
        raise Invalid(fields={field: ["not_an_image"]}) from None


def fitted(image: Image.Image, within: tuple[int, int]) -> ContentFile[bytes]:
    """The whole picture; what is transparent becomes white."""
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.thumbnail(within, Image.Resampling.LANCZOS)
    if plain.mode == "RGBA":
        plain = Image.alpha_composite(Image.new("RGBA", plain.size, "white"), plain).convert("RGB")
    return bare_webp(plain, quality=82)


def square(image: Image.Image, *, side: int) -> ContentFile[bytes]:
    """The middle of the picture, at most `side` pixels wide and high; what is transparent stays so."""
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    side = min(side, plain.width, plain.height)
    return bare_webp(ImageOps.fit(plain, (side, side), Image.Resampling.LANCZOS), quality=85)


def bare_webp(image: Image.Image, *, quality: int) -> ContentFile[bytes]:
    """A new picture: nothing of the old one's metadata goes along."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = BytesIO()
    bare.save(out, "WEBP", quality=quality)
    return ContentFile(out.getvalue(), name=f"{new_key()}.webp")
