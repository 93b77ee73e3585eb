from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from commerce.aftersales import reasons
from commerce.aftersales.models import Case
from commerce.aftersales.selectors import Options, Replacement, free_units, replacements_of
from commerce.orders.models import NotReturned
from commerce.orders.serializers import LineSerializer, line_of
from commerce.shipping.cards import ShipmentCard
from commerce.shipping.models import FreightTemplate, Shipment
from commerce.shipping.selectors import card_of
from commerce.shipping.serializers import MOST_AMOUNT, ShipmentSerializer
from project.kernel.ids import MOST_ID
from project.kernel.money import Money
from project.serializers import BilingualSerializer, MoneySerializer, OptionSerializer

# Whose terms are changed at once.
MOST_PRODUCTS = 500
BY = ["buyer", "seller", "time"]


class CaseEventSerializer(serializers.Serializer[Any]):
    """`details`: `{"text"}`, `{"carrier", "number"}`, `{"good_quantity"}`, `{"instead"}`, `{"replacement"}` or
    nothing."""

    state = serializers.ChoiceField(choices=Case.State.choices)
    by = serializers.ChoiceField(choices=BY)
    details = serializers.DictField()
    at = serializers.DateTimeField()


class HeldUnitsSerializer(serializers.Serializer[Any]):
    """Units of a line that are of one SKU by now."""

    sku = serializers.IntegerField()
    options = OptionSerializer(many=True)
    quantity = serializers.IntegerField()


class ReplacementSerializer(serializers.Serializer[Any]):
    """What may be sent in exchange; `available`: there are as many as are wanted."""

    sku = serializers.IntegerField()
    options = OptionSerializer(many=True)
    available = serializers.BooleanField()


class CaseSerializer(serializers.Serializer[Any]):
    """`refund` and `points` are what goes back if it ends well, freight included; `pictures` are paths for the buyer
    and staff. `sku_options` are those of what the units are of, which may have come in exchange for those of the line.
    `replacement` is what an exchange is for; while that has sold out and nobody decided, `others` may be
    chosen, or the money."""

    id = serializers.IntegerField()
    order = serializers.CharField()
    line = LineSerializer()
    sku_options = OptionSerializer(many=True)
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    state = serializers.ChoiceField(choices=Case.State.choices)
    quantity = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=reasons.ALL)
    text = serializers.CharField(allow_blank=True)
    refund = MoneySerializer()
    points = serializers.IntegerField()
    unshipped = serializers.BooleanField()
    pictures = serializers.ListField(child=serializers.CharField())
    replacement = ReplacementSerializer(allow_null=True)
    others = ReplacementSerializer(many=True)
    sent_back = ShipmentSerializer(allow_null=True)
    resent = ShipmentSerializer(allow_null=True)
    deadline = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    events = CaseEventSerializer(many=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        case: Case = instance
        currency = case.order.currency
        wanted = _wanted(case)
        is_gone = wanted is not None and not wanted["available"]
        return super().to_representation(
            {
                "id": case.pk,
                "order": case.order.number,
                "line": line_of(case.line, currency),
                "sku_options": case.sku.options if case.sku_id != case.line.sku_id and case.sku else case.line.options,
                "kind": case.kind,
                "state": case.state,
                "quantity": case.quantity,
                "reason": case.reason,
                "text": case.text,
                "refund": Money(case.amount + case.freight, currency).as_dict(),
                "points": case.points,
                "unshipped": case.unshipped,
                "pictures": [f"/api/aftersales/{case.pk}/pictures/{one.position}/" for one in case.pictures.all()],
                "replacement": wanted,
                "others": replacements_body(replacements_of(case.own_sku), case.quantity) if is_gone else [],
                "sent_back": _parcel(case.return_parcel),
                "resent": _parcel(case.replacement_parcel),
                "deadline": case.deadline,
                "created_at": case.created_at,
                "ended_at": case.ended_at,
                "version": case.version,
                "events": [
                    {"state": one.state, "by": one.by, "details": one.data, "at": one.at} for one in case.events.all()
                ],
            }
        )


def replacements_body(found: Sequence[Replacement], quantity: int) -> list[dict[str, Any]]:
    return [{"sku": one.sku_id, "options": one.options, "available": one.available >= quantity} for one in found]


def _wanted(case: Case) -> dict[str, Any] | None:
    if case.kind != Case.Kind.EXCHANGE:
        return None
    sku = case.replacement or case.own_sku
    # From the seller's agreement on they are held.
    there_are = case.state != Case.State.REQUESTED or free_units(sku) >= case.quantity
    return {"sku": sku.pk, "options": sku.options, "available": there_are}


def _parcel(shipment: Shipment | None) -> ShipmentCard | None:
    return None if shipment is None else card_of(shipment)


class CaseChoiceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=reasons.ALL))


