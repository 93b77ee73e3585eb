from typing import ClassVar

from django.db import models

from commerce.catalog.models import Product
from live.shows.models import Show


class ShelfItem(models.Model):
    """A product on a show's shelf; `number` is what the host says aloud."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    sold_out = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["show", "product"], name="a_product_stands_once_on_a_shelf"),
            models.UniqueConstraint(fields=["show", "number"], name="one_item_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.product_id}"


class Pin(models.Model):
    """An item that is being explained now."""

    item = models.OneToOneField(ShelfItem, on_delete=models.CASCADE, related_name="pin")
    pinned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pin of {self.item_id}"
