from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from django.db import models

from chat.conversations.models import Conversation
from project.kernel.rows import Row

TEXT_LENGTH = 2000
EMOJI_LENGTH = 8


class Message(models.Model):
    """Something that was said; its place is `seq`.

    Whatever becomes of it is written under its conversation's lock, counts `version` up and takes the conversation's
    next `change`. `reactions` counts the rows of `Reaction`: `{emoji: how many}`.
    """

    class Hidden(models.TextChoices):
        """Why nobody sees it: whoever wrote it still does in a shadow, unless it was put out of that sight, too. A
        verdict puts into the shadow what was said before.
        """

        SHADOW = "shadow"
        VERDICT = "verdict"
        UNSEEN = "unseen"
        REPORTS = "reports"
        MODERATOR = "moderator"
        SANCTION = "sanction"

    # Neither has an index of its own: those of the constraints begin with them.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = models.CharField(max_length=TEXT_LENGTH)
    key = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    reply_to = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    reactions = models.JSONField(default=dict)
    # As the card has them.
    mentions = models.JSONField(default=list)
    # What the card has beside its text: `{"file": …}`, `{"card": …}`, `{"line": …}`.
    attached = models.JSONField(default=dict)
    # What the first link in the text leads to, as the card has it.
    preview = models.JSONField(null=True)
    edited_at = models.DateTimeField(null=True)
    # Recalled by its author, or removed by a manager; the text is kept for moderation and shown to nobody.
    recalled_at = models.DateTimeField(null=True)
    recalled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # Out of sight, until it is restored.
    hidden_at = models.DateTimeField(null=True)
    hidden_as = models.CharField(max_length=10, choices=Hidden.choices, blank=True)
    pinned_at = models.DateTimeField(null=True)
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)
    change = models.PositiveBigIntegerField()

    class Meta:
        ordering: ClassVar = ["conversation", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["author", "conversation", "key"], name="one_message_per_key"),
            models.UniqueConstraint(fields=["conversation", "change"], name="one_message_per_change"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["conversation"], condition=models.Q(pinned_at__isnull=False), name="pinned_messages"),
            models.Index(
                fields=["conversation", "seq"], condition=models.Q(hidden_at__isnull=False), name="hidden_messages"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.text[:40]}"

    def is_hidden_from(self, user_id: int | None) -> bool:
        return _is_hidden(self, user_id)


IN_SHADOW = (Message.Hidden.SHADOW, Message.Hidden.VERDICT)


class NewMessage(Row):
    """A message that is about to be written; for everything else it is as good as one that was read."""

    conversation_id: int
    seq: int
    author_id: int
    text: str
    key: str
    sent_at: datetime
    change: int
    reply_to_id: int | None = None
    reactions: dict[str, Any] = {}
    mentions: list[Any] = []
    attached: dict[str, Any] = {}
    preview: dict[str, Any] | None = None
    version: int = 1
    edited_at: datetime | None = None
    recalled_at: datetime | None = None
    pinned_at: datetime | None = None
    hidden_at: datetime | None = None
    hidden_as: str = ""

    @property
    def pk(self) -> int:
        return self.id

    def is_hidden_from(self, user_id: int | None) -> bool:
        return _is_hidden(self, user_id)


class ReadMessage(NamedTuple):
    """A message as it was read among hundreds, where a model of each takes Django several times as long."""

    pk: int
    seq: int
    author_id: int
    text: str
    key: str
    sent_at: datetime
    change: int
    version: int
    reactions: dict[str, Any]
    mentions: list[Any]
    attached: dict[str, Any]
    preview: dict[str, Any] | None
    edited_at: datetime | None
    recalled_at: datetime | None
    pinned_at: datetime | None
    hidden_at: datetime | None
    hidden_as: str

    def is_hidden_from(self, user_id: int | None) -> bool:
        return _is_hidden(self, user_id)


def _is_hidden(message: Message | NewMessage | ReadMessage, user_id: int | None) -> bool:
    """From somebody, or from everyone (None): what is in the shadow is not from its author."""
    in_own_shadow = message.hidden_as in IN_SHADOW and user_id == message.author_id
    return message.hidden_at is not None and not in_own_shadow


class MessageMention(models.Model):
    """A message mentions somebody, or everybody where `user` is null: for whoever looks for what concerns oneself."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "conversation", "seq"], name="one_mention_per_person"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "message"], name="mentions_by_person"),
            models.Index(
                fields=["conversation", "seq"], condition=models.Q(user__isnull=True), name="mentions_of_everybody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'everybody'} in {self.conversation_id}: {self.seq}"


class NewMention(Row):
    """A mention that is about to be written."""

    message_id: int
    conversation_id: int
    seq: int
    user_id: int | None


class Wording(models.Model):
    """What a message said before it was edited."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="wordings")
    text = models.CharField(max_length=TEXT_LENGTH)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:40]


class Reaction(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    emoji = models.CharField(max_length=EMOJI_LENGTH)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="one_reaction_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} of {self.user_id}"
