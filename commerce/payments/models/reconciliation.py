from typing import ClassVar

from django.db import models

from commerce.payments.models.ledger import LedgerEntry


class ReconciliationRow(models.Model):
    """What a provider's statement of a day and the ledger say about one movement of money, side by side."""

    class Result(models.TextChoices):
        OK = "ok"
        WE_MISS = "we_miss"
        THEY_MISS = "they_miss"
        AMOUNT_DIFFERS = "amount_differs"
        DUPLICATE = "duplicate"

    provider = models.CharField(max_length=20)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=LedgerEntry.Kind.choices)
    key = models.CharField(max_length=64, db_index=True)
    result = models.CharField(max_length=20, choices=Result.choices)
    ours = models.PositiveBigIntegerField(null=True)
    theirs = models.PositiveBigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "day", "kind", "key"], name="one_row_per_movement"),
        ]
        indexes: ClassVar = [models.Index(fields=["day", "result"], name="reconciliation_by_day")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day} {self.key}: {self.result}"
