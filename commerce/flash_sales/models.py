from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Sku
from project.kernel.rows import Row


class FlashSale(models.Model):
    """A deal for a short while: some SKUs, each with its own price and its own allotment out of the stock.

    `channel` says where it was launched (`show:7`), and means nothing to this app.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        OPEN = "open"
        CLOSED = "closed"

    channel = models.CharField(max_length=64, db_index=True)
    key = models.CharField(max_length=64)
    launched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=20, blank=True)
    version = models.PositiveBigIntegerField(default=0)
    last_position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["launched_by", "key"], name="one_sale_per_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="sale_ends_after_it_starts"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "ends_at"], name="sales_by_state")]

    def __str__(self) -> str:
        return f"sale {self.pk} in {self.channel}"


class Allotment(models.Model):
    """The units of one SKU that a sale may give away. The CHECK is what makes overselling impossible.

    `list_price` is the lowest that the SKU cost in the seven days before; null when that is not above `price`.
    """

    sale = models.ForeignKey(FlashSale, on_delete=models.CASCADE, related_name="allotments")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    price = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    list_price = models.PositiveBigIntegerField(null=True)
    total = models.PositiveIntegerField()
    held = models.PositiveIntegerField(default=0)
    sold = models.PositiveIntegerField(default=0)
    per_customer_limit = models.PositiveIntegerField(default=1)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "sku"], name="one_allotment_per_sku"),
            models.CheckConstraint(condition=Q(total__gte=F("held") + F("sold")), name="never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} in sale {self.sale_id}: {self.held} held, {self.sold} sold of {self.total}"

    @property
    def remaining(self) -> int:
        return self.total - self.held - self.sold


class Claim(models.Model):
    """Units that a shopper won. Held until `expires_at`, then sold or released, each once."""

    class State(models.TextChoices):
        HELD = "held"
        SOLD = "sold"
        RELEASED = "released"

    # Sale and shopper have no index of their own: others begin with them.
    sale = models.ForeignKey(FlashSale, on_delete=models.PROTECT, related_name="claims", db_index=False)
    allotment = models.ForeignKey(Allotment, on_delete=models.PROTECT, related_name="claims")
    shopper = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    price = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Money may be on its way: only the order that is being paid may release the units, once the provider has closed.
    paying_since = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "shopper", "key"], name="one_claim_per_key"),
            models.UniqueConstraint(
                fields=["sale", "shopper"], condition=Q(state="held"), name="one_held_claim_per_shopper"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="claim_of_at_least_one"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="holds_by_expiry"),
            models.Index(fields=["shopper", "state"], name="claims_of_a_shopper"),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}: {self.quantity} for {self.shopper_id}, {self.state}"


class NewClaim(Row):
    """A claim that was won just now and is about to be written."""

    sale_id: int
    allotment_id: int
    shopper_id: int
    key: str
    quantity: int
    price: int
    currency: str
    position: int
    created_at: datetime
    expires_at: datetime
    state: str = Claim.State.HELD.value
    release_reason: str = ""
