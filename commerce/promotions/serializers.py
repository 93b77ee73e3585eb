from __future__ import annotations

from typing import Any, get_args

from django.conf import settings
from rest_framework import serializers

from commerce.promotions.cards import DropCloseReason, Outcome
from commerce.promotions.models import Coupon, CouponDrop, ThresholdDiscount
from commerce.promotions.selectors import category_cards, coupon_card, grant_card, state_of
from commerce.promotions.services.offers import MOST_AMOUNT, fixed_terms
from project.kernel.clock import database_now
from project.kernel.ids import MOST_ID
from project.serializers import BilingualSerializer, MoneySerializer

MOST_SCOPED = 200
OFFER_STATES = ["scheduled", "running", "ended", "stopped"]
COUPON_STATES = ["usable", "locked", "used", "expired"]


class ScopeCategorySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = BilingualSerializer()


class ScopeProductSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = BilingualSerializer()


class ScopeSerializer(serializers.Serializer[Any]):
    """What the categories and products of the terms are called."""

    categories = ScopeCategorySerializer(many=True)
    products = ScopeProductSerializer(many=True)


class CouponSerializer(serializers.Serializer[Any]):
    """What it is worth: `off`, or `percent_off` (15: 15 % less) up to `most_off`, from `minimum` on."""

    id = serializers.IntegerField()
    name = BilingualSerializer()
    off = MoneySerializer(allow_null=True)
    percent_off = serializers.IntegerField()
    most_off = MoneySerializer(allow_null=True)
    minimum = MoneySerializer()
    group = serializers.CharField(allow_blank=True)
    categories = ScopeCategorySerializer(many=True)
    products = serializers.ListField(child=serializers.IntegerField())


class OfProductSerializer(serializers.Serializer[Any]):
    product = serializers.IntegerField(min_value=1, max_value=MOST_ID, help_text="What is for this product.")


class ThresholdStepSerializer(serializers.Serializer[Any]):
    start = MoneySerializer()
    off = MoneySerializer()


class ThresholdSerializer(serializers.Serializer[Any]):
    """So much `off` from `start` on: of the `steps` the highest that is reached; with `repeats` for every full amount,
    at most `most_off`."""

    key = serializers.CharField()
    name = BilingualSerializer()
    steps = ThresholdStepSerializer(many=True)
    repeats = serializers.BooleanField()
    most_off = MoneySerializer(allow_null=True)


class OfferedCouponSerializer(CouponSerializer):
    """A coupon that one may take. `left` is null without a limit; `mine` of `per_user` were taken by the caller."""

    for_newcomers = serializers.BooleanField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    valid_days = serializers.IntegerField(allow_null=True)
    usable_until = serializers.DateTimeField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)
    per_user = serializers.IntegerField()
    mine = serializers.IntegerField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        coupon: Coupon = instance
        return super().to_representation(
            {
                **coupon_card(coupon),
                "for_newcomers": coupon.way == Coupon.Way.NEWCOMER,
                "starts_at": coupon.starts_at,
                "ends_at": coupon.ends_at,
                "valid_days": coupon.valid_days,
                "usable_until": coupon.usable_until,
                "left": None if coupon.total is None else coupon.total - coupon.granted,
                "per_user": coupon.per_user,
                "mine": instance.mine,
            }
        )


class GrantSerializer(serializers.Serializer[Any]):
    """A coupon that the caller has; `id` is what checkout takes, `usable_until` is in ms since the epoch."""

    id = serializers.IntegerField()
    coupon = CouponSerializer()
    state = serializers.ChoiceField(choices=COUPON_STATES)
    usable_until = serializers.IntegerField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation(grant_card(instance, at=self.context.get("at") or database_now()))


class DroppableCouponSerializer(CouponSerializer):
    """A coupon for drops. `left` is null without a limit: what was given, or is promised by a drop, is not left."""

    ends_at = serializers.DateTimeField()
    valid_days = serializers.IntegerField(allow_null=True)
    usable_until = serializers.DateTimeField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        coupon: Coupon = instance
        return super().to_representation(
            {
                **coupon_card(coupon),
                "ends_at": coupon.ends_at,
                "valid_days": coupon.valid_days,
                "usable_until": coupon.usable_until,
                "left": instance.left,
            }
        )


class ConditionPlaceSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    title = serializers.CharField()


class ConditionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    least = serializers.IntegerField()
    of = ConditionPlaceSerializer(allow_null=True)


class DropSerializer(serializers.Serializer[Any]):
    """As on the wire: times in ms since the epoch."""

    id = serializers.IntegerField()
    channel = serializers.CharField()
    state = serializers.ChoiceField(choices=CouponDrop.State.choices)
    starts_at = serializers.IntegerField()
    ends_at = serializers.IntegerField()
    version = serializers.IntegerField()
    close_reason = serializers.ChoiceField(choices=get_args(DropCloseReason), allow_null=True)
    coupon = CouponSerializer()
    valid_days = serializers.IntegerField(allow_null=True)
    usable_until = serializers.IntegerField(allow_null=True)
    quantity = serializers.IntegerField()
    given = serializers.IntegerField()
    conditions = ConditionSerializer(many=True)


