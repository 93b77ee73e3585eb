from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from commerce.aftersales import services as aftersales
from commerce.orders.models import Order
from commerce.reviews import selectors, services
from commerce.reviews.errors import AlreadyReviewed, NotReceivedYet, ReviewClosed, TooManyReviewPictures
from commerce.reviews.models import Review
from commerce.shipping.services import shipments
from project.kernel.clock import now
from project.kernel.errors import DomainError, Invalid, NotFound
from tests.commerce.aftersales.test_services import ask, bought
from tests.support.buying import api
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db


def write(order: Order, **fields: Any) -> Review:
    line = order.lines.first()
    assert line
    return services.write(**{"author_id": order.buyer_id, "line_id": line.pk, "stars": 5, "text": "好", **fields})


def refused(error: type[DomainError], act: Callable[[], object]) -> Any:
    before = list(Review.objects.values())
    with pytest.raises(error) as refusal:
        act()
    assert list(Review.objects.values()) == before
    return refusal.value.detail


def picture() -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    out.seek(0)
    return out


def test_what_arrived_is_reviewed_once() -> None:
    order = bought((3000, 1))
    assert [line.pk for line in selectors.lines_to_review(order.buyer_id)] == [order.lines.get().pk]
    review = write(order)
    assert (review.product_id, review.stars) == (order.lines.get().sku.product_id, 5)
    assert refused(AlreadyReviewed, lambda: write(order)) == {"review": review.pk}
    assert not selectors.lines_to_review(order.buyer_id).exists()


@pytest.mark.parametrize("state", ["paid", "shipped"])
def test_what_has_not_arrived_is_not_reviewed(state: str) -> None:
    order = bought((3000, 1), state=state)
    assert refused(NotReceivedYet, lambda: write(order)) == {"state": state}


def test_what_was_refunded_before_it_was_sent_is_not_reviewed() -> None:
    order = bought((3000, 1), (2000, 2), state="paid")
    first, second = order.lines.all()
    ask(order, second, kind="refund_only", reason="changed_mind", quantity=2)
    shipments.ship(number=order.number, carrier_code="sf", key="k", tracking_number="SF1")
    shipments.receive(buyer_id=order.buyer_id, number=order.number)
    assert list(selectors.lines_to_review(order.buyer_id)) == [first]
    assert refused(NotReceivedYet, lambda: write(order, line_id=second.pk)) == {"state": "received"}
    write(order)


def test_what_was_sent_back_had_arrived_and_is_reviewed() -> None:
    order = bought((3000, 1), (2000, 1))
    first, second = order.lines.all()
    case = ask(order, second)
    aftersales.approve(case_id=case.pk, by_id=None)
    aftersales.send_back(buyer_id=order.buyer_id, case_id=case.pk, carrier="sf", number="SF77")
    aftersales.take_back(case_id=case.pk, by_id=None)
    assert set(selectors.lines_to_review(order.buyer_id)) == {first, second}
    assert write(order, line_id=second.pk, stars=1).product_id == second.sku.product_id


def test_only_the_buyer_reviews() -> None:
    order = bought((3000, 1))
    refused(NotFound, lambda: write(order, author_id=make_user().pk))
    refused(NotFound, lambda: write(order, line_id=10**9))
    review, other = write(order), make_user()
    refused(NotFound, lambda: services.follow_up(author_id=other.pk, review_id=review.pk, text="x"))


def test_more_is_said_once_and_not_years_later() -> None:
    review = write(bought((3000, 1)))
    services.follow_up(author_id=review.author_id, review_id=review.pk, text="用了一个月，很好")
    refused(AlreadyReviewed, lambda: services.follow_up(author_id=review.author_id, review_id=review.pk, text="again"))
    old = write(bought((3000, 1)))
    Review.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=181))
    assert refused(
        ReviewClosed, lambda: services.follow_up(author_id=old.author_id, review_id=old.pk, text="late")
    ) == {"days": 180}


