"""Keeping what people upload, until a message takes it along or nobody wants it any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import IO, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image

from chat.files.errors import TooManyUploads
from chat.files.kinds import content_type_of, is_image
from chat.files.models import Upload
from chat.files.names import clean_name
from community.moderation.selectors.rooms import held_uploads
from project.kernel import pictures
from project.kernel.clock import database_now
from project.kernel.errors import Invalid
from project.kernel.ids import new_key

PICTURE_MOST_BYTES = 10 * 1024 * 1024
PICTURE_WITHIN = (1920, 1920)
FILE_MOST_BYTES = 20 * 1024 * 1024


class Wanted(NamedTuple):
    """A message of this author would like to take an upload along."""

    owner_id: int
    code: str


def keep_upload(*, owner_id: int, file: IO[bytes], size: int, name: str) -> Upload:
    """Keep a file for its owner: a picture drawn anew, without its metadata; anything else as it is. `size` in bytes.

    Raises TooManyUploads, and Invalid with the field `file`: `empty`, `too_large`, `too_many_pixels`, `not_an_image`,
    `not_allowed`.
    """
    if size > FILE_MOST_BYTES:
        raise Invalid(fields={"file": ["too_large"]}, detail={"most_bytes": FILE_MOST_BYTES})
    if Upload.objects.filter(owner=owner_id, conversation=None).count() >= settings.UPLOADS_UNATTACHED_MOST:
        raise TooManyUploads(detail={"most": settings.UPLOADS_UNATTACHED_MOST})
    content = file.read(FILE_MOST_BYTES + 1)
    if not content:
        raise Invalid(fields={"file": ["empty"]})
    upload = Upload(owner_id=owner_id, code=new_key(), name=clean_name(name), uploaded_at=database_now())
    kept = _as_picture(upload, file, size) if is_image(content) else _as_file(upload, content)
    # Nothing of what it was called is left in the path.
    upload.file.save(new_key(), kept, save=False)
    upload.save(force_insert=True)
    return upload


def lock_uploads(wanted: Collection[Wanted]) -> dict[Wanted, Upload]:
    """Those that belong to who wants them and are in no message, locked until the transaction ends. One query."""
    if not wanted:
        return {}
    found = Upload.objects.select_for_update().filter(code__in={one.code for one in wanted}, conversation=None)
    by_name = {Wanted(upload.owner_id, upload.code): upload for upload in found.order_by("pk")}
    return {one: by_name[one] for one in wanted if one in by_name}


def attach_uploads(places: Mapping[Wanted, tuple[int, int]], locked: Mapping[Wanted, Upload]) -> None:
    """Give locked uploads to the messages that take them along: (conversation id, number). One query."""
    for one, (conversation_id, seq) in places.items():
        locked[one].conversation_id, locked[one].seq = conversation_id, seq
    if places:
        Upload.objects.bulk_update([locked[one] for one in places], ["conversation", "seq"])


def forget_unattached(*, most: int = 500) -> int:
    """Delete what no message has taken along for a day, unless one that is held may; returns how many."""
    before = database_now() - timedelta(seconds=settings.UPLOADS_UNATTACHED_SECS)
    with transaction.atomic():
        old = Upload.objects.select_for_update().filter(conversation=None, uploaded_at__lt=before)
        gone = list(old.exclude(code__in=held_uploads()).order_by("pk")[:most])
        Upload.objects.filter(pk__in=[upload.pk for upload in gone]).delete()
        transaction.on_commit(lambda: _delete_files(gone))
    return len(gone)


def _as_picture(upload: Upload, file: IO[bytes], size: int) -> ContentFile[bytes]:
    file.seek(0)
    kept = pictures.reencoded(file, size=size, field="file", most_bytes=PICTURE_MOST_BYTES, within=PICTURE_WITHIN)
    with Image.open(kept) as image:
        upload.width, upload.height = image.size
    kept.seek(0)
    stem = upload.name.rpartition(".")[0] or upload.name
    upload.kind, upload.name = Upload.Kind.IMAGE, f"{stem}.webp"
    upload.content_type, upload.size = "image/webp", kept.size
    return kept


def _as_file(upload: Upload, content: bytes) -> ContentFile[bytes]:
    content_type = content_type_of(content, name=upload.name)
    if content_type is None:
        raise Invalid(fields={"file": ["not_allowed"]})
    upload.kind, upload.content_type, upload.size = Upload.Kind.FILE, content_type, len(content)
    return ContentFile(content)


def _delete_files(uploads: Iterable[Upload]) -> None:
    for upload in uploads:
        assert upload.file.name
        upload.file.storage.delete(upload.file.name)
