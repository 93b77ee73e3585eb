from __future__ import annotations

from typing import ClassVar

from django.db import models


class AuditHead(models.Model):
    """The end of the log: whoever appends holds its lock. One row."""

    number = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "community_moderation_audit_head"

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class AuditRow(models.Model):
    """Something that a moderator, or a rule, did. Rows are never changed nor removed: triggers see to it.

    `hash` is SHA-256 over all of it and the hash before. The actor is kept by id alone, for good.
    """

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=32)
    target = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "community_moderation_audit_row"
        indexes: ClassVar = [models.Index(fields=["target", "number"], name="audit_of_a_thing")]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.target}"
