"""Checkout over HTTP: what it costs, and the orders."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.checkout import services
from commerce.checkout.serializers import (
    BasketSerializer,
    CheckoutSerializer,
    EstimateSerializer,
    PurchaseSerializer,
    QuoteSerializer,
    WantedSerializer,
)
from commerce.checkout.services import Quote, Wanted
from commerce.idempotency.api import idempotent
from commerce.orders.serializers import line_of, order_body
from commerce.promotions.pricing import Priced
from commerce.promotions.selectors import grant_card
from commerce.shipping.selectors import delivery_of
from project.kernel.money import Money, MoneyJSON
from project.request_keys import IDEMPOTENCY_KEY


class CheckoutQuote(APIView):
    @extend_schema(operation_id="checkout_quote", request=WantedSerializer, responses=QuoteSerializer)
    def post(self, request: Request) -> Response:
        """What a claim, or units of SKUs, cost now, and why."""
        asked = WantedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        assert request.user.pk is not None
        offer = services.quote(
            shopper_id=request.user.pk,
            wanted=_wanted(data),
            address_id=data.get("address"),
            coupons=data.get("coupons"),
            spend=data.get("points", 0),
        )
        return Response(_quote_body(offer))


class CheckoutEstimate(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="checkout_estimate", request=BasketSerializer, responses=EstimateSerializer(many=True))
    def post(self, request: Request) -> Response:
        """What lines of a cart cost, by currency, before coupons, points and freight; of guests as well. What is not
        for sale is left out."""
        asked = BasketSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        lines = [(line["sku"], line["quantity"]) for line in asked.validated_data["lines"]]
        sums = services.estimate(shopper_id=request.user.pk, lines=lines)
        return Response([_sum_body(priced) for priced in sums])


class Checkout(APIView):
    @extend_schema(
        operation_id="checkout_create",
        request=CheckoutSerializer,
        responses={201: PurchaseSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("checkout", atomic=True)
    def post(self, request: Request) -> Response:
        """Order for the total that was quoted. What was ordered leaves the cart."""
        asked = CheckoutSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        assert request.user.pk is not None
        orders = services.place_order(
            shopper_id=request.user.pk,
            wanted=_wanted(data),
            address_id=data["address"],
            expected_total=data["expected_total"],
            coupons=data.get("coupons"),
            spend=data.get("points", 0),
            channel=data.get("channel", ""),
            invoice=dict(data["invoice"]) if "invoice" in data else None,
        )
        bodies = [order_body(order, list(order.lines.all()), list(order.events.all())) for order in orders]
        return Response({"purchase": orders[0].purchase, "orders": bodies}, status=status.HTTP_201_CREATED)


def _wanted(data: dict[str, Any]) -> Wanted:
    lines = [(line["sku"], line["quantity"]) for line in data.get("lines", ())]
    return Wanted(claim_id=data.get("claim"), lines=lines)


def _sum_body(priced: Priced) -> dict[str, Any]:
    def money(amount: int) -> MoneyJSON:
        return Money(amount, priced.currency).as_dict()

    return {
        "goods_total": money(priced.goods_total),
        "total": priced.total.as_dict(),
        "discounts": [services.discount_of(one) for one in priced.discounts],
        "hints": [{"name": hint.name, "missing": money(hint.missing), "off": money(hint.off)} for hint in priced.hints],
    }


def _quote_body(offer: Quote) -> dict[str, Any]:
    priced = offer.priced

    def money(amount: int) -> MoneyJSON:
        return Money(amount, priced.currency).as_dict()

    return {
        "lines": [line_of(line, priced.currency) for line in services.lines_of(offer)],
        **_sum_body(priced),
        "discount_total": money(priced.discount_total),
        "freight_total": money(priced.freight_total),
        "coupons": [
            {
                "grant": grant_card(offer.grants[verdict.coupon.id], at=offer.at),
                "selected": verdict.selected,
                "amount": money(verdict.amount),
                "refusal": verdict.refusal,
            }
            for verdict in priced.verdicts
        ],
        "points": None
        if priced.points is None
        else {
            "balance": priced.points.balance,
            "spent": priced.points.spent,
            "off": money(priced.points.off),
            "most": priced.points.most,
            "most_off": money(priced.points.most_off),
        },
        "orders": len(offer.parts),
        "delivery": delivery_of(product_ids={card["product"] for card in offer.cards.values()}, address=offer.address),
        "expires_at": offer.expires_at,
    }
