from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from project.kernel.sealed import SealedJSONField

SCOPE_LENGTH = 20


class IdempotencyRecord(models.Model):
    """What a POST with an `Idempotency-Key` answered; without a `status`, it is under way since `started_at`.

    `owner` is the request that works on it; `fingerprint` is a keyed hash of the path and the body.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=SCOPE_LENGTH)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    owner = models.CharField(max_length=22)
    started_at = models.DateTimeField(db_default=Now(), db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = SealedJSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "scope", "key"], name="one_answer_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}: {self.status or 'under way'}"
