"""What is shown of uploads, and the links by which they are read."""

from __future__ import annotations

import time
from typing import cast

from django.core import signing
from django.urls import reverse

from chat.files.cards import FileCard, FileKind, FileLink
from chat.files.errors import LinkExpired
from chat.files.models import Upload
from project.kernel.errors import NotFound

# A link lasts between one and two of these; within one, it is the same, so that browsers know the file again.
LINK_SECS = 300
_SIGNER = signing.Signer(salt="chat.files")


def file_card(upload: Upload) -> FileCard:
    card: FileCard = {
        "kind": cast(FileKind, upload.kind),
        "upload": upload.code,
        "name": upload.name,
        "type": upload.content_type,
        "size": upload.size,
    }
    if upload.width and upload.height:
        card["width"], card["height"] = upload.width, upload.height
    return card


def upload_by_code(code: str) -> Upload:
    """Raises NotFound."""
    upload = Upload.objects.select_related("conversation").filter(code=code).first()
    if upload is None:
        raise NotFound
    return upload


def link_to(upload: Upload) -> FileLink:
    """A link for somebody who may read it. Whoever it is passed on to may so, too, until it is too old."""
    expires_at = (int(time.time()) // LINK_SECS + 2) * LINK_SECS
    token = _SIGNER.sign(f"{upload.code}.{expires_at}")
    url = reverse("file", kwargs={"token": token})
    return {"file": file_card(upload), "url": url, "expires_at": expires_at * 1000}


def upload_by_link(token: str) -> Upload:
    """Raises LinkExpired, NotFound."""
    try:
        code, _, expires_at = _SIGNER.unsign(token).rpartition(".")
    except signing.BadSignature:
        raise LinkExpired from None
    if int(expires_at) < time.time():
        raise LinkExpired
    return upload_by_code(code)
