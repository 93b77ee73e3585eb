from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Category, Product
from project.kernel.rows import Row


class Offer(models.Model):
    """What all promotions have: a name, the goods they are for (all, when none are named) and who pays for them.

    `funded_by` is a seller, or "house".
    """

    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    currency = models.CharField(max_length=3, default="CNY")
    categories = models.ManyToManyField(Category, blank=True, related_name="+")
    products = models.ManyToManyField(Product, blank=True, related_name="+")
    funded_by = models.CharField(max_length=40, default="house")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_en


class ThresholdDiscount(Offer):
    """So much off from an amount on (满减); as `pricing.Threshold`. `steps`: `[[from, off]]` in minor units.

    The one with the higher `precedence` is tried first; of equals, the one that was made first.
    """

    steps = models.JSONField()
    repeats = models.BooleanField(default=False)
    most_off = models.PositiveBigIntegerField(null=True, blank=True)
    precedence = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-precedence", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="threshold_ends_after_it_starts"),
        ]
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="thresholds_by_end")]


class Coupon(Offer):
    """What coupons of one kind are worth, as `pricing.Coupon`, and who may have how many of them.

    It can be taken from `starts_at` to `ends_at`; what was taken can be used for `valid_days`, or until `usable_until`.
    `granted` counts all that were given out, `granted_today` those of the `day`.
    """

    class Way(models.TextChoices):
        """How one gets it: everyone takes it; who knows the code; who is given it; who never bought; from a drop."""

        PUBLIC = "public"
        CODE = "code"
        TARGETED = "targeted"
        NEWCOMER = "newcomer"
        DROP = "drop"

    way = models.CharField(max_length=10, choices=Way.choices, default=Way.PUBLIC)
    code = models.CharField(max_length=24, null=True, blank=True, unique=True)  # noqa: DJ001 - unique, so no "" twice
    off = models.PositiveBigIntegerField(default=0)
    percent_off = models.PositiveSmallIntegerField(default=0)
    most_off = models.PositiveBigIntegerField(null=True, blank=True)
    minimum = models.PositiveBigIntegerField(default=0)
    group = models.CharField(max_length=20, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    per_user = models.PositiveSmallIntegerField(default=1)
    per_day = models.PositiveIntegerField(null=True, blank=True)
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True)
    usable_until = models.DateTimeField(null=True, blank=True)
    granted = models.PositiveIntegerField(default=0)
    granted_today = models.PositiveIntegerField(default=0)
    day = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="coupon_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(off__gt=0, percent_off=0) | Q(off=0, percent_off__gt=0, percent_off__lte=100),
                name="coupon_is_an_amount_or_a_percentage",
            ),
            models.CheckConstraint(condition=Q(total=None) | Q(granted__lte=F("total")), name="coupons_within_total"),
            models.CheckConstraint(
                condition=Q(per_day=None) | Q(granted_today__lte=F("per_day")), name="coupons_within_day"
            ),
            models.CheckConstraint(
                condition=Q(way="code", code__isnull=False) | (~Q(way="code") & Q(code=None)), name="code_for_the_way"
            ),
            models.CheckConstraint(
                condition=Q(valid_days__isnull=False) | Q(usable_until__isnull=False), name="coupon_ends_some_day"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["way", "ends_at"], name="coupons_by_way")]


class CouponDrop(models.Model):
    """So many coupons of one kind, for a short while, to whoever claims them first: one a person.

    `channel` says where it was launched (`show:7`) and means nothing to this app; `conditions` (`DropCondition`) are
    what a person must have done there. What nobody claimed is not given.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        OPEN = "open"
        CLOSED = "closed"

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="drops")
    channel = models.CharField(max_length=64, db_index=True)
    key = models.CharField(max_length=64)
    launched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    given = models.PositiveIntegerField(default=0)
    conditions = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SCHEDULED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=20, blank=True)
    version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["launched_by", "key"], name="one_drop_per_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="drop_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(quantity__gte=F("given")), name="never_more_given"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "ends_at"], name="drops_by_state")]

    def __str__(self) -> str:
        return f"drop {self.pk} in {self.channel}: {self.given} of {self.quantity} given"


class CouponGrant(models.Model):
    """A coupon that somebody has: the `ordinal`-th of its kind.

    `locked` while an order with it may still be paid, `used` once it is. `reference` is the number of the purchase it
    is, or last was, part of. Of a drop, it is the `position`-th that was claimed, with `drop_key`.
    """

    class State(models.TextChoices):
        USABLE = "usable"
        LOCKED = "locked"
        USED = "used"

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="grants")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="coupons")
    ordinal = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.USABLE)
    usable_until = models.DateTimeField()
    reference = models.CharField(max_length=24, blank=True)
    granted_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    drop = models.ForeignKey(CouponDrop, null=True, on_delete=models.PROTECT, related_name="grants")
    drop_key = models.CharField(max_length=64, blank=True)
    position = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["coupon", "owner", "ordinal"], name="coupons_within_limit_of_user"),
            models.CheckConstraint(condition=Q(state="usable") | ~Q(reference=""), name="coupon_in_use_names_where"),
            models.UniqueConstraint(fields=["drop", "owner"], name="one_coupon_of_a_drop_per_person"),
            models.UniqueConstraint(fields=["drop", "position"], name="one_coupon_per_position_of_a_drop"),
            models.CheckConstraint(
                condition=Q(drop=None, position=None, drop_key="")
                | Q(drop__isnull=False, position__isnull=False) & ~Q(drop_key=""),
                name="claimed_with_a_key",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["owner", "state", "usable_until"], name="coupons_of_owner")]

    def __str__(self) -> str:
        return f"{self.coupon_id} of {self.owner_id}: {self.state}"


class NewGrant(Row):
    """A coupon of a drop that was claimed just now and is about to be written."""

    coupon_id: int
    owner_id: int
    ordinal: int
    usable_until: datetime
    granted_at: datetime
    drop_id: int
    drop_key: str
    position: int
    state: str = CouponGrant.State.USABLE.value
    reference: str = ""
