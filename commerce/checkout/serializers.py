from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.cart.models import MOST_LINES, MOST_UNITS
from commerce.orders.serializers import DiscountSerializer, InvoiceSerializer, LineSerializer, OrderSerializer
from commerce.promotions.serializers import GrantSerializer
from commerce.shipping.serializers import DeliverySerializer
from project.kernel.ids import MOST_ID
from project.serializers import BilingualSerializer, MoneySerializer


class WantedLineSerializer(serializers.Serializer[Any]):
    sku = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)


def once_each(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Raises ValidationError."""
    if len({line["sku"] for line in lines}) < len(lines):
        raise serializers.ValidationError("one line a SKU", code="duplicate")
    return lines


class WantedSerializer(serializers.Serializer[Any]):
    """Either a claim, or lines. `coupons` are ids of the caller's own; left out, the best there are. `points` are to be
    spent, or as many of them as can be."""

    claim = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    lines = serializers.ListField(child=WantedLineSerializer(), min_length=1, max_length=MOST_LINES, required=False)
    address = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    coupons = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_ID), max_length=20, required=False
    )
    points = serializers.IntegerField(min_value=0, max_value=MOST_ID, required=False)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return once_each(lines)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("claim" in attrs) == ("lines" in attrs):
            raise serializers.ValidationError({"claim": "claim or lines"}, code="claim_or_lines")
        return attrs


class BasketSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(child=WantedLineSerializer(), min_length=1, max_length=MOST_LINES)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return once_each(lines)


class CheckoutSerializer(WantedSerializer):
    """`address` is one of the caller's book; `expected_total` is in minor units, as quoted. `channel` is where the
    buyer came from: `show:7`."""

    address = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    expected_total = serializers.IntegerField(min_value=0, max_value=MOST_ID)
    channel = serializers.RegexField(r"^[a-z]{1,20}:[1-9]\d{0,17}$", required=False)
    invoice = InvoiceSerializer(required=False)


class QuoteCouponSerializer(serializers.Serializer[Any]):
    """A coupon that the caller has, and what becomes of it here. `amount` is what it takes off, or would."""

    grant = GrantSerializer()
    selected = serializers.BooleanField()
    amount = MoneySerializer()
    refusal = serializers.ChoiceField(choices=["scope", "below_minimum", "group", "nothing_left"], allow_null=True)


class HintSerializer(serializers.Serializer[Any]):
    """Goods for `missing` more, and `name` takes `off` in all."""

    name = BilingualSerializer()
    missing = MoneySerializer()
    off = MoneySerializer()


class EstimateSerializer(serializers.Serializer[Any]):
    """What lines of a cart cost in one currency, before coupons, points and freight."""

    goods_total = MoneySerializer()
    total = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    hints = HintSerializer(many=True)


class QuotePointsSerializer(serializers.Serializer[Any]):
    """Of a `balance`, `spent` points take `off` here; `most` could be spent and would take `most_off`."""

    balance = serializers.IntegerField()
    spent = serializers.IntegerField()
    off = MoneySerializer()
    most = serializers.IntegerField()
    most_off = MoneySerializer()


class QuoteSerializer(serializers.Serializer[Any]):
    """`discounts`: each once, with what it takes off all lines. `points`: null where nobody keeps any, or they pay
    nothing. `orders`: how many it becomes, one a seller. `delivery`: of what comes last.
    """

    lines = LineSerializer(many=True)
    goods_total = MoneySerializer()
    discount_total = MoneySerializer()
    freight_total = MoneySerializer()
    total = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    coupons = QuoteCouponSerializer(many=True)
    points = QuotePointsSerializer(allow_null=True)
    hints = HintSerializer(many=True)
    orders = serializers.IntegerField()
    delivery = DeliverySerializer(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class PurchaseSerializer(serializers.Serializer[Any]):
    """What a checkout made: an order for each seller, in the order of the lines."""

    purchase = serializers.CharField()
    orders = OrderSerializer(many=True)
