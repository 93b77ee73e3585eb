"""Shapes that many apps answer with."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class MoneySerializer(serializers.Serializer[Any]):
    """An amount in minor units with its ISO 4217 code."""

    amount = serializers.IntegerField()
    currency = serializers.CharField(max_length=3)


class BilingualSerializer(serializers.Serializer[Any]):
    """A text in both languages."""

    zh = serializers.CharField()
    en = serializers.CharField()


class OptionSerializer(serializers.Serializer[Any]):
    """One choice of a SKU: colour: red."""

    name = BilingualSerializer()
    value = BilingualSerializer()
