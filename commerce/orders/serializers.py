from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.orders.models import Order, OrderLine
from project.kernel.money import Money, MoneyJSON
from project.serializers import BilingualSerializer, MoneySerializer, OptionSerializer


class LineSerializer(serializers.Serializer[Any]):
    """A line of a quote or of an order."""

    sku = serializers.IntegerField()
    title = BilingualSerializer()
    options = OptionSerializer(many=True)
    picture = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    total = MoneySerializer()


class AddressSerializer(serializers.Serializer[Any]):
    """Where the goods go. `phone`: digits, with a country code behind a +, and the usual separators."""

    name = serializers.CharField(min_length=1, max_length=60)
    phone = serializers.RegexField(r"^\+?\d(?:[ ()-]{0,2}\d){4,18}$", max_length=30)
    region = serializers.CharField(min_length=1, max_length=120)
    line = serializers.CharField(min_length=1, max_length=200)


class OrderEventSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    at = serializers.DateTimeField()


class OrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Order.State.choices)
    lines = LineSerializer(many=True)
    goods_total = MoneySerializer()
    discount_total = MoneySerializer()
    freight_total = MoneySerializer()
    total = MoneySerializer()
    address = AddressSerializer()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    close_reason = serializers.CharField(allow_null=True)
    events = OrderEventSerializer(many=True)

    def to_representation(self, instance: Order) -> dict[str, Any]:
        def money(amount: int) -> MoneyJSON:
            return Money(amount, instance.currency).as_dict()

        return super().to_representation(
            {
                "number": instance.number,
                "state": instance.state,
                "lines": [line_of(line, instance.currency) for line in instance.lines.all()],
                "goods_total": money(instance.goods_total),
                "discount_total": money(instance.discount_total),
                "freight_total": money(instance.freight_total),
                "total": money(instance.total),
                "address": instance.address,
                "created_at": instance.created_at,
                "expires_at": instance.expires_at,
                "paid_at": instance.paid_at,
                "closed_at": instance.closed_at,
                "close_reason": instance.close_reason or None,
                "events": [{"type": event.type, "at": event.at} for event in instance.events.all()],
            }
        )


def line_of(line: OrderLine, currency: str) -> dict[str, Any]:
    """A saved or unsaved line as `LineSerializer` takes it."""
    return {
        "sku": line.sku_id,
        "title": {"zh": line.title_zh, "en": line.title_en},
        "options": line.options,
        "picture": line.picture or None,
        "quantity": line.quantity,
        "unit_price": Money(line.unit_price, currency).as_dict(),
        "list_price": None if line.list_price is None else Money(line.list_price, currency).as_dict(),
        "total": Money(line.total, currency).as_dict(),
    }
