from django.db import models


class OutboxBatch(models.Model):
    """Events of one transaction, until they are published. Written by the transaction itself.

    `events`: a JSON list of `project.realtime.outbox.Outgoing`. Text: what is in it is sent on as it stands.
    """

    events = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    # After a failed attempt; None before the first.
    next_try_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"events of {self.created_at:%F %T}"

    @property
    def batch_id(self) -> str:
        """Names this batch to Redis; the time keeps a new database from repeating the names of an older one."""
        return f"{self.pk}-{self.created_at.timestamp():.6f}"
