from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from live.shows import covers
from project.kernel import pictures
from project.kernel.errors import Invalid


def picture(size: tuple[int, int] = (60, 30), kind: str = "JPEG", *, mode: str = "RGB", **options: object) -> BytesIO:
    out = BytesIO()
    Image.new(mode, size, "orange").save(out, kind, **options)
    out.seek(0)
    return out


def opened(upload: BytesIO) -> Image.Image:
    return Image.open(covers.reencoded(upload, size=len(upload.getvalue())))


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_pictures_become_webp(kind, mode) -> None:
    image = opened(picture(kind=kind, mode=mode))
    assert (image.format, image.size) == ("WEBP", (60, 30))


def test_exif_goes_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "a maker"
    image = opened(picture(exif=exif))
    assert image.size == (30, 60)
    assert not image.getexif()


def test_a_large_picture_is_made_smaller() -> None:
    assert opened(picture((3000, 3000))).size == (1080, 1080)


def test_every_upload_has_a_name_of_its_own() -> None:
    names = {covers.reencoded(picture(), size=1).name for _ in range(2)}
    assert len(names) == 2
    assert all(name and name.endswith(".webp") for name in names)


@pytest.mark.parametrize(
    ("upload", "size", "code"),
    [
        (BytesIO(b"<svg onload=alert(1)>"), 21, "not_an_image"),
        (BytesIO(b""), 0, "not_an_image"),
        (BytesIO(picture().getvalue()[:200]), 200, "not_an_image"),
        (picture(kind="GIF", mode="P"), 1000, "not_an_image"),
        (picture(), 8 * 1024 * 1024 + 1, "too_large"),
    ],
)
def test_anything_else_is_refused(upload, size, code) -> None:
    with pytest.raises(Invalid) as refused:
        covers.reencoded(upload, size=size)
    assert refused.value.fields == {"cover": [code]}


def test_a_bomb_is_refused_before_it_unfolds(monkeypatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1799)
    with pytest.raises(Invalid) as refused:
        covers.reencoded(picture(), size=1000)
    assert refused.value.fields == {"cover": ["too_many_pixels"]}
