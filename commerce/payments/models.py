from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from commerce.orders.models import Order


class Payment(models.Model):
    """One attempt to pay an order with one provider. `provider_key` is saved before the provider is called.

    `refunded` is what of it has been promised back, done or due.
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


class LedgerEntry(models.Model):
    """Append-only: money that came in for an order, or went back. Paid and refunded are sums of these."""

    class Kind(models.TextChoices):
        PAID = "paid"
        REFUNDED = "refunded"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "reference"], name="one_entry_per_reference")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class Refund(models.Model):
    """Money that has to go back. `key` is saved before the provider is called, and makes the call repeatable.

    `reference` names what asked for it (`aftersale:7`); one demand may go back over several payments. `announced_at`
    is when whoever asked was told that all of it is done.
    """

    class State(models.TextChoices):
        DUE = "due"
        DONE = "done"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=20)
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


class Wallet(models.Model):
    """What a user has with us, in minor units. It only moves together with an entry."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallets")
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "currency"], name="one_wallet_per_currency"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="wallet_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"wallet of user {self.user_id}: {self.balance} {self.currency}"


class WalletEntry(models.Model):
    """Append-only. `amount` is what the balance changed by; `reference` is what for, once; `by` who topped it up."""

    class Kind(models.TextChoices):
        CREDITED = "credited"
        PAID = "paid"
        REFUNDED = "refunded"

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.BigIntegerField()
    balance = models.BigIntegerField()
    reference = models.CharField(max_length=80, unique=True)
    order_number = models.CharField(max_length=24, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "wallet entries"

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


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
