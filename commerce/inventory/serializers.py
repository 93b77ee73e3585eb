from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.inventory.models import StockMovement
from project.serializers import BilingualSerializer, OptionSerializer

MOST_UNITS = 1_000_000


class StockAlertSerializer(serializers.Serializer[Any]):
    """Open since then, when `available` units were free."""

    opened_at = serializers.DateTimeField()
    available = serializers.IntegerField()


class StockSerializer(serializers.Serializer[Any]):
    sku = serializers.IntegerField()
    product = serializers.IntegerField()
    code = serializers.CharField()
    title = BilingualSerializer()
    picture = serializers.CharField(allow_null=True)
    options = OptionSerializer(many=True)
    sellable = serializers.BooleanField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    available = serializers.IntegerField()
    alert_at = serializers.IntegerField(allow_null=True)
    alert = StockAlertSerializer(allow_null=True)


class OpenAlertsSerializer(serializers.Serializer[Any]):
    """`open`: of so many SKUs few units are left."""

    open = serializers.IntegerField()


class AlertAtSerializer(serializers.Serializer[Any]):
    """`alert_at`: null for no alert."""

    alert_at = serializers.IntegerField(min_value=0, max_value=MOST_UNITS, allow_null=True)


class StockChangeSerializer(serializers.Serializer[Any]):
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)
    reason = serializers.CharField(max_length=200)


class MovementSerializer(serializers.Serializer[Any]):
    """`by` is the name of the member of staff, or null."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=StockMovement.Kind.choices)
    quantity = serializers.IntegerField()
    reference = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    by = serializers.CharField(source="by.display_name", default=None, allow_null=True)
    at = serializers.DateTimeField()
