from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.catalog.serializers import ProductCardSerializer
from live.shelf.services import MOST_ITEMS
from project.kernel.ids import MOST_ID

# What a 64-bit column holds: SQLite cannot even be asked for more.


class ShelfItemSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    sold_out = serializers.BooleanField()
    pinned = serializers.BooleanField()
    product = ProductCardSerializer()


class NewItemSerializer(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1, max_value=MOST_ID)


class ItemChangeSerializer(serializers.Serializer[Any]):
    sold_out = serializers.BooleanField()


class ShelfOrderSerializer(serializers.Serializer[Any]):
    """All items of the shelf, in their new order."""

    items = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=MOST_ID), max_length=MOST_ITEMS)
