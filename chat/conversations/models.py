from django.db import models


class Conversation(models.Model):
    """A place where messages stand in one gapless order: the room of a show, a group or a direct chat."""

    class Kind(models.TextChoices):
        SHOW = "show"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    last_seq = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} conversation {self.pk}"
