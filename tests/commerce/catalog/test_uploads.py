"""Pictures that staff uploads for products: one of our own making is kept, and anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from commerce.catalog.models import Product, ProductPicture
from commerce.catalog.pictures import MOST_BYTES
from community.accounts.models import User

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ORIENTATION, MAKER = 0x0112, 0x010F


@pytest.fixture
def staff(client: Client, db: None, settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    client.force_login(User.objects.create_superuser("staff@example.com", display_name="Staff"))
    return client


@pytest.fixture
def product(make_product: Callable[..., Product]) -> Product:
    return make_product()


def drawn(
    kind: str = "JPEG", size: tuple[int, int] = (6, 4), mode: str = "RGB", color: Any = 0, **options: Any
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, color).save(out, kind, **options)
    return out.getvalue()


def upload(staff: Client, product: Product, content: bytes, name: str = "mug.jpg", kind: str = "image/jpeg") -> Any:
    form = {
        "category": product.category_id,
        "title_zh": "新杯",
        "title_en": "New mug",
        "visible": "on",
        "pictures-TOTAL_FORMS": 1,
        "pictures-INITIAL_FORMS": 0,
        "pictures-0-product": product.pk,
        "pictures-0-position": 0,
        "pictures-0-image": SimpleUploadedFile(name, content, content_type=kind),
        "skus-TOTAL_FORMS": 0,
        "skus-INITIAL_FORMS": 0,
    }
    return staff.post(f"/admin/commerce_catalog/product/{product.pk}/change/", form)


def kept(product: Product) -> tuple[ProductPicture, bytes]:
    picture = ProductPicture.objects.get(product=product)
    with picture.image.open() as file:
        return picture, file.read()


@pytest.mark.parametrize(("orientation", "size"), [(1, (6, 4)), (6, (4, 6))])
def test_exif_goes_and_the_picture_stands_upright(
    staff: Client, product: Product, orientation: int, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "a maker of cameras"
    assert upload(staff, product, drawn(exif=exif)).status_code == 302
    picture, content = kept(product)
    image = Image.open(BytesIO(content))
    assert (image.format, image.size, (picture.width, picture.height)) == ("WEBP", size, size)
    assert not image.getexif()
    assert b"a maker" not in content
    assert picture.image.name.endswith(".webp")
    assert "mug" not in picture.image.name


def test_of_a_file_that_is_two_things_the_picture_is_kept(staff: Client, product: Product) -> None:
    """A picture to one program and a page to another: nothing of the page is left."""
    assert upload(staff, product, drawn() + SCRIPT, name="mug.html", kind="text/html").status_code == 302
    picture, content = kept(product)
    assert SCRIPT not in content
    assert picture.image.name.endswith(".webp")


def test_a_large_one_is_made_smaller_and_what_is_transparent_white(staff: Client, product: Product) -> None:
    content = drawn("PNG", (2000, 1000), "RGBA", color=(255, 0, 0, 0))
    assert upload(staff, product, content).status_code == 302
    picture, content = kept(product)
    image = Image.open(BytesIO(content))
    assert (image.size, (picture.width, picture.height)) == ((1600, 800), (1600, 800))
    assert min(image.convert("RGB").getpixel((800, 400))) >= 250  # type: ignore[type-var, arg-type]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (SVG, "choose a JPG, PNG or WebP"),
        (SCRIPT, "choose a JPG, PNG or WebP"),
        (drawn()[:100], "choose a JPG, PNG or WebP"),
        (drawn("GIF", mode="P"), "choose a JPG, PNG or WebP"),
        # A few thousand bytes that would unfold into 64 million pixels.
        (drawn("PNG", (8000, 8000), "1"), "at most 40 megapixels"),
        (drawn() + bytes(MOST_BYTES), "at most 8 MB"),
    ],
    ids=["svg", "page", "half", "gif", "bomb", "large"],
)
def test_anything_else_is_told_in_the_form_and_changes_nothing(
    staff: Client, product: Product, settings: Any, content: bytes, sentence: str
) -> None:
    answer = upload(staff, product, content, name="mug.png", kind="image/png")
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    product.refresh_from_db()
    assert (product.title_en, ProductPicture.objects.count()) == ("mug en", 0)
    assert list(Path(settings.MEDIA_ROOT).rglob("*")) == []


def test_a_picture_that_stays_is_left_alone(staff: Client, product: Product) -> None:
    upload(staff, product, drawn())
    picture, content = kept(product)
    form = {
        "category": product.category_id,
        "title_zh": "杯",
        "title_en": "Mug",
        "pictures-TOTAL_FORMS": 1,
        "pictures-INITIAL_FORMS": 1,
        "pictures-0-id": picture.pk,
        "pictures-0-product": product.pk,
        "pictures-0-position": 3,
        "skus-TOTAL_FORMS": 0,
        "skus-INITIAL_FORMS": 0,
    }
    assert staff.post(f"/admin/commerce_catalog/product/{product.pk}/change/", form).status_code == 302
    again, same = kept(product)
    assert (again.pk, again.position, again.image.name, same) == (picture.pk, 3, picture.image.name, content)
