from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.catalog.serializers import CategorySerializer, ProductCardSerializer
from commerce.search.queries import HIGHEST, LONGEST_PAGE, PAGE, QUERY_LENGTH, Cursor, Query, Sort


class SearchSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=QUERY_LENGTH,
        help_text="Words; all of them must match.",
    )
    category = serializers.SlugField(required=False, help_text="The slug of a category; enough without words.")
    price_min = serializers.IntegerField(required=False, min_value=0, max_value=HIGHEST, help_text="Minor units.")
    price_max = serializers.IntegerField(required=False, min_value=0, max_value=HIGHEST, help_text="Minor units.")
    in_stock = serializers.BooleanField(required=False, default=False)
    sort = serializers.ChoiceField(choices=[sort.value for sort in Sort], required=False, default=Sort.RELEVANCE.value)
    cursor = serializers.CharField(required=False, help_text="Of the page before; its other parameters stay the same.")
    limit = serializers.IntegerField(required=False, default=PAGE, min_value=1, max_value=LONGEST_PAGE)

    def query(self) -> Query:
        """Raises Invalid."""
        asked = self.validated_data
        sort = Sort(asked["sort"])
        return Query(
            text=asked["q"],
            category=asked.get("category"),
            price_min=asked.get("price_min"),
            price_max=asked.get("price_max"),
            in_stock=asked["in_stock"],
            sort=sort,
            cursor=Cursor.parse(asked["cursor"], sort) if "cursor" in asked else None,
            limit=asked["limit"],
        )


class CategoryCountSerializer(CategorySerializer):
    count = serializers.IntegerField()


class PriceCountSerializer(serializers.Serializer[Any]):
    min = serializers.IntegerField()
    max = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()


class FacetsSerializer(serializers.Serializer[Any]):
    categories = CategoryCountSerializer(many=True)
    prices = PriceCountSerializer(many=True)
    in_stock = serializers.IntegerField()


class FoundSerializer(serializers.Serializer[Any]):
    results = ProductCardSerializer(many=True)
    cursor = serializers.CharField(allow_null=True)
    total = serializers.IntegerField(allow_null=True)
    facets = FacetsSerializer(allow_null=True)
    corrected = serializers.DictField(child=serializers.CharField())


class PrefixSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(allow_blank=True, max_length=QUERY_LENGTH, help_text="What has been typed so far.")


class SuggestionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["category", "word", "product"])
    text = serializers.CharField()
    slug = serializers.CharField(allow_null=True)
    product = serializers.IntegerField(allow_null=True)
