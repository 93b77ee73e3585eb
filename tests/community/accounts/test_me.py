"""One's own profile, and what may become an avatar."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from community.accounts import avatars, selectors
from community.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def lins_browser(client: Client, lin: User) -> Client:
    client.force_login(lin)
    return client


def picture(
    size: tuple[int, int] = (800, 600), form: str = "JPEG", mode: str = "RGB", **options: Any
) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new(mode, size, "red").save(out, form, **options)
    return SimpleUploadedFile(f"me.{form.lower()}", out.getvalue())


def patch(client: Client, **fields: Any) -> Any:
    return client.patch("/api/me/", encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT)


def kept(user: User) -> Image.Image:
    user.refresh_from_db()
    return Image.open(BytesIO(Path(user.avatar.path).read_bytes()))


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_guest_is_nobody_and_gets_the_csrf_cookie(client: Client) -> None:
    response = client.get("/api/me/")
    assert (response.status_code, response.json()) == (200, {"user": None})
    assert "csrftoken" in response.cookies
    assert "no-store" in response["Cache-Control"]


def test_a_guest_changes_nothing(client: Client) -> None:
    response = client.patch("/api/me/", {"display_name": "x"}, "application/json")
    assert (response.status_code, response.json()) == (401, {"error": {"code": "login_required"}})


def test_a_browser_changes_nothing_without_the_csrf_token(lin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lin)
    response = client.patch("/api/me/", {"display_name": "x"}, "application/json")
    assert (response.status_code, response.json()) == (403, {"error": {"code": "forbidden"}})
    assert User.objects.get().display_name == "小林"


def test_a_name_is_trimmed_and_kept(lins_browser: Client, lin: User) -> None:
    response = lins_browser.patch("/api/me/", {"display_name": "  林林  "}, "application/json")
    assert response.status_code == 200
    assert response.json() == {
        "user": {
            "id": lin.pk,
            "email": "lin@example.com",
            "display_name": "林林",
            "avatar": None,
            "bio": "",
            "roles": [],
        }
    }
    assert User.objects.get().display_name == "林林"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "required"),
        (" \u3000 ", "required"),
        ("\u200b", "control_characters"),
        ("a\x00b", "control_characters"),
        ("x" * 41, "too_long"),
        (None, "null"),
        (["a"], "invalid"),
    ],
)
def test_a_refused_name_changes_nothing(lins_browser: Client, name: Any, code: str) -> None:
    response = lins_browser.patch("/api/me/", {"display_name": name}, "application/json")
    assert response.status_code == 400
    assert response.json() == {"error": {"code": "invalid", "fields": {"display_name": [code]}}}
    assert User.objects.get().display_name == "小林"


def test_forty_characters_and_a_family_are_a_name(lins_browser: Client) -> None:
    name = "\U0001f468\u200d\U0001f469\u200d\U0001f467" + "长" * 35
    assert lins_browser.patch("/api/me/", {"display_name": name}, "application/json").status_code == 200
    assert User.objects.get().display_name == name


@pytest.mark.parametrize(
    ("size", "form", "side"), [((800, 600), "JPEG", 512), ((100, 300), "PNG", 100), ((900, 900), "WEBP", 512)]
)
def test_a_picture_becomes_a_small_square(
    lins_browser: Client, lin: User, size: tuple[int, int], form: str, side: int
) -> None:
    response = patch(lins_browser, avatar=picture(size, form))
    assert response.status_code == 200
    image = kept(lin)
    assert (image.format, image.size) == ("WEBP", (side, side))
    assert response.json()["user"]["avatar"] == f"/media/{lin.avatar.name}"
    assert lin.avatar.name.startswith("avatars/")
    assert "me" not in Path(lin.avatar.name).stem.split("-")


def test_exif_is_obeyed_and_gone(lins_browser: Client, lin: User) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90° clockwise to view
    exif[0x010E] = "at home, 31.2N 121.5E"
    out = BytesIO()
    image = Image.new("RGB", (400, 400), "red")
    image.paste("blue", (0, 0, 400, 200))
    image.save(out, "JPEG", exif=exif)
    assert patch(lins_browser, avatar=SimpleUploadedFile("a.jpg", out.getvalue())).status_code == 200
    shown = kept(lin)
    assert dict(shown.getexif()) == {}
    assert "exif" not in shown.info
    assert b"at home" not in Path(lin.avatar.path).read_bytes()
    red, _, blue = shown.convert("RGB").getpixel((390, 200))  # type: ignore[misc]
    assert blue > 200 > 60 > red


def test_transparency_stays(lins_browser: Client, lin: User) -> None:
    out = BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
    assert patch(lins_browser, avatar=SimpleUploadedFile("a.png", out.getvalue())).status_code == 200
    assert kept(lin).convert("RGBA").getpixel((32, 32))[3] == 0  # type: ignore[index]


def test_the_old_picture_goes(
    lins_browser: Client, lin: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    patch(lins_browser, avatar=picture())
    with django_capture_on_commit_callbacks(execute=True):
        patch(lins_browser, avatar=picture((64, 64)))
    lin.refresh_from_db()
    assert files_below(settings.MEDIA_ROOT) == [Path(lin.avatar.path)]
    with django_capture_on_commit_callbacks(execute=True):
        response = lins_browser.patch("/api/me/", {"avatar": None}, "application/json")
    assert response.json()["user"]["avatar"] is None
    assert files_below(settings.MEDIA_ROOT) == []


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + header + struct.pack(">I", 1000) + b"IDAT"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (b"GIF89a<script>alert(1)</script>", "not_an_image"),
        (png_header(10, 10), "not_an_image"),
        (png_header(8000, 8000), "too_many_pixels"),
        (png_header(30000, 30000), "too_many_pixels"),
        (b"\xff" * (avatars.MOST_BYTES + 1), "too_large"),
        (b"\xff" * (avatars.MOST_BYTES + 200_000), "too_large"),
    ],
    ids=["empty", "svg", "script", "cut-off", "many-pixels", "bomb", "large", "larger-form"],
)
def test_a_refused_picture_changes_nothing(lins_browser: Client, settings: Any, content: bytes, code: str) -> None:
    response = patch(lins_browser, display_name="另一个", avatar=SimpleUploadedFile("a.png", content))
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["fields"]) == ("invalid", {"avatar": [code]})
    user = User.objects.get()
    assert (user.display_name, user.avatar.name) == ("小林", "")
    assert files_below(settings.MEDIA_ROOT) == []


def test_cards_are_one_query(lin: User, mia: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        cards = selectors.active_cards([lin.pk, mia.pk, lin.pk, 987654])
    assert cards == {
        lin.pk: {"id": lin.pk, "display_name": "小林", "avatar": None},
        mia.pk: {"id": mia.pk, "display_name": "Mia", "avatar": None},
    }
    assert selectors.card(lin) == cards[lin.pk]


def test_the_config_names_no_accounts_outside_demo_mode(client: Client, settings: Any) -> None:
    assert client.get("/api/config/").json() == {
        "demo": False,
        "demo_accounts": [],
        "rtmp_url": settings.RTMP_PUBLIC_URL,
        "default_currency": "CNY",
    }