def test_pictures_are_our_own_and_not_too_many() -> None:
    review = write(bought((3000, 1)))

    def show() -> int:
        return services.add_picture(
            author_id=review.author_id, review_id=review.pk, upload=picture(), size=1000
        ).position

    assert [show() for _ in range(9)] == list(range(9))
    assert refused(TooManyReviewPictures, show) == {"most": 9}
    refused(
        Invalid,
        lambda: services.add_picture(author_id=review.author_id, review_id=review.pk, upload=BytesIO(b"<svg>"), size=5),
    )


def test_a_summary_counts_what_is_shown() -> None:
    order = bought((3000, 1), (4000, 1))
    first, second = order.lines.all()
    product = first.sku.product
    second.sku.product = product
    second.sku.save()
    write(order, line_id=first.pk, stars=5)
    bad = write(order, line_id=second.pk, stars=2)
    services.add_picture(author_id=bad.author_id, review_id=bad.pk, upload=picture(), size=1000)
    assert selectors.summary_of(product.pk) == {
        "count": 2,
        "average": 3.5,
        "stars": {"1": 0, "2": 1, "3": 0, "4": 0, "5": 1},
        "pictures": 1,
        "follow_ups": 0,
    }
    services.hide(review_id=bad.pk, by_id=make_user(is_staff=True).pk, reason="abuse")
    services.hide(review_id=bad.pk, by_id=make_user(is_staff=True).pk, reason="again")
    assert (bad.hidings.count(), selectors.summary_of(product.pk)["count"]) == (1, 1)
    assert list(selectors.reviews_of(product.pk, which="pictures")) == []
    services.unhide(review_id=bad.pk)
    assert list(selectors.reviews_of(product.pk, which="pictures")) == [bad]
    assert list(selectors.reviews_of(product.pk, which="2")) == [bad]
    assert selectors.summary_of(bought((1, 1)).lines.get().sku.product_id)["average"] is None


def test_over_http_from_writing_to_the_sellers_answer() -> None:
    order = bought((3000, 1))
    buyer, seller = api(order.buyer), api(make_user(is_staff=True))
    line = order.lines.get()
    (to_write,) = buyer.get("/api/reviews/to-write/").json()["results"]
    assert (to_write["id"], to_write["order"]) == (line.pk, order.number)
    body = {"line": line.pk, "stars": 4, "text": "<script>alert(1)</script>", "anonymous": True}
    made = buyer.post("/api/reviews/", body)
    assert made.status_code == 201
    assert (made.json()["author"], made.json()["text"]) == ("P***", "<script>alert(1)</script>")
    path = f"/api/catalog/products/{line.sku.product_id}/reviews/"
    assert api(make_user()).get(path).json()["results"] == [made.json()]
    studio = f"/api/studio/reviews/{made.json()['id']}/"
    assert [one["id"] for one in seller.get("/api/studio/reviews/").json()["results"]] == [made.json()["id"]]
    assert seller.post(f"{studio}reply/", {"text": "谢谢"}).json()["reply"]["text"] == "谢谢"
    assert seller.get("/api/studio/reviews/").json()["results"] == []
    assert seller.post(f"{studio}hide/", {"reason": "test"}).json()["hidden"] is True
    assert buyer.get(path).json()["results"] == []
    assert buyer.get("/api/reviews/").json()["results"][0]["id"] == made.json()["id"]
    assert seller.post(f"{studio}unhide/").json()["hidden"] is False
    assert buyer.get(f"{path}summary/").json()["average"] == 4.0
    for step in ("reply", "hide", "unhide"):
        assert buyer.post(f"{studio}{step}/", {"text": "x", "reason": "x"}).status_code == 403
    for fields in ({"stars": 0}, {"stars": 6}, {"text": "x" * 1001}, {"line": "x"}):
        assert buyer.post("/api/reviews/", {**body, **fields}).status_code == 400
    assert buyer.get(f"{path}?filter=best").status_code == 400


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_review_is_written() -> None:
    order = bought((3000, 1))
    assert at_once([lambda: write(order).stars] * 20) == {5: 1, "already_reviewed": 19}
