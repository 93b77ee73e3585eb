"""What providers keep, or what we must know of them to ask them again."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class SandboxCharge(models.Model):
    """The books of the sandbox provider: what a real provider would keep on its own side.

    Its one webhook (`event_id`) is due at `deliver_at` until the shop took it (`notified_at`).
    """

    class State(models.TextChoices):
        OPEN = "open"
        SUCCEEDED = "succeeded"
        DECLINED = "declined"
        CLOSED = "closed"

    token = models.CharField(max_length=64, unique=True)
    merchant_key = models.CharField(max_length=64, unique=True)
    order_number = models.CharField(max_length=24)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    amount = models.PositiveBigIntegerField()
    refunded = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    event_id = models.CharField(max_length=64, blank=True)
    deliveries = models.PositiveIntegerField(default=0)
    deliver_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="refund_within_charge"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deliver_at"], condition=Q(notified_at=None), name="sandbox_deliveries_due"),
        ]

    def __str__(self) -> str:
        return f"charge {self.merchant_key}: {self.state}"


class SandboxRefund(models.Model):
    """The sandbox's books again: a refund, once per key of the merchant."""

    charge = models.ForeignKey(SandboxCharge, on_delete=models.PROTECT, related_name="refunds")
    merchant_key = models.CharField(max_length=64, unique=True)
    amount = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"refund {self.merchant_key}: {self.amount}"


class StripeCheckout(models.Model):
    """What was asked of Stripe under a key: the same again answers the same session, also after a lost answer."""

    key = models.CharField(max_length=64, unique=True)
    session_id = models.CharField(max_length=128, blank=True)
    order_number = models.CharField(max_length=24)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checkout {self.key}"
