from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from commerce.orders.models import NotReturned, Order, OrderEvent, OrderLine
from community.accounts.selectors import card
from project.kernel.money import Money, MoneyJSON
from project.serializers import BilingualSerializer, MoneySerializer, OptionSerializer


class DiscountSerializer(serializers.Serializer[Any]):
    """One discount's share in a line."""

    kind = serializers.CharField()
    key = serializers.CharField()
    name = BilingualSerializer()
    amount = serializers.IntegerField()
    funded_by = serializers.CharField()


class LineSerializer(serializers.Serializer[Any]):
    """A line of a quote or of an order; an order's has an `id`. `discount` is what all `discounts` take off `total`.

    `not_returned`: why it does not go back without a reason; null where it does.
    """

    id = serializers.IntegerField(allow_null=True)
    sku = serializers.IntegerField()
    title = BilingualSerializer()
    options = OptionSerializer(many=True)
    picture = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    unit_price = MoneySerializer()
    list_price = MoneySerializer(allow_null=True)
    total = MoneySerializer()
    discount = MoneySerializer()
    discounts = DiscountSerializer(many=True)
    refunded_quantity = serializers.IntegerField()
    not_returned = serializers.ChoiceField(choices=NotReturned.choices, allow_null=True)


class AddressSerializer(serializers.Serializer[Any]):
    """Where the goods go. `phone`: digits, with a country code behind a +, and the usual separators."""

    name = serializers.CharField(min_length=1, max_length=60)
    phone = serializers.RegexField(r"^\+?\d(?:[ ()-]{0,2}\d){4,18}$", max_length=30)
    region = serializers.CharField(min_length=1, max_length=120)
    line = serializers.CharField(min_length=1, max_length=200)


class InvoiceSerializer(serializers.Serializer[Any]):
    """What an invoice is to say; a company has a tax number."""

    kind = serializers.ChoiceField(choices=["personal", "company"])
    title = serializers.CharField(min_length=1, max_length=100)
    tax_number = serializers.RegexField(r"^[0-9A-Z]{8,20}$", required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "company" and not attrs.get("tax_number"):
            raise serializers.ValidationError({"tax_number": "required"}, code="required")
        return attrs


class OrderEventSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    details = serializers.DictField()
    at = serializers.DateTimeField()


class CountsSerializer(serializers.Serializer[Any]):
    """The number of orders in each state."""

    pending_payment = serializers.IntegerField()
    paid = serializers.IntegerField()
    shipped = serializers.IntegerField()
    received = serializers.IntegerField()
    completed = serializers.IntegerField()
    closed = serializers.IntegerField()


class OrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Order.State.choices)
    lines = LineSerializer(many=True)
    goods_total = MoneySerializer()
    discount_total = MoneySerializer()
    freight_total = MoneySerializer()
    total = MoneySerializer()
    points = serializers.IntegerField(help_text="spent on it; what they took off is among the discounts")
    address = AddressSerializer()
    invoice = InvoiceSerializer(allow_null=True)
    seller = serializers.CharField(allow_blank=True)
    purchase = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    close_reason = serializers.CharField(allow_null=True)
    events = OrderEventSerializer(many=True)

    def to_representation(self, instance: Order) -> dict[str, Any]:
        return order_body(instance, list(instance.lines.all()), list(instance.events.all()))


class BuyerSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)


class StudioOrderRowSerializer(serializers.Serializer[Any]):
    """An order in a list of the studio: without the address, which is for whoever opens it."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Order.State.choices)
    buyer = BuyerSerializer()
    lines = LineSerializer(many=True)
    total = MoneySerializer()
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Order) -> dict[str, Any]:
        return super().to_representation(
            {
                "number": instance.number,
                "state": instance.state,
                "buyer": card(instance.buyer),
                "lines": [line_of(line, instance.currency) for line in instance.lines.all()],
                "total": Money(instance.total, instance.currency).as_dict(),
                "created_at": instance.created_at,
            }
        )


class StudioOrderSerializer(OrderSerializer):
    """An order as its buyer sees it, and who that is."""

    buyer = BuyerSerializer()

    def to_representation(self, instance: Order) -> dict[str, Any]:
        return super().to_representation(instance) | {"buyer": card(instance.buyer)}


def order_body(order: Order, lines: Sequence[OrderLine], events: Sequence[OrderEvent]) -> dict[str, Any]:
    """As `OrderSerializer` describes it."""

    def money(amount: int) -> MoneyJSON:
        return Money(amount, order.currency).as_dict()

    return {
        "number": order.number,
        "state": order.state,
        "lines": [line_of(line, order.currency) for line in lines],
        "goods_total": money(order.goods_total),
        "discount_total": money(order.discount_total),
        "freight_total": money(order.freight_total),
        "total": money(order.total),
        "points": sum(line.points for line in lines),
        "address": order.address,
        "invoice": order.invoice,
        "seller": order.seller,
        "purchase": order.purchase or order.number,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "paid_at": order.paid_at,
        "shipped_at": order.shipped_at,
        "received_at": order.received_at,
        "completed_at": order.completed_at,
        "closed_at": order.closed_at,
        "close_reason": order.close_reason or None,
        "events": [{"type": event.type, "details": event.data, "at": event.at} for event in events],
    }


def line_of(line: OrderLine, currency: str) -> dict[str, Any]:
    """A saved or unsaved line as `LineSerializer` takes it."""
    return {
        "id": line.pk,
        "sku": line.sku_id,
        "title": {"zh": line.title_zh, "en": line.title_en},
        "options": line.options,
        "picture": line.picture or None,
        "quantity": line.quantity,
        "unit_price": Money(line.unit_price, currency).as_dict(),
        "list_price": None if line.list_price is None else Money(line.list_price, currency).as_dict(),
        "total": Money(line.total, currency).as_dict(),
        "discount": Money(line.discount, currency).as_dict(),
        "discounts": line.discounts,
        "refunded_quantity": line.refunded_quantity,
        "not_returned": line.not_returned or None,
    }
