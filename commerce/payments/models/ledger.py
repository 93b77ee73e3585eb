from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from commerce.payments.models.payments import Payment
from commerce.payments.models.wallet import TopUp


class LedgerEntry(models.Model):
    """Append-only: money that came in, for an order or into a wallet, or went back. Paid and refunded are sums of
    these."""

    class Kind(models.TextChoices):
        PAID = "paid"
        REFUNDED = "refunded"

    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="entries")
    top_up = models.ForeignKey(TopUp, null=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "reference"], name="one_entry_per_reference"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, top_up=None) | Q(payment=None, top_up__isnull=False),
                name="entry_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"
