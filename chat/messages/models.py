from typing import ClassVar

from django.conf import settings
from django.db import models

from chat.conversations.models import Conversation


class Message(models.Model):
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    sent_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["conversation", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["author", "conversation", "key"], name="one_message_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.text[:40]}"