class TakeSerializer(serializers.Serializer[Any]):
    """`ordinal`: which of those that a person may have, so that the same request twice takes one."""

    ordinal = serializers.IntegerField(min_value=1, max_value=100, default=1)


class RedeemSerializer(TakeSerializer):
    code = serializers.CharField(min_length=1, max_length=40)


class OfferTermsSerializer(serializers.Serializer[Any]):
    """Amounts in minor units of `currency`."""

    name_zh = serializers.CharField(min_length=1, max_length=60)
    name_en = serializers.CharField(min_length=1, max_length=60)
    currency = serializers.RegexField(r"^[A-Z]{3}$", default=settings.DEFAULT_CURRENCY)
    categories = serializers.ListField(child=serializers.SlugField(), max_length=MOST_SCOPED, default=list)
    products = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_ID), max_length=MOST_SCOPED, default=list
    )
    funded_by = serializers.CharField(min_length=1, max_length=40, default="house")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class CouponTermsSerializer(OfferTermsSerializer):
    """`off` or `percent_off`; `valid_days`, `usable_until` or both; a `code` for the way "code" alone."""

    way = serializers.ChoiceField(choices=Coupon.Way.choices, default=Coupon.Way.PUBLIC)
    code = serializers.RegexField(r"^[0-9A-Za-z -]{6,24}$", allow_null=True, default=None)
    off = serializers.IntegerField(min_value=0, max_value=MOST_AMOUNT, default=0)
    percent_off = serializers.IntegerField(min_value=0, max_value=100, default=0)
    most_off = serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT, allow_null=True, default=None)
    minimum = serializers.IntegerField(min_value=0, max_value=MOST_AMOUNT, default=0)
    group = serializers.RegexField(r"^[a-z0-9-]{0,20}$", allow_blank=True, default="")
    total = serializers.IntegerField(min_value=1, max_value=10**9, allow_null=True, default=None)
    per_user = serializers.IntegerField(min_value=1, max_value=100, default=1)
    per_day = serializers.IntegerField(min_value=1, max_value=10**9, allow_null=True, default=None)
    valid_days = serializers.IntegerField(min_value=1, max_value=3650, allow_null=True, default=None)
    usable_until = serializers.DateTimeField(allow_null=True, default=None)


class ThresholdTermsSerializer(OfferTermsSerializer):
    """`steps`: from an amount on, so much off, ascending; with `repeats` one step, for every full amount."""

    steps = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT), min_length=2, max_length=2
        ),
        min_length=1,
        max_length=10,
    )
    repeats = serializers.BooleanField(default=False)
    most_off = serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT, allow_null=True, default=None)
    precedence = serializers.IntegerField(min_value=0, max_value=1000, default=0)


class StudioCouponSerializer(serializers.Serializer[Any]):
    """`granted` were given out, `used` of them paid with; `fixed` names the terms that do not change any more."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=OFFER_STATES)
    terms = CouponTermsSerializer()
    scope = ScopeSerializer()
    fixed = serializers.ListField(child=serializers.CharField())
    granted = serializers.IntegerField()
    used = serializers.IntegerField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "state": state_of(instance),
                "terms": _terms(instance, CouponTermsSerializer),
                "scope": _scope(instance),
                "fixed": fixed_terms(instance, CouponTermsSerializer().fields),
                "granted": instance.granted,
                "used": instance.used,
            }
        )


class GivenToSerializer(serializers.Serializer[Any]):
    user = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=get_args(Outcome))


class GivenSerializer(serializers.Serializer[Any]):
    """What became of each: who `had` it keeps it; all were `gone` before others came; `unknown` is no account."""

    coupon = StudioCouponSerializer()
    people = GivenToSerializer(many=True)


class StudioThresholdSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=OFFER_STATES)
    terms = ThresholdTermsSerializer()
    scope = ScopeSerializer()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "state": state_of(instance),
                "terms": _terms(instance, ThresholdTermsSerializer),
                "scope": _scope(instance),
            }
        )


class GiveSerializer(TakeSerializer):
    users = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_ID), min_length=1, max_length=500
    )


def _terms(offer: Coupon | ThresholdDiscount, shape: type[OfferTermsSerializer]) -> dict[str, Any]:
    terms: dict[str, Any] = {str(name): getattr(offer, str(name)) for name in shape().fields}
    return {
        **terms,
        "categories": [one.slug for one in offer.categories.all()],
        "products": sorted(one.pk for one in offer.products.all()),
    }


def _scope(offer: Coupon | ThresholdDiscount) -> dict[str, Any]:
    products = sorted(offer.products.all(), key=lambda one: one.pk)
    return {
        "categories": category_cards(offer),
        "products": [{"id": one.pk, "title": {"zh": one.title_zh, "en": one.title_en}} for one in products],
    }
