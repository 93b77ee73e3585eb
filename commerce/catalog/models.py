from typing import ClassVar

from django.db import models


class Category(models.Model):
    slug = models.SlugField(unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name_en


class Product(models.Model):
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    description_zh = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    visible = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.title_en


class ProductPicture(models.Model):
    """`width` and `height` in pixels as it is shown; null where nobody has measured it."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    image = models.ImageField(upload_to="products/")
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.image)

    @property
    def ratio(self) -> float | None:
        return ratio_of(self.width, self.height)


def ratio_of(width: int | None, height: int | None) -> float | None:
    """Width over height, where both are known."""
    return round(width / height, 3) if width and height else None


class Sku(models.Model):
    """One thing that can be bought: a product in one combination of options.

    `options`: `[{"name": {"zh", "en"}, "value": {"zh", "en"}}]`; prices in minor units of `currency`.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    code = models.CharField(max_length=40, unique=True)
    options = models.JSONField(default=list, blank=True)
    price = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    sellable = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.code

    @property
    def is_for_sale(self) -> bool:
        """In stock or not."""
        return self.sellable and self.product.visible


class PriceRecord(models.Model):
    """Append-only: what a SKU cost, in minor units of `currency`.

    A price of the list has no `until`: it holds until the next one. `was` is what it replaced; null for the first one
    in its currency. A trigger writes these, whatever changes `Sku.price` (a form, a bulk update, SQL). What an activity
    asked beside the list, from `since` to `until`, is written by the activity.
    """

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="price_records")
    price = models.PositiveBigIntegerField()
    was = models.PositiveBigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["since", "pk"]
        indexes: ClassVar = [models.Index(fields=["sku", "since"], name="prices_of_a_sku")]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.price} {self.currency} since {self.since:%F}"
