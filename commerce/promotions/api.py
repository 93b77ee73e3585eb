"""Coupons over HTTP: what there is to take, what one has; for staff, everything about promotions."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.promotions import selectors, services
from commerce.promotions.models import Coupon, CouponGrant, ThresholdDiscount
from commerce.promotions.selectors import GRANT_STATES, GrantState
from commerce.promotions.serializers import (
    CouponTermsSerializer,
    GivenSerializer,
    GiveSerializer,
    GrantSerializer,
    OfferedCouponSerializer,
    OfProductSerializer,
    RedeemSerializer,
    StudioCouponSerializer,
    StudioThresholdSerializer,
    TakeSerializer,
    ThresholdSerializer,
    ThresholdTermsSerializer,
)
from commerce.promotions.tries import Tries
from project.kernel.errors import Invalid
from project.pagination import CursorPagination

# Nobody mistypes more codes than that in an hour; who guesses has billions to try.
WRONG_CODES = Tries(most=20, per_secs=3600)


def _user_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _product_id(request: Request) -> int:
    asked = OfProductSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    product_id: int = asked.validated_data["product"]
    return product_id


class CouponList(GenericAPIView[Coupon]):
    permission_classes = (AllowAny,)
    serializer_class = OfferedCouponSerializer
    pagination_class = CursorPagination
    queryset = Coupon.objects.none()

    def get_queryset(self) -> QuerySet[Coupon]:
        product_id = _product_id(self.request) if "product" in self.request.query_params else None
        return selectors.takeable(user_id=self.request.user.pk, product_id=product_id)

    @extend_schema(
        operation_id="coupons_list",
        parameters=[OpenApiParameter("product", int, description="What can be taken now for this product.")],
        responses=OfferedCouponSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """What may be taken, newest first; guests see it, too."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ThresholdList(APIView):
    # The same for everyone, so nobody is looked up.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="thresholds_list", parameters=[OfProductSerializer], responses=ThresholdSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Threshold discounts in force for a product, those that are tried first at the front."""
        return Response(selectors.thresholds_for(_product_id(request)))


class CouponTake(APIView):
    @extend_schema(operation_id="coupons_take", request=TakeSerializer, responses={201: GrantSerializer})
    def post(self, request: Request, coupon_id: int) -> Response:
        """Take one: sent twice, it is the same one."""
        asked = TakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        grant = services.take(user_id=_user_id(request), coupon_id=coupon_id, **asked.validated_data)
        return Response(GrantSerializer(grant).data, status=status.HTTP_201_CREATED)


class CouponRedeem(APIView):
    @extend_schema(operation_id="coupons_redeem", request=RedeemSerializer, responses={201: GrantSerializer})
    def post(self, request: Request) -> Response:
        """Take the coupon of a code."""
        asked = RedeemSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user_id = _user_id(request)
        with WRONG_CODES.of(user_id):
            grant = services.redeem(user_id=user_id, **asked.validated_data)
        return Response(GrantSerializer(grant).data, status=status.HTTP_201_CREATED)


