from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.catalog.serializers import ProductCardSerializer
from commerce.orders.models import OrderLine
from commerce.reviews.models import Review
from commerce.reviews.selectors import name_of
from community.social.serializers import FeedItemSerializer
from project.kernel.ids import MOST_ID
from project.serializers import BilingualSerializer, OptionSerializer


class SaidSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class ReviewSerializer(serializers.Serializer[Any]):
    """`options` are those of the SKU that was bought; `author` is masked when it is anonymous."""

    id = serializers.IntegerField()
    product = serializers.IntegerField()
    title = BilingualSerializer()
    options = OptionSerializer(many=True)
    author = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    stars = serializers.IntegerField()
    text = serializers.CharField(allow_blank=True)
    pictures = serializers.ListField(child=serializers.CharField())
    follow_up = SaidSerializer(allow_null=True)
    reply = SaidSerializer(allow_null=True)
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation(_body(instance))


class ReviewNewsSerializer(FeedItemSerializer):
    """A review that was written under the author's name."""

    kind = serializers.ChoiceField(choices=["review"])
    review = ReviewSerializer()
    product = ProductCardSerializer()


class StudioReviewSerializer(ReviewSerializer):
    """For staff, with whether it is hidden; the review comes from `selectors.for_staff`."""

    hidden = serializers.BooleanField()


def _body(review: Review) -> dict[str, Any]:
    follow_up, reply = getattr(review, "follow_up", None), getattr(review, "reply", None)
    avatar = review.author.avatar
    return {
        "id": review.pk,
        "product": review.product_id,
        "title": {"zh": review.line.title_zh, "en": review.line.title_en},
        "options": review.line.options,
        "author": name_of(review),
        "avatar": avatar.url if avatar and not review.anonymous else None,
        "stars": review.stars,
        "text": review.text,
        "pictures": [picture.image.url for picture in review.pictures.all()],
        "follow_up": {"text": follow_up.text, "at": follow_up.created_at} if follow_up else None,
        "reply": {"text": reply.text, "at": reply.created_at} if reply else None,
        "created_at": review.created_at,
        "hidden": getattr(review, "is_hidden", False),
    }


class StarsSerializer(serializers.Serializer[Any]):
    """How many gave so many stars."""

    def get_fields(self) -> dict[str, Any]:
        return {str(star): serializers.IntegerField() for star in range(1, 6)}


class ReviewSummarySerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    average = serializers.FloatField(allow_null=True)
    stars = StarsSerializer()
    pictures = serializers.IntegerField()
    follow_ups = serializers.IntegerField()


class LineToReviewSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField()
    product = serializers.IntegerField()
    title = BilingualSerializer()
    options = OptionSerializer(many=True)
    picture = serializers.CharField(allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        line: OrderLine = instance
        return super().to_representation(
            {
                "id": line.pk,
                "order": line.order.number,
                "product": line.sku.product_id,
                "title": {"zh": line.title_zh, "en": line.title_en},
                "options": line.options,
                "picture": line.picture or None,
            }
        )


class WriteReviewSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    stars = serializers.IntegerField(min_value=1, max_value=5)
    text = serializers.CharField(max_length=1000, allow_blank=True, default="")
    anonymous = serializers.BooleanField(default=False)


class SaySerializer(serializers.Serializer[Any]):
    text = serializers.CharField(min_length=1, max_length=1000)


class HideSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(min_length=1, max_length=200)


class ReviewPictureSerializer(serializers.Serializer[Any]):
    picture = serializers.FileField(max_length=255)
