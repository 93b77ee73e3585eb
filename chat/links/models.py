from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from chat.links.pages import SITE_LENGTH, TEXT_LENGTH, TITLE_LENGTH
from chat.messages.models import Message

URL_LENGTH = 2000


class Link(models.Model):
    """What an address leads to, as it was when it was looked at; without a title, nothing is shown of it.

    `digest` of the address, which is too long for an index.
    """

    digest = models.CharField(max_length=64, unique=True)
    url = models.CharField(max_length=URL_LENGTH)
    title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    text = models.CharField(max_length=TEXT_LENGTH, blank=True)
    site = models.CharField(max_length=SITE_LENGTH, blank=True)
    # Somebody looks at it since then: whoever has died over it does not keep others from it for long.
    taken_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(looked_at=None), name="links_to_look_at")]

    def __str__(self) -> str:
        return self.url


class Waiting(models.Model):
    """A message that is to show what a link leads to."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="waiting")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["link", "message"], name="one_wait_per_link")]

    def __str__(self) -> str:
        return f"{self.message_id} waits for {self.link_id}"
