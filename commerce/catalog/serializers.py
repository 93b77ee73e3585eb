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
    price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    in_stock = serializers.BooleanField()


class SkuSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField()
    options = OptionSerializer(many=True)
    price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    available = serializers.IntegerField()


class ProductSerializer(ProductCardSerializer):
    description = BilingualSerializer()
    category = CategorySerializer()
    pictures = serializers.ListField(child=serializers.CharField())
    skus = SkuSerializer(many=True)
