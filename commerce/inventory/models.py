from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from commerce.catalog.models import Sku


class Stock(models.Model):
    """Units of a SKU that exist, and how many of them are promised (holds, orders, sale allotments).

    With `alert_at`, a `StockAlert` is open while no more units than that are free.
    """

    sku = models.OneToOneField(Sku, primary_key=True, on_delete=models.CASCADE, related_name="stock")
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    alert_at = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(reserved__lte=models.F("on_hand")), name="stock_covers_promises"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.on_hand} on hand, {self.reserved} reserved"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockMovement(models.Model):
    """Append-only: every change of a `Stock`, once per (reference, kind, SKU)."""

    class Kind(models.TextChoices):
        RECEIVE = "receive"
        RESERVE = "reserve"
        RELEASE = "release"
        SELL = "sell"
        WRITE_OFF = "write_off"

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.PositiveIntegerField()
    reference = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference", "kind", "sku"], name="one_movement_per_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity} × {self.sku_id} ({self.reference})"


class StockAlert(models.Model):
    """Few units were left: from `opened_at`, when `available` of them were free and `alert_at` was asked for, until
    `closed_at`.
    """

    stock = models.ForeignKey(Stock, on_delete=models.CASCADE, related_name="alerts")
    alert_at = models.PositiveIntegerField()
    available = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stock"], condition=models.Q(closed_at__isnull=True), name="one_open_alert_per_stock"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stock_id}: {self.available} left"
