from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.orders.serializers import AddressSerializer, LineSerializer
from project.serializers import MoneySerializer

MOST_UNITS = 99


class WantedSerializer(serializers.Serializer[Any]):
    """Either a claim, or a SKU with a quantity."""

    claim = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    sku = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("claim" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError({"claim": "claim or sku"}, code="claim_or_sku")
        if "claim" in attrs and "quantity" in attrs:
            raise serializers.ValidationError({"quantity": "a claim has its own"}, code="not_with_claim")
        if "sku" in attrs and "quantity" not in attrs:
            raise serializers.ValidationError({"quantity": "required"}, code="required")
        return attrs


class CheckoutSerializer(WantedSerializer):
    """`expected_total` is in minor units, as quoted. `channel` is where the buyer came from: `show:7`."""

    address = AddressSerializer()
    expected_total = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    channel = serializers.RegexField(r"^[a-z]{1,20}:[1-9]\d{0,17}$", required=False)


class QuoteSerializer(serializers.Serializer[Any]):
    lines = LineSerializer(many=True)
    goods_total = MoneySerializer()
    discount_total = MoneySerializer()
    freight_total = MoneySerializer()
    total = MoneySerializer()
    expires_at = serializers.DateTimeField(allow_null=True)
