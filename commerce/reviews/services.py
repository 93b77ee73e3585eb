"""Reviews: written by who bought, answered by who sold, hidden by staff with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import IO

from django.db import IntegrityError, transaction

from commerce.orders.models import OrderLine
from commerce.reviews.errors import AlreadyReviewed, NotReceivedYet, ReviewClosed, TooManyReviewPictures
from commerce.reviews.models import MOST_PICTURES, FollowUp, Hiding, Reply, Review, ReviewPicture
from commerce.reviews.selectors import arrived_lines, own_review, review_for_staff
from project.kernel import pictures
from project.kernel.clock import database_now
from project.kernel.errors import NotFound

FOLLOW_UP_WITHIN = timedelta(days=180)
PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_PIXELS = (1600, 1600)


def write(*, author_id: int, line_id: int, stars: int, text: str = "", anonymous: bool = False) -> Review:
    """Review a line of one's own order that arrived. Raises NotFound, NotReceivedYet, AlreadyReviewed."""
    line = OrderLine.objects.select_related("order", "sku").filter(pk=line_id, order__buyer_id=author_id).first()
    if line is None:
        raise NotFound
    if not arrived_lines(author_id).filter(pk=line_id).exists():
        raise NotReceivedYet(detail={"state": line.order.state})
    try:
        with transaction.atomic():
            review = Review.objects.create(
                line=line,
                product_id=line.sku.product_id,
                author_id=author_id,
                stars=stars,
                text=text,
                anonymous=anonymous,
                created_at=database_now(),
            )
    except IntegrityError:
        raise AlreadyReviewed(detail={"review": Review.objects.get(line=line).pk}) from None
    return review


def follow_up(*, author_id: int, review_id: int, text: str) -> Review:
    """Say more, once. Raises NotFound, AlreadyReviewed, ReviewClosed."""
    review = own_review(author_id=author_id, review_id=review_id)
    at = database_now()
    if at > review.created_at + FOLLOW_UP_WITHIN:
        raise ReviewClosed(detail={"days": FOLLOW_UP_WITHIN.days})
    _, is_new = FollowUp.objects.get_or_create(review=review, defaults={"text": text, "created_at": at})
    if not is_new:
        raise AlreadyReviewed(detail={"review": review.pk})
    return own_review(author_id=author_id, review_id=review_id)


def add_picture(*, author_id: int, review_id: int, upload: IO[bytes], size: int) -> ReviewPicture:
    """Raises NotFound, ReviewClosed, TooManyReviewPictures, Invalid."""
    review = own_review(author_id=author_id, review_id=review_id)
    if database_now() > review.created_at + FOLLOW_UP_WITHIN:
        raise ReviewClosed(detail={"days": FOLLOW_UP_WITHIN.days})
    image = pictures.reencoded(upload, size=size, field="picture", most_bytes=PICTURE_BYTES, within=PICTURE_PIXELS)
    with transaction.atomic():
        # Two that come at once take their places one after the other.
        Review.objects.select_for_update().get(pk=review.pk)
        position = review.pictures.count()
        if position >= MOST_PICTURES:
            raise TooManyReviewPictures(detail={"most": MOST_PICTURES})
        return ReviewPicture.objects.create(review=review, position=position, image=image)


def reply(*, review_id: int, by_id: int, text: str) -> Review:
    """The seller answers; said again, the last one counts. Raises NotFound."""
    review = review_for_staff(review_id)
    Reply.objects.update_or_create(review=review, defaults={"text": text, "by_id": by_id, "created_at": database_now()})
    return review_for_staff(review_id)


def hide(*, review_id: int, by_id: int, reason: str) -> Review:
    """Take a review off the page; hidden already, nothing happens. Raises NotFound."""
    review = review_for_staff(review_id)
    Hiding.objects.get_or_create(
        review=review, lifted_at=None, defaults={"reason": reason, "by_id": by_id, "at": database_now()}
    )
    return review_for_staff(review_id)


def unhide(*, review_id: int) -> Review:
    """Show it again. Raises NotFound."""
    review = review_for_staff(review_id)
    Hiding.objects.filter(review=review, lifted_at=None).update(lifted_at=database_now())
    return review_for_staff(review_id)
