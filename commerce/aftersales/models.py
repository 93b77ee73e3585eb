from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Product, Sku
from commerce.orders.models import NotReturned, Order, OrderLine
from commerce.shipping.models import Shipment

MOST_PICTURES = 6


class ReturnExclusion(models.Model):
    """A product that need not be taken back without a reason. Lines that were ordered before keep what was agreed."""

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="return_exclusion")
    code = models.CharField(max_length=20, choices=NotReturned.choices)

    def __str__(self) -> str:
        return f"{self.product_id}: {self.code}"


class Case(models.Model):
    """What a buyer asks for, for units of one line, and how far it is. Amounts in minor units of the order's currency.

    `share` is what was paid for these units, `amount` what goes back of it, `freight` what goes back besides; so with
    `points_share` and `points`, which go back in proportion. `unshipped`: the units never left. `deadline` is when the
    state ends by itself.

    `sku` is what the units are of: that of the line where it is null, or one that they were exchanged for before.

    An exchange is for a `replacement`, the same SKU where that is null. It is held under `replacement_reference` from
    the seller's agreement on, and leaves the stock with its parcel.
    """

    class Kind(models.TextChoices):
        REFUND_ONLY = "refund_only"
        RETURN_AND_REFUND = "return_and_refund"
        EXCHANGE = "exchange"

    class State(models.TextChoices):
        REQUESTED = "requested"
        DECLINED = "declined"
        AWAITING_RETURN = "awaiting_return"
        RETURNED = "returned"
        RECEIVED_BACK = "received_back"
        RESENT = "resent"
        EXCHANGED = "exchanged"
        REFUNDING = "refunding"
        REFUNDED = "refunded"
        CLOSED = "closed"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="aftersales")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="aftersales")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.REQUESTED)
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=20)
    text = models.CharField(max_length=500, blank=True)
    share = models.PositiveBigIntegerField()
    amount = models.PositiveBigIntegerField()
    freight = models.PositiveBigIntegerField(default=0)
    points_share = models.PositiveBigIntegerField(default=0)
    points = models.PositiveBigIntegerField(default=0)
    unshipped = models.BooleanField(default=False)
    sku = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    replacement = models.ForeignKey(Sku, null=True, on_delete=models.PROTECT, related_name="+")
    # What two cases are about may go back in one parcel.
    return_parcel = models.ForeignKey(Shipment, null=True, on_delete=models.PROTECT, related_name="returned_for")
    replacement_parcel = models.OneToOneField(Shipment, null=True, on_delete=models.PROTECT, related_name="sent_for")
    deadline = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="case_of_at_least_one"),
            models.CheckConstraint(condition=Q(amount__lte=F("share")), name="case_within_share"),
            models.CheckConstraint(condition=Q(points__lte=F("points_share")), name="case_within_points"),
            models.UniqueConstraint(fields=["order"], condition=Q(freight__gt=0), name="freight_goes_back_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "deadline"], name="cases_by_deadline")]

    def __str__(self) -> str:
        return f"case {self.pk} of {self.order_id}: {self.state}"

    @property
    def reference(self) -> str:
        """What payments and the stock know it by."""
        return f"aftersale:{self.pk}"

    @property
    def replacement_reference(self) -> str:
        """What the stock knows the units by that are held for an exchange."""
        return f"{self.reference}:resend"

    @property
    def own_sku(self) -> Sku:
        return self.sku or self.line.sku

    @property
    def own_sku_id(self) -> int:
        return self.sku_id or self.line.sku_id

    @property
    def replacement_sku_id(self) -> int:
        return self.replacement_id or self.own_sku_id


class CaseEvent(models.Model):
    """Append-only: each step of a case. `state` is the one it led to; `by` is "buyer", "seller" or "time".

    `data` holds what was said: `{"text"}`, `{"carrier", "number"}`, `{"good_quantity"}`, or what was chosen instead:
    `{"instead"}`, a kind, or `{"replacement"}`, the id of a SKU.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=20, choices=Case.State.choices)
    by = models.CharField(max_length=10)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.state}"


class Evidence(models.Model):
    """A picture that the buyer shows with a case; seen by the buyer and by staff only."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    image = models.ImageField(upload_to="aftersales/")

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name_plural = "evidence"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "position"], name="one_picture_per_position"),
            models.CheckConstraint(condition=Q(position__lt=MOST_PICTURES), name="not_too_many_pictures"),
        ]

    def __str__(self) -> str:
        return str(self.image)
