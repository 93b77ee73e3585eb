"""Reviews over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.orders.models import OrderLine
from commerce.reviews import selectors, services
from commerce.reviews.models import Review
from commerce.reviews.selectors import FILTERS
from commerce.reviews.serializers import (
    HideSerializer,
    LineToReviewSerializer,
    ReviewPictureSerializer,
    ReviewSerializer,
    ReviewSummarySerializer,
    SaySerializer,
    StudioReviewSerializer,
    WriteReviewSerializer,
)
from project.kernel.errors import Invalid
from project.pagination import CursorPagination

STAFFS_FILTERS = ("unanswered", "all")


def _user_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _choice(request: Request, known: tuple[Any, ...]) -> Any:
    asked = request.query_params.get("filter", known[0])
    if asked not in known:
        raise Invalid(fields={"filter": ["invalid_choice"]})
    return asked


class ProductReviews(GenericAPIView[Review]):
    permission_classes = (AllowAny,)
    serializer_class = ReviewSerializer
    pagination_class = CursorPagination
    queryset = Review.objects.none()

    @extend_schema(
        operation_id="product_reviews",
        parameters=[OpenApiParameter("filter", str, enum=FILTERS)],
        responses=ReviewSerializer(many=True),
    )
    def get(self, request: Request, product_id: int) -> Response:
        """What buyers say about a product, newest first."""
        found = selectors.reviews_of(product_id, which=_choice(request, FILTERS))
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ProductReviewSummary(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="product_review_summary", responses=ReviewSummarySerializer)
    def get(self, request: Request, product_id: int) -> Response:
        return Response(ReviewSummarySerializer(selectors.summary_of(product_id)).data)


class ToReview(GenericAPIView[OrderLine]):
    serializer_class = LineToReviewSerializer
    pagination_class = CursorPagination
    queryset = OrderLine.objects.none()

    @extend_schema(operation_id="reviews_to_write", responses=LineToReviewSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What the caller received and has not reviewed."""
        page = self.paginate_queryset(selectors.lines_to_review(_user_id(request))) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class Reviews(GenericAPIView[Review]):
    serializer_class = ReviewSerializer
    pagination_class = CursorPagination
    queryset = Review.objects.none()

    @extend_schema(operation_id="reviews_list", responses=ReviewSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What the caller wrote, newest first."""
        page = self.paginate_queryset(selectors.written_by(_user_id(request))) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="reviews_create", request=WriteReviewSerializer, responses={201: ReviewSerializer})
    def post(self, request: Request) -> Response:
        """Review a line of one's own order; once a line."""
        asked = WriteReviewSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(asked.validated_data)
        user_id = _user_id(request)
        review = services.write(author_id=user_id, line_id=data.pop("line"), **data)
        own = selectors.own_review(author_id=user_id, review_id=review.pk)
        return Response(ReviewSerializer(own).data, status=status.HTTP_201_CREATED)


class ReviewFollowUp(APIView):
    @extend_schema(operation_id="reviews_follow_up", request=SaySerializer, responses={201: ReviewSerializer})
    def post(self, request: Request, review_id: int) -> Response:
        """Say more, once."""
        asked = SaySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        review = services.follow_up(author_id=_user_id(request), review_id=review_id, text=asked.validated_data["text"])
        return Response(ReviewSerializer(review).data, status=status.HTTP_201_CREATED)


class ReviewPictures(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="reviews_add_picture", request=ReviewPictureSerializer, responses={201: ReviewSerializer}
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Show it."""
        asked = ReviewPictureSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        picture, user_id = asked.validated_data["picture"], _user_id(request)
        services.add_picture(author_id=user_id, review_id=review_id, upload=picture, size=picture.size)
        own = selectors.own_review(author_id=user_id, review_id=review_id)
        return Response(ReviewSerializer(own).data, status=status.HTTP_201_CREATED)


class StudioReviews(GenericAPIView[Review]):
    permission_classes = [IsAdminUser]
    serializer_class = StudioReviewSerializer
    pagination_class = CursorPagination
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        return selectors.for_staff(unanswered=_choice(self.request, STAFFS_FILTERS) == "unanswered")

    @extend_schema(
        operation_id="studio_reviews_list",
        parameters=[OpenApiParameter("filter", str, enum=STAFFS_FILTERS)],
        responses=StudioReviewSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class StudioReviewReply(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_reviews_reply", request=SaySerializer, responses=StudioReviewSerializer)
    def post(self, request: Request, review_id: int) -> Response:
        """Answer; said again, the last one counts."""
        asked = SaySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        review = services.reply(review_id=review_id, by_id=_user_id(request), text=asked.validated_data["text"])
        return Response(StudioReviewSerializer(review).data)


class StudioReviewHide(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_reviews_hide", request=HideSerializer, responses=StudioReviewSerializer)
    def post(self, request: Request, review_id: int) -> Response:
        """Take it off the page; its author still sees it."""
        asked = HideSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        review = services.hide(review_id=review_id, by_id=_user_id(request), reason=asked.validated_data["reason"])
        return Response(StudioReviewSerializer(review).data)


class StudioReviewUnhide(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_reviews_unhide", request=None, responses=StudioReviewSerializer)
    def post(self, request: Request, review_id: int) -> Response:
        return Response(StudioReviewSerializer(services.unhide(review_id=review_id)).data)
