"""Uploads: what is kept of them, what is refused, how they are read, and that nobody else reads them."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client
from PIL import Image

from chat.files import selectors, services
from chat.files.kinds import content_type_of
from chat.files.models import Upload
from chat.files.names import clean_name
from community.accounts.models import User
from project.kernel.errors import Invalid
from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads_root(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOADS_ROOT = tmp_path
    return tmp_path


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 30), **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "orange").save(out, kind, **options)
    return out.getvalue()


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("index.html", "<script>alert(1)</script>")
    return out.getvalue()


def keep(owner: User, content: bytes, name: str) -> Upload:
    return services.keep_upload(owner_id=owner.pk, file=BytesIO(content), size=len(content), name=name)


def status_of(url: str) -> int:
    answer = Client().get(url)
    if answer.streaming:
        # Read to its end, it is closed.
        b"".join(answer)
    return answer.status_code


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_picture_is_drawn_anew_and_loses_what_it_said_of_its_owner(ann, uploads_root) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a maker"
    upload = keep(ann, picture(exif=exif) + archive(), "../../etc/holi\u202edays.JPG")
    assert (upload.kind, upload.name, upload.content_type) == ("image", "holidays.webp", "image/webp")
    assert (upload.width, upload.height) == (30, 60)
    [path] = files_in(uploads_root)
    kept = path.read_bytes()
    assert upload.size == len(kept)
    with Image.open(path) as image:
        assert not image.getexif()
    # What was appended to be something else too is gone.
    assert b"PK\x03\x04" not in kept
    assert b"a maker" not in kept


def test_a_large_picture_is_made_smaller(ann) -> None:
    upload = keep(ann, picture("PNG", (4000, 1000)), "wide.png")
    assert (upload.width, upload.height) == (1920, 480)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7 and so on", "Bill.PDF", "application/pdf"),
        (archive(), "a.zip", "application/zip"),
        (archive(), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"\x00\x00\x00\x18ftypmp42", "a.mp4", "video/mp4"),
        (b"\xff\xfb\x90\x00", "a.mp3", "audio/mpeg"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a.wav", "audio/wav"),
        ("名字,数量\n茶,2\n".encode(), "a.csv", "text/plain; charset=utf-8"),
    ],
)
def test_other_files_are_kept_as_they_are(ann, content: bytes, name: str, kind: str) -> None:
    upload = keep(ann, content, name)
    assert (upload.kind, upload.content_type, upload.name) == ("file", kind, name)
    with upload.file.open("rb") as kept:
        assert kept.read() == content


HTML = b"<html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.txt", "empty"),
        (HTML, "a.html", "not_allowed"),
        (HTML, "a.txt", "not_allowed"),
        (b"  \n" + SVG, "a.txt", "not_allowed"),
        (SVG, "a.svg", "not_allowed"),
        (SVG, "a.png", "not_allowed"),
        (HTML, "a.pdf", "not_allowed"),
        (b"\n%PDF-1.7", "a.pdf", "not_allowed"),
        (b"%PDF-1.7", "a.html", "not_allowed"),
        (b"%PDF-1.7", "a.pdf.exe", "not_allowed"),
        (b"%PDF-1.7", "pdf", "not_allowed"),
        (archive(), "a.jar", "not_allowed"),
        (archive(), "a.pdf", "not_allowed"),
        (b"MZ\x90\x00", "a.exe", "not_allowed"),
        (b"MZ\x90\x00", "a.txt", "not_allowed"),
        (b"\xff\xfe<\x00s\x00v\x00g\x00", "a.txt", "not_allowed"),
        (picture("GIF"), "a.gif", "not_allowed"),
        (picture()[:200], "a.jpg", "not_an_image"),
        (picture("PNG")[:60], "a.png", "not_an_image"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "a.png", "not_an_image"),
        (b"\xff\xd8\xff" + b"\x00" * 100, "a.html", "not_an_image"),
    ],
)
def test_anything_else_is_refused_and_leaves_nothing(ann, uploads_root, content, name, why) -> None:
    with pytest.raises(Invalid) as refused:
        keep(ann, content, name)
    assert refused.value.fields == {"file": [why]}
    assert not Upload.objects.exists()
    assert files_in(uploads_root) == []


def test_bombs_are_refused_before_they_unfold(ann) -> None:
    bomb = bytearray(picture("PNG", (1, 1)))
    # The header says that it is 100,000 pixels wide and high.
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    with pytest.raises(Invalid) as refused:
        keep(ann, bytes(bomb), "a.png")
    assert refused.value.fields["file"] in (["too_many_pixels"], ["not_an_image"])
    with pytest.raises(Invalid) as refused:
        services.keep_upload(owner_id=ann.pk, file=BytesIO(b"x"), size=services.FILE_MOST_BYTES + 1, name="a.txt")
    assert refused.value.fields == {"file": ["too_large"]}
    large = picture("PNG") + b"\x00" * services.PICTURE_MOST_BYTES
    with pytest.raises(Invalid) as refused:
        keep(ann, large, "a.png")
    assert refused.value.fields == {"file": ["too_large"]}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("C:\\Users\\Ann\\bill.pdf", "bill.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: b=c.pdf", "a Set-Cookie: b=c.pdf"),
        ("gnp.\u202eexe.png", "gnp.exe.png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ('"; filename="evil.html', '"; filename="evil.html'),
        ("发票.pdf", "发票.pdf"),
        ("\u200b\x00", "file"),
        ("..", "file"),
        ("x" * 300 + ".pdf", "x" * 115 + "….pdf"),
    ],
)
def test_names_are_for_people_to_read(raw: str, name: str) -> None:
    assert clean_name(raw) == name
    assert len(name) <= 120


def test_over_http(ann, bo) -> None:
    client = api(ann)
    file = SimpleUploadedFile("发票.txt", b"thirty yuan", "text/html")
    answer = client.post("/api/uploads/", {"file": file}, format="multipart")
    assert answer.status_code == 201
    card = answer.json()
    assert card == {
        "kind": "file",
        "upload": Upload.objects.get().code,
        "name": "发票.txt",
        "type": "text/plain; charset=utf-8",
        "size": 11,
    }
    link = client.get(f"/api/uploads/{card['upload']}/").json()
    assert link["file"] == card
    # The link alone is enough, for as long as it lasts.
    served = Client().get(link["url"])
    assert b"".join(served) == b"thirty yuan"
    assert served["Content-Type"] == "text/plain; charset=utf-8"
    assert served["Content-Disposition"].startswith("attachment; filename*=")
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "private" in served["Cache-Control"]
    redirect = client.get(f"/api/uploads/{card['upload']}/content")
    assert (redirect.status_code, redirect["Location"]) == (302, link["url"])
    # Until it is sent, it is its owner's alone.
    for path in (f"/api/uploads/{card['upload']}/", f"/api/uploads/{card['upload']}/content"):
        assert api(bo).get(path).status_code == 404
        assert Client().get(path).status_code in (401, 403)
    assert Client().post("/api/uploads/", {"file": file}).status_code in (401, 403)
    assert client.post("/api/uploads/", {"file": "text"}, format="multipart").status_code == 400
    assert client.post("/api/uploads/", {}, format="multipart").status_code == 400
    refused = client.post(
        "/api/uploads/", {"file": SimpleUploadedFile("a.html", HTML, "text/plain")}, format="multipart"
    )
    assert refused.json()["error"]["fields"] == {"file": ["not_allowed"]}
    too_large = client.post("/api/uploads/", {"file": file}, format="multipart", CONTENT_LENGTH=str(10**9))
    assert too_large.json()["error"]["fields"] == {"file": ["too_large"]}
    assert Upload.objects.count() == 1


def test_a_name_cannot_end_the_header(ann) -> None:
    upload = keep(ann, b"text", '"; filename="evil.html\r\n.txt')
    served = Client().get(selectors.link_to(upload)["url"])
    assert b"".join(served) == b"text"
    assert served["Content-Disposition"] == 'attachment; filename="\\"; filename=\\"evil.html .txt"'


def test_links_are_good_for_a_while_and_for_one_file(ann, monkeypatch) -> None:
    upload, other = keep(ann, b"text", "a.txt"), keep(ann, b"other", "b.txt")
    url = selectors.link_to(upload)["url"]
    assert selectors.link_to(upload)["url"] == url
    forged = url.replace(upload.code, other.code)
    for bad in (forged, url[:-1], url + "x", "/files/x", "/files/a.1:b"):
        assert status_of(bad) == 403
    now = selectors.time.time()
    for later, status in ((selectors.LINK_SECS - 1, 200), (2 * selectors.LINK_SECS + 1, 403)):
        monkeypatch.setattr(selectors.time, "time", lambda later=later: now + later)
        assert status_of(url) == status
    monkeypatch.undo()
    upload.delete()
    assert status_of(url) == 404


def test_what_nobody_sends_is_deleted_after_a_day(ann, uploads_root, django_capture_on_commit_callbacks) -> None:
    old, new = keep(ann, b"old", "a.txt"), keep(ann, b"new", "b.txt")
    Upload.objects.filter(pk=old.pk).update(uploaded_at=F("uploaded_at") - timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        assert services.forget_unattached() == 1
    assert list(Upload.objects.all()) == [new]
    assert [path.read_bytes() for path in files_in(uploads_root)] == [b"new"]


def test_one_has_so_many_that_are_not_sent(ann, bo, settings) -> None:
    settings.UPLOADS_UNATTACHED_MOST = 2
    for name in ("a.txt", "b.txt"):
        keep(ann, b"text", name)
    answer = api(ann).post("/api/uploads/", {"file": SimpleUploadedFile("c.txt", b"text")}, format="multipart")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_uploads")
    keep(bo, b"text", "a.txt")


def test_no_kind_can_be_told_by_its_name_alone() -> None:
    for ending in ("pdf", "zip", "docx", "mp4", "mp3", "wav", "gz", "7z", "webm", "ogg"):
        assert content_type_of(b"text", name=f"a.{ending}") is None


def test_codes_of_others_are_no_use(ann) -> None:
    upload = keep(ann, b"text", "a.txt")
    thief = make_user()
    assert services.lock_uploads({services.Wanted(thief.pk, upload.code)}) == {}
