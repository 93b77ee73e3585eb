"""Checkout over HTTP: what it costs, and the order."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.checkout import services
from commerce.checkout.serializers import CheckoutSerializer, QuoteSerializer, WantedSerializer
from commerce.checkout.services import Quote, Wanted
from commerce.orders.idempotency import IDEMPOTENCY_KEY, idempotent
from commerce.orders.serializers import OrderSerializer, line_of
from project.kernel.money import Money


class CheckoutQuote(APIView):
    @extend_schema(operation_id="checkout_quote", request=WantedSerializer, responses=QuoteSerializer)
    def post(self, request: Request) -> Response:
        """What a claim, or units of a SKU, cost now."""
        asked = WantedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert request.user.pk is not None
        offer = services.quote(shopper_id=request.user.pk, wanted=_wanted(asked.validated_data))
        return Response(QuoteSerializer(_quote_body(offer)).data)


class Checkout(APIView):
    @extend_schema(
        operation_id="checkout_create",
        request=CheckoutSerializer,
        responses={201: OrderSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("checkout", atomic=True)
    def post(self, request: Request) -> Response:
        """Order for the total that was quoted."""
        asked = CheckoutSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert request.user.pk is not None
        order = services.place_order(
            shopper_id=request.user.pk,
            wanted=_wanted(asked.validated_data),
            address=dict(asked.validated_data["address"]),
            expected_total=asked.validated_data["expected_total"],
            channel=asked.validated_data.get("channel", ""),
        )
        return Response(OrderSerializer(order).data, status=status.HTTP_201_CREATED)


def _wanted(data: dict[str, Any]) -> Wanted:
    return Wanted(claim_id=data.get("claim"), sku_id=data.get("sku"), quantity=data.get("quantity", 1))


def _quote_body(offer: Quote) -> dict[str, Any]:
    priced = offer.priced
    return {
        "lines": [line_of(line, priced.currency) for line in services.lines_of(offer)],
        "goods_total": Money(priced.goods_total, priced.currency).as_dict(),
        "discount_total": Money(priced.discount_total, priced.currency).as_dict(),
        "freight_total": Money(priced.freight_total, priced.currency).as_dict(),
        "total": priced.total.as_dict(),
        "expires_at": offer.expires_at,
    }
