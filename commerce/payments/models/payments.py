from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from commerce.orders.models import Order


class Payment(models.Model):
    """One attempt to pay an order with one provider. `provider_key` is saved before the provider is called.

    `refunded` is what of it has been promised back, done or due. `problem`: what its provider says that does not
    fit, so that nothing is settled and the order stays as it is until staff decides.
    """

    class State(models.TextChoices):
        STARTED = "started"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CLOSED = "closed"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    provider_key = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    amount = models.PositiveBigIntegerField()
    refunded = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    pay_url = models.CharField(max_length=2000, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "key"], name="one_payment_per_key"),
            models.UniqueConstraint(fields=["order"], condition=Q(state="started"), name="one_open_payment_per_order"),
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="refunded_within_payment"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(state="started"), name="payments_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk} of {self.order_id}: {self.state}"


class Refund(models.Model):
    """Money that has to go back. `key` is saved before the provider is called, and makes the call repeatable.

    `reference` names what asked for it (`aftersale:7`); one demand may go back over several payments.
    Failed, the provider refuses it for good, for the reason in `problem`: it is owed until staff sends it again or has
    paid it in another way.
    """

    class State(models.TextChoices):
        DUE = "due"
        DONE = "done"
        FAILED = "failed"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=20)
    problem = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "reference"], name="one_refund_per_reference"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state="due"), name="refunds_due"),
        ]

    def __str__(self) -> str:
        return f"refund of payment {self.payment_id}: {self.state}"


class ProviderEvent(models.Model):
    """A webhook as it came, once per (provider, event id)."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=128)
    body = models.JSONField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    processed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["provider", "event_id"], name="one_row_per_event")]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], condition=Q(processed_at=None), name="events_to_process"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
