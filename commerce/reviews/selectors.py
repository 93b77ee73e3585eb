"""Reads of reviews. Hidden ones are seen by their author and by staff alone."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Count, Exists, OuterRef, QuerySet

from commerce.catalog.models import Product
from commerce.orders.models import Order, OrderLine
from commerce.reviews.models import Hiding, Review, ReviewPicture
from commerce.shipping.models import Shipment, ShipmentLine
from project.kernel.errors import NotFound

Filter = Literal["all", "pictures", "follow_up", "5", "4", "3", "2", "1"]
FILTERS: tuple[Filter, ...] = ("all", "pictures", "follow_up", "5", "4", "3", "2", "1")
REVIEWABLE = (Order.State.RECEIVED, Order.State.COMPLETED)


def reviews() -> QuerySet[Review]:
    """With what their cards show."""
    found = Review.objects.select_related("author", "line", "follow_up", "reply", "product")
    return found.prefetch_related("pictures")


def shown() -> QuerySet[Review]:
    return reviews().filter(~Exists(_hidden()))


def reviews_of(product_id: int, *, which: Filter) -> QuerySet[Review]:
    """What others may read about a product. Raises NotFound."""
    if not Product.objects.filter(pk=product_id, visible=True).exists():
        raise NotFound
    found = shown().filter(product_id=product_id)
    if which == "pictures":
        return found.filter(pictures__position=0)
    if which == "follow_up":
        return found.filter(follow_up__isnull=False)
    return found if which == "all" else found.filter(stars=int(which))


def summary_of(product_id: int) -> dict[str, Any]:
    """`{"count", "average": one decimal or None, "stars": {"1".."5": count}, "pictures", "follow_ups"}`.

    Two queries, each over the product's own reviews by an index: no counter to go wrong. Raises NotFound.
    """
    found = reviews_of(product_id, which="all").order_by()
    rows = dict(found.values_list("stars").annotate(Count("pk")))
    stars = {str(star): rows.get(star, 0) for star in range(1, 6)}
    count = sum(stars.values())
    rest = found.aggregate(
        pictures=Count("pk", filter=Exists(ReviewPicture.objects.filter(review=OuterRef("pk")))),
        follow_ups=Count("follow_up"),
    )
    average = round(sum(int(star) * n for star, n in stars.items()) / count, 1) if count else None
    return {"count": count, "average": average, "stars": stars, **rest}


def written_by(author_id: int) -> QuerySet[Review]:
    """One's own, newest first, hidden ones too."""
    return reviews().filter(author_id=author_id)


def arrived_lines(buyer_id: int) -> QuerySet[OrderLine]:
    """What the buyer received; not what was refunded before it was sent."""
    return OrderLine.objects.filter(
        Exists(ShipmentLine.objects.filter(line=OuterRef("pk"), shipment__purpose=Shipment.Purpose.ORDER)),
        order__buyer_id=buyer_id,
        order__state__in=REVIEWABLE,
    )


def lines_to_review(buyer_id: int) -> QuerySet[OrderLine]:
    """What arrived and has no review yet, the latest first."""
    return arrived_lines(buyer_id).filter(review=None).select_related("order", "sku").order_by("-pk")


def for_staff(*, unanswered: bool) -> QuerySet[Review]:
    """All of them, or those that the seller has not answered, newest first."""
    found = reviews().annotate(is_hidden=Exists(_hidden()))
    return found.filter(reply=None) if unanswered else found


def review_for_staff(review_id: int) -> Review:
    """Raises NotFound."""
    review = for_staff(unanswered=False).filter(pk=review_id).first()
    if review is None:
        raise NotFound
    return review


def own_review(*, author_id: int, review_id: int) -> Review:
    """Raises NotFound, also for somebody else's."""
    review = written_by(author_id).filter(pk=review_id).first()
    if review is None:
        raise NotFound
    return review


def name_of(review: Review) -> str:
    """What others read: of an anonymous author the first character alone."""
    name: str = review.author.display_name
    return f"{name[:1]}***" if review.anonymous else name


def _hidden() -> QuerySet[Hiding]:
    return Hiding.objects.filter(review=OuterRef("pk"), lifted_at=None)
