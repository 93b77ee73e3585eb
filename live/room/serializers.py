from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from commerce.flash_sales.cards import CloseReason
from commerce.flash_sales.models import FlashSale
from live.shows.serializers import ShowCardSerializer
from project.serializers import BilingualSerializer, MoneySerializer, OptionSerializer


class PlaybackSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(allow_null=True)
    live = serializers.BooleanField()
    version = serializers.IntegerField()


class ShowSerializer(ShowCardSerializer):
    playback = PlaybackSerializer()


class SaleItemSerializer(serializers.Serializer[Any]):
    sku = serializers.IntegerField()
    product = serializers.IntegerField()
    title = BilingualSerializer()
    picture = serializers.CharField(allow_null=True)
    options = OptionSerializer(many=True)
    price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    total = serializers.IntegerField()
    held = serializers.IntegerField()
    sold = serializers.IntegerField()
    limit = serializers.IntegerField()


class SaleSerializer(serializers.Serializer[Any]):
    """As on the wire: times in ms since the epoch."""

    id = serializers.IntegerField()
    channel = serializers.CharField()
    state = serializers.ChoiceField(choices=FlashSale.State.choices)
    starts_at = serializers.IntegerField()
    ends_at = serializers.IntegerField()
    version = serializers.IntegerField()
    close_reason = serializers.ChoiceField(choices=get_args(CloseReason), allow_null=True)
    items = SaleItemSerializer(many=True)


class FiguresSerializer(serializers.Serializer[Any]):
    viewers = serializers.IntegerField()
    likes = serializers.IntegerField()
    orders_paid = serializers.IntegerField()
    gmv = MoneySerializer()
    claims = serializers.IntegerField()
    messages = serializers.IntegerField()


class PointSerializer(serializers.Serializer[Any]):
    """A minute: `at` in ms since the epoch, `gmv` in minor units."""

    at = serializers.IntegerField()
    viewers = serializers.IntegerField()
    orders = serializers.IntegerField()
    gmv = serializers.IntegerField()


class StatsSerializer(serializers.Serializer[Any]):
    stats = FiguresSerializer()
    series = PointSerializer(many=True)
