from __future__ import annotations

from typing import Any

from rest_framework import serializers

from project.serializers import BilingualSerializer, MoneySerializer, OptionSerializer


class CategorySerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = BilingualSerializer()


class ProductCardSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = BilingualSerializer()
    picture = serializers.CharField(allow_null=True)
    picture_ratio = serializers.FloatField(allow_null=True, help_text="Width over height.")
    price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    in_stock = serializers.BooleanField()


class SkuSerializer(serializers.Serializer[Any]):
    """`lowest`: in the last seven days."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    options = OptionSerializer(many=True)
    price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    lowest = MoneySerializer()
    available = serializers.IntegerField()


class ProductSerializer(ProductCardSerializer):
    description = BilingualSerializer()
    category = CategorySerializer()
    pictures = serializers.ListField(child=serializers.CharField())
    skus = SkuSerializer(many=True)


class PricePointSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    price = serializers.IntegerField(help_text="Minor units.")


class DealPointSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    price = serializers.IntegerField(help_text="Minor units.")


class SkuPricesSerializer(serializers.Serializer[Any]):
    """`points`: from `at` on it cost `price`. `deals`: what flash sales asked beside it."""

    sku = serializers.IntegerField()
    currency = serializers.CharField()
    points = PricePointSerializer(many=True)
    deals = DealPointSerializer(many=True)


class PriceHistorySerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    skus = SkuPricesSerializer(many=True)
