from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Wallet(models.Model):
    """What a user has with us, in minor units. It only moves together with an entry, and then has another `version`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallets")
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "currency"], name="one_wallet_per_currency"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="wallet_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"wallet of user {self.user_id}: {self.balance} {self.currency}"


class WalletEntry(models.Model):
    """Append-only. `amount` is what the balance changed by; `reference` is what for, once; `by` is who of the staff
    credited it."""

    class Kind(models.TextChoices):
        CREDITED = "credited"
        TOPPED_UP = "topped_up"
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


class TopUp(models.Model):
    """Money that a user puts into the wallet through a provider. `provider_key` is saved before the provider is called;
    `number` is what people read. A `version` that is smaller is older.

    `came_in`, in `came_in_currency`, is what its provider has where that is not what was ordered: staff decides.
    """

    class State(models.TextChoices):
        STARTED = "started"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CLOSED = "closed"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="top_ups")
    number = models.CharField(max_length=24, unique=True)
    provider = models.CharField(max_length=20)
    provider_key = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    pay_url = models.CharField(max_length=2000, blank=True)
    came_in = models.PositiveBigIntegerField(null=True)
    came_in_currency = models.CharField(max_length=3, blank=True)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="one_top_up_per_key"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="top_up_of_something"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(state="started"), name="top_ups_by_expiry"),
            models.Index(fields=["id"], condition=Q(came_in__isnull=False), name="top_ups_that_do_not_fit"),
        ]

    def __str__(self) -> str:
        return f"top-up {self.number}: {self.state}"


class TopUpDecision(models.Model):
    """What staff made of a top-up whose provider has another amount than was ordered: `amount` is what came in. What is
    `sent_back` goes under the `refund_key`, and is `done_at` the provider's yes.
    """

    class Way(models.TextChoices):
        CREDITED = "credited"
        SENT_BACK = "sent_back"

    top_up = models.OneToOneField(TopUp, on_delete=models.PROTECT, related_name="decision")
    way = models.CharField(max_length=10, choices=Way.choices)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    refund_key = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.way} {self.amount} {self.currency}"
