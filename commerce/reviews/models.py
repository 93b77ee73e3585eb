from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from commerce.catalog.models import Product
from commerce.orders.models import OrderLine

MOST_PICTURES = 9


class Review(models.Model):
    """What a buyer says about a line of an order that arrived. `anonymous`: others see a masked name."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="review")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=1000, blank=True)
    anonymous = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
        ]
        indexes: ClassVar = [models.Index(fields=["product", "stars"], name="reviews_by_stars")]

    def __str__(self) -> str:
        return f"{self.stars} for {self.product_id}"


class FollowUp(models.Model):
    """What the author says later, once."""

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.CASCADE, related_name="follow_up")
    text = models.CharField(max_length=1000)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"follow-up of {self.review_id}"


class ReviewPicture(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    image = models.ImageField(upload_to="reviews/")

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "position"], name="one_review_picture_per_position"),
            models.CheckConstraint(condition=Q(position__lt=MOST_PICTURES), name="not_too_many_review_pictures"),
        ]

    def __str__(self) -> str:
        return str(self.image)


class Reply(models.Model):
    """What the seller answers to a review; said again, the last one counts."""

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.CASCADE, related_name="reply")
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"

    def __str__(self) -> str:
        return f"reply to {self.review_id}"


class Hiding(models.Model):
    """Staff took a review off the page, and why; until it is lifted."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="hidings")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review"], condition=Q(lifted_at=None), name="hidden_once"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.reason}"
