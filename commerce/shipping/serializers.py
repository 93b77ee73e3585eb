from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from commerce.orders.serializers import AddressSerializer as OrderAddressSerializer
from commerce.orders.serializers import BuyerSerializer, InvoiceSerializer, LineSerializer
from commerce.shipping import regions
from commerce.shipping.models import Address, FreightTemplate, Shipment, ShipmentState
from commerce.shipping.selectors import as_order_address
from project.kernel.ids import MOST_ID
from project.serializers import BilingualSerializer, MoneySerializer

# Of a freight rule: units or grams, minor units, days.
MOST_AMOUNT, MOST_PRICE, MOST_DAYS = 10**6, 10**9, 90
MAINLAND_PHONE = re.compile(
    r"(?:\+?86[ -]?)?(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}(?:-\d{1,5})?)", re.ASCII
)


class AddressInputSerializer(serializers.Serializer[Any]):
    """`region` in China: names or codes of province, city and district; elsewhere one to three names."""

    name = serializers.CharField(min_length=1, max_length=60)
    phone = serializers.RegexField(r"^\+?[0-9](?:[ ()-]{0,2}[0-9]){4,18}$", max_length=30)
    country = serializers.RegexField(r"^[A-Z]{2}$", default=regions.CHINA)
    region = serializers.ListField(child=serializers.CharField(min_length=1, max_length=36), min_length=1, max_length=3)
    line = serializers.CharField(min_length=1, max_length=180)
    postcode = serializers.RegexField(r"^[0-9A-Za-z][0-9A-Za-z -]{1,11}$", required=False, allow_blank=True)
    label = serializers.CharField(max_length=20, required=False, allow_blank=True)  # type: ignore[assignment]
    is_default = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["country"] != regions.CHINA:
            return attrs
        path = regions.path_of(attrs["region"])
        if path is None:
            raise serializers.ValidationError({"region": "unknown"}, code="unknown")
        if not MAINLAND_PHONE.fullmatch(attrs["phone"]):
            raise serializers.ValidationError({"phone": "invalid"}, code="invalid")
        if attrs.get("postcode") and not re.fullmatch(r"[0-9]{6}", attrs["postcode"]):
            raise serializers.ValidationError({"postcode": "invalid"}, code="invalid")
        return {**attrs, "region": [region.name for region in path]}


def details_of(data: dict[str, Any]) -> dict[str, Any]:
    """What is sealed, out of the validated input."""
    names = ("name", "phone", "country", "region", "line")
    return {**{name: data[name] for name in names}, "postcode": data.get("postcode", "")}


class AddressChangeSerializer(serializers.Serializer[Any]):
    """What is given replaces what was; the result must be a whole address. See `AddressInput`."""

    name = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    country = serializers.CharField(required=False)
    region = serializers.ListField(child=serializers.CharField(), required=False)
    line = serializers.CharField(required=False)
    postcode = serializers.CharField(required=False, allow_blank=True)
    label = serializers.CharField(max_length=20, required=False, allow_blank=True)  # type: ignore[assignment]


class BookAddressSerializer(serializers.Serializer[Any]):
    """An entry of the book. `as_text` is how an order writes it down."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField()
    country = serializers.CharField()
    region = serializers.ListField(child=serializers.CharField())
    line = serializers.CharField()
    postcode = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    is_default = serializers.BooleanField()
    as_text = OrderAddressSerializer()

    def to_representation(self, instance: Address) -> dict[str, Any]:
        return super().to_representation(
            {
                **instance.details,
                "id": instance.pk,
                "label": instance.label,
                "is_default": instance.is_default,
                "as_text": as_order_address(instance),
            }
        )


class RegionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    has_children = serializers.BooleanField()


class DaysSerializer(serializers.Serializer[Any]):
    min = serializers.IntegerField()
    max = serializers.IntegerField()


class DeliverySerializer(serializers.Serializer[Any]):
    """Sent within so many hours, and then so many days on its way."""

    ships_within_hours = serializers.IntegerField()
    days = DaysSerializer()


class PromiseQuerySerializer(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    region = serializers.CharField(required=False, allow_blank=True, max_length=120)


class PromiseSerializer(serializers.Serializer[Any]):
    """All null where it is not delivered. `freight` is that of one unit, which is free from goods worth `free_from`."""

    delivered = serializers.BooleanField()
    ships_within_hours = serializers.IntegerField(allow_null=True)
    days = DaysSerializer(allow_null=True)
    freight = MoneySerializer(allow_null=True)
    free_from = MoneySerializer(allow_null=True)


class ShippedLineSerializer(serializers.Serializer[Any]):
    """Units of an order's line."""

    line = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    quantity = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class TrackingSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=ShipmentState.choices)
    at = serializers.IntegerField(help_text="ms since the epoch")
    place = BilingualSerializer()
    text = BilingualSerializer()


