from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from community.moderation.models.sanctions import SCOPE_LENGTH


class Rule(models.Model):
    """What automod looks for in a scope (`site`, or a channel), and what it does then."""

    class Kind(models.TextChoices):
        KEYWORD = "keyword"
        LINK = "link"
        FLOOD = "flood"
        DUPLICATE = "duplicate"
        MENTIONS = "mentions"
        NEW_ACCOUNT = "new_account"

    class Action(models.TextChoices):
        """In the order of what they do: of several that match, the last one counts."""

        FLAG = "flag"
        HOLD = "hold"
        REMOVE = "remove"
        MUTE = "mute"

    scope = models.CharField(max_length=SCOPE_LENGTH)
    title = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    params = models.JSONField(default=dict)
    action = models.CharField(max_length=8, choices=Action.choices)
    mute_secs = models.PositiveIntegerField(default=600)
    enabled = models.BooleanField(default=True)
    exempt_users = models.JSONField(default=list)
    exempt_older_than_days = models.PositiveIntegerField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scope"], name="rules_of_a_scope")]

    def __str__(self) -> str:
        return f"{self.title} in {self.scope}"