class MyCoupons(GenericAPIView[CouponGrant]):
    serializer_class = GrantSerializer
    pagination_class = CursorPagination
    queryset = CouponGrant.objects.none()

    def get_queryset(self) -> QuerySet[CouponGrant]:
        asked = self.request.query_params.get("state", "usable")
        state: GrantState | None = next((one for one in GRANT_STATES if one == asked), None)
        if state is None:
            raise Invalid(fields={"state": ["invalid_choice"]})
        assert self.request.user.pk is not None
        return selectors.grants_of(self.request.user.pk, state=state)

    @extend_schema(
        operation_id="coupons_mine",
        parameters=[OpenApiParameter("state", str, enum=GRANT_STATES)],
        responses=GrantSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The caller's own, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class StudioCoupons(GenericAPIView[Coupon]):
    permission_classes = [IsAdminUser]
    serializer_class = StudioCouponSerializer
    pagination_class = CursorPagination
    queryset = Coupon.objects.none()

    @extend_schema(operation_id="studio_coupons_list", responses=StudioCouponSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(selectors.coupons()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="studio_coupons_create",
        request=CouponTermsSerializer,
        responses={201: StudioCouponSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = CouponTermsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        coupon = services.make_coupon(terms=asked.validated_data, by_id=request.user.pk)
        return Response(_coupon(coupon.pk), status=status.HTTP_201_CREATED)


class StudioCoupon(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_coupons_retrieve", responses=StudioCouponSerializer)
    def get(self, request: Request, coupon_id: int) -> Response:
        return Response(_coupon(coupon_id))

    @extend_schema(
        operation_id="studio_coupons_change", request=CouponTermsSerializer, responses=StudioCouponSerializer
    )
    def patch(self, request: Request, coupon_id: int) -> Response:
        """Once people have it, only its names, times and numbers change."""
        coupon = selectors.one_of(Coupon.objects.all(), coupon_id)
        services.change_coupon(coupon=coupon, terms=_some(CouponTermsSerializer, request))
        return Response(_coupon(coupon_id))


class StudioCouponStop(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_coupons_stop", request=None, responses=StudioCouponSerializer)
    def post(self, request: Request, coupon_id: int) -> Response:
        """Nobody gets it any more; what was given stays good."""
        services.stop(offer=selectors.one_of(Coupon.objects.all(), coupon_id))
        return Response(_coupon(coupon_id))


class StudioCouponGive(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_coupons_give", request=GiveSerializer, responses=GivenSerializer)
    def post(self, request: Request, coupon_id: int) -> Response:
        """Give a targeted coupon to people, and tell them; each for oneself."""
        asked = GiveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        selectors.one_of(Coupon.objects.all(), coupon_id)
        outcomes = services.give(
            coupon_id=coupon_id, user_ids=asked.validated_data["users"], ordinal=asked.validated_data["ordinal"]
        )
        people = [{"user": user_id, "outcome": outcome} for user_id, outcome in outcomes.items()]
        return Response({"coupon": _coupon(coupon_id), "people": people})


class StudioThresholds(GenericAPIView[ThresholdDiscount]):
    permission_classes = [IsAdminUser]
    serializer_class = StudioThresholdSerializer
    pagination_class = CursorPagination
    queryset = ThresholdDiscount.objects.none()

    @extend_schema(operation_id="studio_thresholds_list", responses=StudioThresholdSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(selectors.thresholds()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="studio_thresholds_create",
        request=ThresholdTermsSerializer,
        responses={201: StudioThresholdSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = ThresholdTermsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        threshold = services.make_threshold(terms=asked.validated_data, by_id=request.user.pk)
        return Response(_threshold(threshold.pk), status=status.HTTP_201_CREATED)


class StudioThreshold(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_thresholds_retrieve", responses=StudioThresholdSerializer)
    def get(self, request: Request, threshold_id: int) -> Response:
        return Response(_threshold(threshold_id))

    @extend_schema(
        operation_id="studio_thresholds_change",
        request=ThresholdTermsSerializer,
        responses=StudioThresholdSerializer,
    )
    def patch(self, request: Request, threshold_id: int) -> Response:
        threshold = selectors.one_of(ThresholdDiscount.objects.all(), threshold_id)
        services.change_threshold(threshold=threshold, terms=_some(ThresholdTermsSerializer, request))
        return Response(_threshold(threshold_id))


class StudioThresholdStop(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_thresholds_stop", request=None, responses=StudioThresholdSerializer)
    def post(self, request: Request, threshold_id: int) -> Response:
        services.stop(offer=selectors.one_of(ThresholdDiscount.objects.all(), threshold_id))
        return Response(_threshold(threshold_id))


def _coupon(coupon_id: int) -> Any:
    return StudioCouponSerializer(selectors.one_of(selectors.coupons(), coupon_id)).data


def _threshold(threshold_id: int) -> Any:
    return StudioThresholdSerializer(selectors.one_of(selectors.thresholds(), threshold_id)).data


def _some(shape: Any, request: Request) -> dict[str, Any]:
    """What was sent, and no defaults."""
    asked = shape(data=request.data, partial=True)
    asked.is_valid(raise_exception=True)
    if not asked.validated_data:
        raise Invalid(fields={"name_zh": ["required"]})
    found: dict[str, Any] = asked.validated_data
    return found
