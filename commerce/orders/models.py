from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from commerce.catalog.models import Sku
from commerce.flash_sales.models import Claim
from project.kernel.sealed import SealedJSONField


class Order(models.Model):
    """What a shopper agreed to pay for. All amounts in minor units of `currency`.

    `channel` is where it came from (`show:7`), kept as an opaque text; `address` is `{name, phone, region, line}`;
    `invoice` is `{kind: "personal" | "company", title, tax_number, email}`. `seller` is who ships it, "" for the house;
    `purchase` is the number that the orders of one checkout share.
    """

    class State(models.TextChoices):
        PENDING_PAYMENT = "pending_payment"
        PAID = "paid"
        SHIPPED = "shipped"
        RECEIVED = "received"
        COMPLETED = "completed"
        CLOSED = "closed"

    number = models.CharField(max_length=24, unique=True)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING_PAYMENT)
    seller = models.CharField(max_length=40, blank=True)
    purchase = models.CharField(max_length=24, blank=True, db_index=True)
    currency = models.CharField(max_length=3)
    goods_total = models.PositiveBigIntegerField()
    discount_total = models.PositiveBigIntegerField(default=0)
    freight_total = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField()
    address = SealedJSONField()
    invoice = SealedJSONField(null=True)
    channel = models.CharField(max_length=64, blank=True, db_index=True)
    version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total=F("goods_total") + F("freight_total") - F("discount_total")), name="total_adds_up"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "expires_at"], name="orders_by_expiry")]

    def __str__(self) -> str:
        return self.number


class NotReturned(models.TextChoices):
    """Why goods need not be taken back without a reason.

    Source: 消费者权益保护法 (PRC Consumer Protection Law), article 25.
    """

    MADE_TO_ORDER = "made_to_order"
    PERISHABLE = "perishable"
    OPENED_DIGITAL = "opened_digital"
    NEWSPAPER = "newspaper"


class OrderLine(models.Model):
    """A line keeps what was agreed: title, options and prices as they were, and whether it comes back without a reason.

    `discount` is its share of all `discounts`: `[{"kind", "key", "name": {"zh", "en"}, "amount", "funded_by"}]`.
    `points` were spent on it. `refunded_quantity` are units whose money goes back; they are not to be shipped.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    claim = models.OneToOneField(Claim, null=True, on_delete=models.PROTECT, related_name="order_line")
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    options = models.JSONField(default=list)
    picture = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.PositiveBigIntegerField()
    list_price = models.PositiveBigIntegerField(null=True)
    total = models.PositiveBigIntegerField()
    discount = models.PositiveBigIntegerField(default=0)
    discounts = models.JSONField(default=list)
    points = models.PositiveBigIntegerField(default=0)
    refunded_quantity = models.PositiveIntegerField(default=0)
    not_returned = models.CharField(max_length=20, choices=NotReturned.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_of_at_least_one"),
            models.CheckConstraint(condition=Q(discount__lte=F("total")), name="line_not_below_zero"),
            models.CheckConstraint(condition=Q(refunded_quantity__lte=F("quantity")), name="refunded_within_line"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title_en}"

    @property
    def paid(self) -> int:
        """What the buyer pays for it, in minor units, freight not included."""
        return self.total - self.discount


class OrderEvent(models.Model):
    """Append-only: what happened to an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    type = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.type}"
