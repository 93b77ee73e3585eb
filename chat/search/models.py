"""An inverted index in plain tables, the same on PostgreSQL and SQLite. What is found by it is read again before it is
shown: a posting too many finds nothing.
"""

from __future__ import annotations

from django.db import models

from chat.conversations.models import Conversation
from chat.messages.models import Message
from project.kernel.rows import Row
from project.kernel.terms import TERM_LENGTH


class Posting(models.Model):
    """A message that a term stands in. The key is the index: the last messages of a conversation that have a term."""

    pk = models.CompositePrimaryKey("conversation", "term", "message")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    term = models.CharField(max_length=TERM_LENGTH)
    # Looked up to forget what is said no more.
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.term} in {self.message_id}"


class Unindexed(models.Model):
    """Messages of a conversation, from the first to the last number, that the index does not have yet."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    first_seq = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.first_seq}–{self.last_seq} of {self.conversation_id}"


class NewUnindexed(Row):
    conversation_id: int
    first_seq: int
    last_seq: int
