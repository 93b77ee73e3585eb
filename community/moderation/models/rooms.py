from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from community.moderation.models.sanctions import SCOPE_LENGTH

SLOWEST_SECS = 120


class RoomSetting(models.Model):
    """What holds in a channel; one that has no row is open. `version` is issued under the row's lock."""

    channel = models.CharField(max_length=SCOPE_LENGTH, primary_key=True)
    slow_mode_secs = models.PositiveIntegerField(default=0)
    followers_only = models.BooleanField(default=False)
    min_account_age_secs = models.PositiveIntegerField(default=0)
    links = models.BooleanField(default=True)
    chat = models.BooleanField(default=True)
    held = models.BooleanField(default=False)
    raid_until = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(slow_mode_secs__lte=SLOWEST_SECS), name="slow_mode_within_limits"),
        ]

    def __str__(self) -> str:
        return f"rules of {self.channel}"


class HeldMessage(models.Model):
    """A message that waits for a moderator: approved, it gets its place then, and is the author's own under `key`."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        REFUSED = "refused"

    channel = models.CharField(max_length=SCOPE_LENGTH)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=2000)
    key = models.CharField(max_length=64)
    reply_to = models.PositiveBigIntegerField(null=True)
    # As `places.Beside` has them.
    mentions = models.JSONField(default=list)
    upload = models.CharField(max_length=32, blank=True)
    about = models.CharField(max_length=64, blank=True)
    rule = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # What it has become.
    message = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "channel", "key"], name="one_held_message_a_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["channel", "state", "id"], name="held_in_a_channel")]

    def __str__(self) -> str:
        return f"{self.author_id} in {self.channel}: {self.text[:40]}"


class HeldTally(models.Model):
    """What orders the counts of messages that wait: whoever counts holds its lock. One row."""

    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        db_table = "community_moderation_held_tally"

    def __str__(self) -> str:
        return f"count {self.version}"
