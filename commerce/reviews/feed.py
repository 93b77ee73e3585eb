"""What those who know an author read of reviews: what the product's page shows with the author's name."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F

from commerce.catalog.selectors import product_cards, products_on_sale
from commerce.reviews.selectors import shown
from commerce.reviews.serializers import ReviewNewsSerializer
from community.accounts.selectors import card
from community.social.feed import Item, Place, Source, latest


def read(user_ids: Collection[int], *, before: Place | None, limit: int) -> list[Item]:
    """Seven queries: reviews, their pictures, five for cards."""
    found = shown().filter(author__in=user_ids, anonymous=False, product__in=products_on_sale())
    reviews = list(latest(found.annotate(at=F("created_at")), before=before, limit=limit))
    products = product_cards({review.product_id for review in reviews})
    return [
        Item(
            Place(review.created_at, review.pk),
            card(review.author),
            {"review": review, "product": products[review.product_id]},
        )
        for review in reviews
        if review.product_id in products
    ]


REVIEWS = Source(read, ReviewNewsSerializer)
