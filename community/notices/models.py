from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from project.kernel.rows import Row


class Inbox(models.Model):
    """Whoever holds the lock of the row may change the person's notices, and issues the next `version`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="inbox"
    )
    unread = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"inbox of {self.user_id}: {self.unread} unread, version {self.version}"


class Notice(models.Model):
    """`seq` is the version of the inbox that the notice came with, or had its last news. `data`: see `Content`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=100)
    data = models.JSONField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="one_notice_per_key"),
            models.UniqueConstraint(fields=["user", "seq"], name="one_notice_per_seq"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "seq"], condition=Q(read_at=None), name="unread_notices"),
            models.Index(fields=["read_at"], condition=Q(read_at__isnull=False), name="read_notices"),
            models.Index(fields=["at"], condition=Q(read_at=None), name="unread_notices_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class NewNotice(Row):
    """A notice that is about to be written."""

    user_id: int
    seq: int
    kind: str
    key: str
    data: dict[str, Any]
    at: datetime


class Silence(models.Model):
    """A kind of notice that somebody does not want."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="one_silence_per_kind")]

    def __str__(self) -> str:
        return f"{self.user_id}: no {self.kind}"


class Broadcast(models.Model):
    """What everyone of an audience (`followers:7`) is told, piece by piece: `after` is the last user who was."""

    key = models.CharField(max_length=100, unique=True)
    audience = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    data = models.JSONField()
    after = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(done_at=None), name="broadcasts_to_do")]

    def __str__(self) -> str:
        return f"{self.key} to {self.audience}"
