from typing import ClassVar

from django.conf import settings
from django.db import models

from commerce.catalog.models import Sku

MOST_LINES = 120
MOST_UNITS = 99


class Cart(models.Model):
    """What a person means to buy. `version` is issued under the row's lock: a cart with a smaller one is older."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="cart"
    )
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"cart of {self.user_id}, version {self.version}"


class CartLine(models.Model):
    """Units of a SKU. `price_seen` is what one cost when it was put here, in minor units of `currency_seen`."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    selected = models.BooleanField(default=True)
    price_seen = models.PositiveBigIntegerField()
    currency_seen = models.CharField(max_length=3)
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cart", "sku"], name="one_line_per_sku_in_a_cart"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=MOST_UNITS), name="cart_line_within_limits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class CartMerge(models.Model):
    """A guest's cart that was merged, once a key. `lines` is what was asked: `[[sku, quantity]]`; `refused` as in
    `commerce.cart.cards.RefusedLine`.
    """

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="merges")
    key = models.CharField(max_length=64)
    lines = models.JSONField()
    refused = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["cart", "key"], name="one_cart_merge_per_key")]

    def __str__(self) -> str:
        return f"{self.cart_id}: {self.key}"