class CaseOptionsSerializer(serializers.Serializer[Any]):
    """What may be asked for a line: nothing without `choices`; at most so many units, for which `max_amount` was paid.

    `unshipped`: the money goes back at once. `without_reason_until`: till then they are taken back without a reason.
    `held`: the SKUs that the units are of; several after an exchange of some, and then one of them is asked about.
    `replacements`: what one of them may be exchanged for.
    """

    line = serializers.IntegerField()
    choices = CaseChoiceSerializer(many=True)
    max_quantity = serializers.IntegerField()
    max_amount = MoneySerializer()
    unshipped = serializers.BooleanField()
    without_reason_until = serializers.DateTimeField(allow_null=True)
    held = HeldUnitsSerializer(many=True)
    replacements = ReplacementSerializer(many=True)


def options_body(options: Options, currency: str) -> dict[str, Any]:
    return {
        "line": options.line_id,
        "choices": [{"kind": one.kind, "reasons": list(one.reasons)} for one in options.choices],
        "max_quantity": options.max_quantity,
        "max_amount": Money(options.max_amount, currency).as_dict(),
        "unshipped": options.unshipped,
        "without_reason_until": options.without_reason_until,
        "held": [{"sku": sku.pk, "options": sku.options, "quantity": units} for sku, units in options.held.items()],
        "replacements": replacements_body(options.replacements, 1),
    }


class OrderAftersalesSerializer(serializers.Serializer[Any]):
    options = CaseOptionsSerializer(many=True)
    cases = CaseSerializer(many=True)


class ProductQuerySerializer(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1, max_value=MOST_ID)


class ReturnTermsSerializer(serializers.Serializer[Any]):
    """Within so many `days` of the receipt it goes back without a reason, unless `not_returned` says why not."""

    days = serializers.IntegerField()
    not_returned = serializers.ChoiceField(choices=NotReturned.choices, allow_null=True)


class SentBySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    basis = serializers.ChoiceField(choices=FreightTemplate.Basis.choices)


class GoodsSerializer(serializers.Serializer[Any]):
    """A product as its seller sees it. `template`: null at the shop's flat price; `weight`: of one unit, in grams.
    `not_returned`: why it does not go back without a reason; null where it does.
    """

    id = serializers.IntegerField()
    title = BilingualSerializer()
    picture = serializers.CharField(allow_null=True)
    visible = serializers.BooleanField()
    template = SentBySerializer(allow_null=True)
    weight = serializers.IntegerField(allow_null=True)
    not_returned = serializers.ChoiceField(choices=NotReturned.choices, allow_null=True)


class GoodsChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is. `template`: null for the shop's flat price; `weight` goes with a template.
    `not_returned`: null for what goes back without a reason.
    """

    products = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_ID), min_length=1, max_length=MOST_PRODUCTS
    )
    template = serializers.IntegerField(min_value=1, max_value=MOST_ID, allow_null=True, required=False)
    weight = serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT, required=False)
    not_returned = serializers.ChoiceField(choices=NotReturned.choices, allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        has_template = attrs.get("template") is not None
        if ("weight" in attrs and not has_template) or attrs.keys() == {"products"}:
            raise serializers.ValidationError({"template": "required"}, code="required")
        return attrs


class AskSerializer(serializers.Serializer[Any]):
    """`amount`, in minor units, when a refund alone is to be less than was paid for the units; `sku` when
    the buyer has several by now; `replacement`, a SKU, when others are wanted in exchange."""

    order = serializers.CharField(min_length=1, max_length=24)
    line = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    quantity = serializers.IntegerField(min_value=1, max_value=10**6)
    reason = serializers.ChoiceField(choices=reasons.ALL)
    text = serializers.CharField(max_length=500, allow_blank=True, default="")
    amount = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    sku = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    replacement = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False)


class ChoiceSerializer(serializers.Serializer[Any]):
    """`replacement`: a SKU; null for the money."""

    replacement = serializers.IntegerField(min_value=1, max_value=MOST_ID, allow_null=True)


class ApproveSerializer(serializers.Serializer[Any]):
    """`instead`: the money, of an exchange for which there is nothing."""

    instead = serializers.BooleanField(default=False)


class EvidenceSerializer(serializers.Serializer[Any]):
    picture = serializers.FileField(max_length=255)


class DeclineSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(min_length=1, max_length=500)


class TakenBackSerializer(serializers.Serializer[Any]):
    """`good_quantity`: so many are fit to be sold again."""

    good_quantity = serializers.IntegerField(min_value=0, max_value=10**6)
