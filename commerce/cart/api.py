"""The cart over HTTP. Every change answers the whole cart."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.cart import selectors, services
from commerce.cart.selectors import Contents, Kept
from commerce.cart.serializers import (
    CartSerializer,
    LineChangeSerializer,
    MergedSerializer,
    MergeSerializer,
    PreviewSerializer,
    PutSerializer,
    RemoveSerializer,
    SelectSerializer,
)
from project.kernel.money import Money


def _shopper_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _cart(contents: Contents) -> Response:
    return Response(selectors.body_of(contents))


class CartDetail(APIView):
    @extend_schema(operation_id="cart_retrieve", responses=CartSerializer)
    def get(self, request: Request) -> Response:
        return Response(selectors.cart_of(_shopper_id(request)))


class CartLines(APIView):
    @extend_schema(operation_id="cart_put", request=PutSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Add units of a SKU to those that are in the cart."""
        asked = PutSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        return _cart(services.put(shopper_id=_shopper_id(request), sku_id=data["sku"], quantity=data["quantity"]))


class CartLineDetail(APIView):
    @extend_schema(operation_id="cart_change_line", request=LineChangeSerializer, responses=CartSerializer)
    def patch(self, request: Request, sku_id: int) -> Response:
        """Set a line's units, its selection or both."""
        asked = LineChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _cart(services.change_line(shopper_id=_shopper_id(request), sku_id=sku_id, **asked.validated_data))


class CartRemove(APIView):
    @extend_schema(operation_id="cart_remove", request=RemoveSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        asked = RemoveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _cart(services.remove(shopper_id=_shopper_id(request), sku_ids=asked.validated_data["skus"]))


class CartSelect(APIView):
    @extend_schema(operation_id="cart_select", request=SelectSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Select lines, or all of them, or the contrary."""
        asked = SelectSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        return _cart(
            services.select(shopper_id=_shopper_id(request), sku_ids=data.get("skus"), selected=data["selected"])
        )


class CartMergeView(APIView):
    @extend_schema(operation_id="cart_merge", request=MergeSerializer, responses=MergedSerializer)
    def post(self, request: Request) -> Response:
        """Bring in a guest's cart at log-in: the larger quantity of both; the same key again changes nothing."""
        asked = MergeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        lines = [(line["sku"], line["quantity"]) for line in data["lines"]]
        contents, refused = services.merge(shopper_id=_shopper_id(request), key=data["key"], lines=lines)
        return Response({"cart": selectors.body_of(contents), "refused": refused})


class CartPreview(APIView):
    # The same for everyone, so nobody is looked up.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="cart_preview", request=PreviewSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Price a guest's cart without saving it. SKUs that are no more are left out."""
        asked = PreviewSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        kept = [
            Kept(
                sku_id=line["sku"],
                quantity=line["quantity"],
                selected=line["selected"],
                price_seen=Money(**line["price_when_added"]) if line.get("price_when_added") else None,
            )
            for line in asked.validated_data["lines"]
        ]
        return Response(selectors.preview(kept))
