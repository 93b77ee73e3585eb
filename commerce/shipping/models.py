from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Product
from commerce.orders.models import Order, OrderLine
from project.kernel.sealed import SealedJSONField


class Address(models.Model):
    """An entry of a shopper's address book.

    `details`: `{name, phone, country, region: [province, city, district], line, postcode}`; `region` has one to three
    names outside China, `postcode` may be "".
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses")
    details = SealedJSONField()
    label = models.CharField(max_length=20, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-is_default", "-pk"]
        verbose_name_plural = "addresses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner"], condition=Q(is_default=True), name="one_default_address"),
        ]

    def __str__(self) -> str:
        return self.label or f"address {self.pk}"


class FreightTemplate(models.Model):
    """What it costs to send goods, by place; prices in minor units of `currency`. Units or grams, as `basis` says.

    Whoever changes it, or a rule of it, gives it another `version`.
    """

    class Basis(models.TextChoices):
        UNITS = "units"
        WEIGHT = "weight"

    name = models.CharField(max_length=60, unique=True)
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.UNITS)
    currency = models.CharField(max_length=3, default="CNY")
    ships_within_hours = models.PositiveIntegerField(default=48)
    version = models.PositiveBigIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class FreightRule(models.Model):
    """`regions`: codes of places (see `regions.py`); empty for everywhere that no other rule of the template names.

    The first `first` units or grams cost `first_price`, each further `further` of them `further_price`; nothing from
    goods worth `free_from`. Goods are not sent where `delivered` is false. They arrive in
    `days_min` to `days_max` days.
    """

    template = models.ForeignKey(FreightTemplate, on_delete=models.CASCADE, related_name="rules")
    regions = models.JSONField(default=list, blank=True)
    delivered = models.BooleanField(default=True)
    first = models.PositiveIntegerField(default=1)
    first_price = models.PositiveBigIntegerField(default=0)
    further = models.PositiveIntegerField(default=1)
    further_price = models.PositiveBigIntegerField(default=0)
    free_from = models.PositiveBigIntegerField(null=True, blank=True)
    days_min = models.PositiveSmallIntegerField(default=2)
    days_max = models.PositiveSmallIntegerField(default=5)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__gte=1, further__gte=1), name="freight_steps_of_at_least_one"),
            models.CheckConstraint(condition=Q(days_max__gte=F("days_min")), name="arrives_not_before_it_may"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.regions) or "elsewhere"


class ProductFreight(models.Model):
    """Which template a product is sent by; `weight` is that of one unit, in grams."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="freight")
    template = models.ForeignKey(FreightTemplate, on_delete=models.PROTECT, related_name="products")
    weight = models.PositiveIntegerField(default=500)

    class Meta:
        verbose_name_plural = "product freight"

    def __str__(self) -> str:
        return f"{self.product_id}: {self.template_id}"


class ShipmentState(models.TextChoices):
    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED = "returned"


class Shipment(models.Model):
    """A parcel: some or all units of an order, on their way to the buyer, back, or sent in exchange.

    `number` is the carrier's; the state is that of its latest event. What a buyer sends back may be noted for several
    orders: it is one parcel of the carrier, and a row for each order.
    """

    class Purpose(models.TextChoices):
        ORDER = "order"
        RETURN = "return"
        REPLACEMENT = "replacement"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.ORDER)
    carrier = models.CharField(max_length=20)
    number = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=ShipmentState.choices, default=ShipmentState.CREATED)
    version = models.PositiveBigIntegerField(default=1)
    shipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["carrier", "number"], condition=~Q(purpose="return"), name="one_parcel_per_number"
            ),
            models.UniqueConstraint(
                fields=["carrier", "number", "order"], condition=Q(purpose="return"), name="one_return_per_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.number}"


class ShipmentLine(models.Model):
    """Units of an order's line in a parcel. That no line is sent twice over is decided under the order's lock."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipped")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["line_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "line"], name="a_line_once_in_a_parcel"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="ships_at_least_one"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class TrackingEvent(models.Model):
    """What the carrier saw; `at` is its own clock, `place` and `text` are `{zh, en}`."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=ShipmentState.choices)
    at = models.DateTimeField()
    place = models.JSONField(default=dict)
    text = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["at", "event_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "event_id"], name="one_row_per_carrier_event"),
        ]

    def __str__(self) -> str:
        return f"{self.state} at {self.at}"


class CarrierNotice(models.Model):
    """A webhook of a carrier as it came, verified; `outcome` is `done` or `unknown_parcel`."""

    carrier = models.CharField(max_length=20)
    event_id = models.CharField(max_length=64)
    body = models.JSONField()
    outcome = models.CharField(max_length=20)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["carrier", "event_id"], name="one_notice_per_event"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.event_id}: {self.outcome}"


class SimulatedParcel(models.Model):
    """What the simulated carrier has in its vans: `step` is how many steps it took, `next_at` when the next is due.

    It goes from `origin` to `destination`; "" is the seller's house.
    """

    reference = models.CharField(max_length=128, unique=True)
    number = models.CharField(max_length=40, unique=True)
    origin = models.CharField(max_length=120, blank=True)
    destination = models.CharField(max_length=120, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.number
