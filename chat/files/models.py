from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q

from chat.conversations.models import Conversation

NAME_LENGTH = 120


class PrivateStorage(FileSystemStorage):
    """Not below MEDIA_ROOT, which a web server may give to everybody."""

    @property
    def base_location(self) -> Path:
        return Path(settings.UPLOADS_ROOT)

    @property
    def location(self) -> str:
        return str(self.base_location.resolve())


def private_storage() -> PrivateStorage:
    return PrivateStorage()


class Upload(models.Model):
    """A picture or a file. It belongs to its owner alone until a message takes it along; then to the conversation's
    members, as far as they may read the message (`seq`).
    """

    class Kind(models.TextChoices):
        IMAGE = "image"
        FILE = "file"

    code = models.CharField(max_length=32, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=NAME_LENGTH)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    file = models.FileField(upload_to="chat/%Y/%m/", storage=private_storage, max_length=200)
    uploaded_at = models.DateTimeField()
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seq = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_upload_per_message"),
            models.CheckConstraint(
                condition=Q(conversation=None, seq=None) | Q(conversation__isnull=False, seq__isnull=False),
                name="upload_is_attached_or_not",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["uploaded_at"], condition=Q(conversation=None), name="uploads_to_forget"),
            models.Index(fields=["owner"], condition=Q(conversation=None), name="uploads_not_attached"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.owner_id}"