class ShipmentSerializer(serializers.Serializer[Any]):
    """A parcel, as on the wire: times in ms, events oldest first."""

    id = serializers.IntegerField()
    order = serializers.CharField()
    purpose = serializers.ChoiceField(choices=Shipment.Purpose.choices)
    carrier = serializers.CharField()
    carrier_name = BilingualSerializer()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=ShipmentState.choices)
    version = serializers.IntegerField()
    lines = ShippedLineSerializer(many=True)
    events = TrackingSerializer(many=True)
    created_at = serializers.IntegerField()
    delivered_at = serializers.IntegerField(allow_null=True)


class ParcelSerializer(serializers.Serializer[Any]):
    """`number` for carriers that draw none themselves."""

    carrier = serializers.CharField(max_length=20)
    number = serializers.RegexField(r"^[0-9A-Za-z-]{4,40}$", required=False, allow_blank=True)


class ShipSerializer(ParcelSerializer):
    """Without `lines`, all that is left."""

    lines = ShippedLineSerializer(many=True, required=False, allow_empty=False, max_length=100)  # type: ignore[call-arg]

    def validate_lines(self, lines: list[dict[str, int]]) -> list[dict[str, int]]:
        if len({line["line"] for line in lines}) != len(lines):
            raise serializers.ValidationError("twice", code="twice")
        return lines


class CarrierSerializer(serializers.Serializer[Any]):
    """`makes_numbers`: it draws the parcel's number itself, and takes none."""

    code = serializers.CharField()
    name = BilingualSerializer()
    makes_numbers = serializers.BooleanField()


class LineToShipSerializer(LineSerializer):
    shipped = serializers.IntegerField()
    left = serializers.IntegerField()


class OrderToShipSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    paid_at = serializers.DateTimeField()
    buyer = BuyerSerializer()
    address = OrderAddressSerializer()
    invoice = InvoiceSerializer(allow_null=True)
    lines = LineToShipSerializer(many=True)
    shipments = ShipmentSerializer(many=True)


class FreightRuleSerializer(serializers.Serializer[Any]):
    """As the model's; prices in minor units of the template's currency."""

    regions = serializers.ListField(child=serializers.CharField(max_length=6), max_length=400)
    delivered = serializers.BooleanField()
    first = serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT)
    first_price = serializers.IntegerField(min_value=0, max_value=MOST_PRICE)
    further = serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT)
    further_price = serializers.IntegerField(min_value=0, max_value=MOST_PRICE)
    free_from = serializers.IntegerField(min_value=0, max_value=MOST_PRICE, allow_null=True)
    days_min = serializers.IntegerField(min_value=0, max_value=MOST_DAYS)
    days_max = serializers.IntegerField(min_value=0, max_value=MOST_DAYS)

    def validate_regions(self, codes: list[str]) -> list[str]:
        if not all(regions.is_place(code) for code in codes):
            raise serializers.ValidationError("unknown", code="unknown")
        return codes

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["days_max"] < attrs["days_min"]:
            raise serializers.ValidationError({"days_max": "min_value"}, code="min_value")
        return attrs


class FreightTemplateSerializer(serializers.Serializer[Any]):
    """`sends`: so many products are sent by it. `version`: another one after each change."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=60)
    basis = serializers.ChoiceField(choices=FreightTemplate.Basis.choices)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    ships_within_hours = serializers.IntegerField(min_value=0, max_value=MOST_DAYS * 24)
    rules = FreightRuleSerializer(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]
    sends = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)


class FreightTemplateChangeSerializer(FreightTemplateSerializer):
    """`version`: of what was seen when it was changed."""

    version = serializers.IntegerField(min_value=1, max_value=MOST_ID)


class NoticeSerializer(serializers.Serializer[Any]):
    received = serializers.BooleanField()
