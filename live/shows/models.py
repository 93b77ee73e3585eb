from typing import ClassVar

from django.conf import settings
from django.db import models

from chat.conversations.models import Conversation


class Show(models.Model):
    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        LIVE = "live"
        ENDED = "ended"

    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shows")
    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="show")
    title = models.CharField(max_length=80)
    cover = models.ImageField(upload_to="covers/", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    likes = models.PositiveBigIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.title


class LikeTally(models.Model):
    """Likes of one process in one interval, summed; the key makes a repeated commit harmless."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="tallies")
    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.count} likes of show {self.show_id}"
