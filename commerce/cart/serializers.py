from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from commerce.cart.cards import NoticeKind
from commerce.cart.models import MOST_LINES, MOST_UNITS
from project.kernel.ids import MOST_ID
from project.serializers import BilingualSerializer, MoneySerializer, OptionSerializer


def sku_id() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MOST_ID)


class CartNoticeSerializer(serializers.Serializer[Any]):
    """`was` comes with a changed price, `units` (how many are left) with low stock."""

    kind = serializers.ChoiceField(choices=get_args(NoticeKind))
    was = MoneySerializer(allow_null=True)
    units = serializers.IntegerField(allow_null=True)


class CartLineSerializer(serializers.Serializer[Any]):
    sku = serializers.IntegerField()
    product = serializers.IntegerField()
    title = BilingualSerializer()
    picture = serializers.CharField(allow_null=True)
    options = OptionSerializer(many=True)
    price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    price_when_added = MoneySerializer(allow_null=True)
    quantity = serializers.IntegerField()
    selected = serializers.BooleanField()
    total = MoneySerializer()
    available = serializers.IntegerField()
    buyable = serializers.BooleanField()
    notices = CartNoticeSerializer(many=True)
    added_at = serializers.DateTimeField(allow_null=True)


class SelectedTotalSerializer(serializers.Serializer[Any]):
    """What is selected and buyable, in one currency."""

    count = serializers.IntegerField()
    units = serializers.IntegerField()
    total = MoneySerializer()


class CartSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    count = serializers.IntegerField()
    units = serializers.IntegerField()
    lines = CartLineSerializer(many=True)
    totals = SelectedTotalSerializer(many=True)


class RefusedLineSerializer(serializers.Serializer[Any]):
    """`available` comes with `out_of_stock`."""

    sku = serializers.IntegerField()
    code = serializers.ChoiceField(choices=["not_found", "sku_not_sellable", "out_of_stock", "cart_full"])
    available = serializers.IntegerField(allow_null=True)


class MergedSerializer(serializers.Serializer[Any]):
    cart = CartSerializer()
    refused = RefusedLineSerializer(many=True)


class PutSerializer(serializers.Serializer[Any]):
    sku = sku_id()
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)


class LineChangeSerializer(serializers.Serializer[Any]):
    """One of both, or both."""

    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, required=False)
    selected = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"quantity": "required"}, code="required")
        return attrs


class RemoveSerializer(serializers.Serializer[Any]):
    skus = serializers.ListField(child=sku_id(), min_length=1, max_length=MOST_LINES)


class SelectSerializer(serializers.Serializer[Any]):
    """Either `skus`, or `all: true`."""

    skus = serializers.ListField(child=sku_id(), min_length=1, max_length=MOST_LINES, required=False)
    all = serializers.BooleanField(required=False)
    selected = serializers.BooleanField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("skus" in attrs) == attrs.get("all", False):
            raise serializers.ValidationError({"skus": "skus or all"}, code="skus_or_all")
        return attrs


class MergeSerializer(serializers.Serializer[Any]):
    """`key`: made by the browser, one for each guest cart."""

    key = serializers.RegexField(r"^[!-~]{1,64}$")
    lines = serializers.ListField(child=PutSerializer(), max_length=MOST_LINES)


class PriceSeenSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=0, max_value=MOST_ID)
    currency = serializers.RegexField(r"^[A-Z]{3}$")


class PreviewLineSerializer(PutSerializer):
    """`price_when_added` is what the browser kept, for the notices."""

    selected = serializers.BooleanField(default=True)
    price_when_added = PriceSeenSerializer(required=False, allow_null=True)


class PreviewSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(child=PreviewLineSerializer(), max_length=MOST_LINES)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({line["sku"] for line in lines}) < len(lines):
            raise serializers.ValidationError("one line a SKU", code="duplicate")
        return lines
