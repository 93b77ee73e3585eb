from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

SCOPE_LENGTH = 64
NOTE_LENGTH = 500
SITE = "site"


class Sanction(models.Model):
    """What a person is held to: where (`site`, or a channel), for how long, why and by whom (null: a rule).

    It holds from `starts_at` until it expires or is lifted; a warning holds nobody to anything. `hidden` are the ids of
    the messages that went out of sight with it.
    """

    class Kind(models.TextChoices):
        WARNING = "warning"
        MUTE = "mute"
        KICK = "kick"
        BAN = "ban"
        SHADOW_MUTE = "shadow_mute"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sanctions")
    scope = models.CharField(max_length=SCOPE_LENGTH)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reason = models.CharField(max_length=16)
    rule = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    lifted_why = models.CharField(max_length=NOTE_LENGTH, blank=True)
    hides_earlier = models.BooleanField(default=False)
    hidden = models.JSONField(default=list)
    # What the request was sent under that gave it; empty where a rule or a decision did.
    key = models.CharField(max_length=64, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=models.F("starts_at")), name="sanction_ends_later"
            ),
            models.UniqueConstraint(fields=["by", "key"], condition=~Q(key=""), name="one_sanction_a_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(lifted_at=None), name="sanctions_not_lifted"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id} in {self.scope}"


class Revision(models.Model):
    """Changes with every change of what processes know by heart (`community.moderation.known`)."""

    name = models.CharField(max_length=16, primary_key=True)
    stamp = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.name} {self.stamp}"


class Appeal(models.Model):
    """Somebody asks for another look at a sanction: once, and somebody else looks."""

    class State(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        OVERTURNED = "overturned"

    sanction = models.OneToOneField(Sanction, on_delete=models.CASCADE, related_name="appeal")
    text = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # Whether the sanction ended with it.
    ended = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="appeals_by_state")]

    def __str__(self) -> str:
        return f"appeal {self.pk}: {self.state}"
