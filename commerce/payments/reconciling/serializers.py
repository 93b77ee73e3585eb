from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from commerce.payments import providers
from commerce.payments.models import (
    LedgerEntry,
    ReconciliationChange,
    ReconciliationDay,
    ReconciliationNote,
    ReconciliationRow,
    ReconciliationTry,
)
from commerce.payments.reconciling.selectors import DIFFERENCES, About, DayFound, money
from project.kernel.money import Money
from project.serializers import MoneySerializer

RESULTS = ReconciliationRow.Result.values
PROVIDERS = list(providers.KNOWN)
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
MOST_DAYS = 92


def _in_bounds(day: date) -> None:
    if not EARLIEST <= day <= LATEST:
        raise serializers.ValidationError(code="invalid")


class DaysAskedSerializer(serializers.Serializer[Any]):
    """`until` is today, in UTC, unless it is said."""

    until = serializers.DateField(required=False, validators=[_in_bounds])
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=14)


class RowsAskedSerializer(serializers.Serializer[Any]):
    """`result` may be `differences`: all but `ok`. `unchecked`: differences that nobody has checked. `q`: the beginning
    of a key, or the number of an order or a top-up."""

    first = serializers.DateField(required=False, validators=[_in_bounds])
    last = serializers.DateField(required=False, validators=[_in_bounds])
    provider = serializers.ChoiceField(choices=PROVIDERS, required=False)
    result = serializers.ChoiceField(choices=[*RESULTS, DIFFERENCES], required=False)
    unchecked = serializers.BooleanField(default=False)
    q = serializers.CharField(max_length=64, required=False)


class SheetAskedSerializer(RowsAskedSerializer):
    first = serializers.DateField(validators=[_in_bounds])
    last = serializers.DateField(validators=[_in_bounds])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not 0 <= (attrs["last"] - attrs["first"]).days < MOST_DAYS:
            raise serializers.ValidationError({"last": ["out of bounds"]}, code="invalid")
        return attrs


class ResultCountsSerializer(serializers.Serializer[Any]):
    ok = serializers.IntegerField()
    we_miss = serializers.IntegerField()
    they_miss = serializers.IntegerField()
    amount_differs = serializers.IntegerField()
    duplicate = serializers.IntegerField()


class ReconciliationDaySerializer(serializers.Serializer[Any]):
    """`compared_at`: when its rows were sorted last; a try that failed since then changed nothing. `next_try_at` is
    null when it is not tried again by itself. `waiting`: somebody asked for another try, which has not ended yet.
    `gaps`: by how much more moved at the provider than in our books, of what differs."""

    id = serializers.IntegerField()
    provider = serializers.ChoiceField(choices=PROVIDERS)
    day = serializers.DateField()
    state = serializers.ChoiceField(choices=ReconciliationDay.State.choices)
    problem = serializers.CharField(allow_blank=True)
    tried_at = serializers.DateTimeField(allow_null=True)
    compared_at = serializers.DateTimeField(allow_null=True)
    next_try_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.BooleanField()
    counts = ResultCountsSerializer()
    healed = serializers.IntegerField()
    unchecked = serializers.IntegerField()
    gaps = MoneySerializer(many=True)

    def to_representation(self, instance: DayFound) -> dict[str, Any]:
        day = instance.day
        plain = ("provider", "day", "state", "problem", "tried_at", "compared_at", "next_try_at")
        return super().to_representation(
            {
                "id": day.pk,
                **{name: getattr(day, name) for name in plain},
                "waiting": day.asked_at is not None,
                "counts": instance.counts,
                "healed": instance.healed,
                "unchecked": instance.unchecked,
                "gaps": [Money(sum, currency).as_dict() for currency, sum in sorted(instance.gaps.items()) if sum],
            }
        )


class ReconciliationTrySerializer(serializers.Serializer[Any]):
    """`by` is who asked for it, "" when its time had come."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ReconciliationDay.State.choices)
    problem = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()

    def to_representation(self, instance: ReconciliationTry) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "state": instance.state,
                "problem": instance.problem,
                "by": str(instance.by or ""),
                "at": instance.at,
            }
        )


class ReconciliationDaysSerializer(serializers.Serializer[Any]):
    """Of all days from `first` to `last`, newest first. `may_change`: whether the caller may have a day compared again
    and write notes."""

    first = serializers.DateField()
    last = serializers.DateField()
    providers = serializers.ListField(child=serializers.CharField())
    may_change = serializers.BooleanField()
    days = ReconciliationDaySerializer(many=True)


class ReconciliationDayDetailSerializer(serializers.Serializer[Any]):
    """A day, and the latest tries to compare it, newest first. `may_change` as for all days."""

    may_change = serializers.BooleanField()
    day = ReconciliationDaySerializer()
    tries = ReconciliationTrySerializer(many=True)


class SaidSerializer(serializers.Serializer[Any]):
    """Null is nothing. `times`: how often their statement has it; `entries`: each of those where it is more than once,
    the first twenty."""

    result = serializers.ChoiceField(choices=ReconciliationRow.Result.choices)
    ours = MoneySerializer(allow_null=True)
    theirs = MoneySerializer(allow_null=True)
    times = serializers.IntegerField()
    entries = MoneySerializer(many=True)

    @staticmethod
    def said(movement: ReconciliationRow | ReconciliationChange) -> dict[str, Any]:
        return {
            "result": movement.result,
            "ours": money(movement.ours, movement.ours_currency),
            "theirs": money(movement.theirs, movement.theirs_currency),
            "times": movement.times,
            "entries": movement.entries,
        }


class NumberedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()


class ReconciliationRowSerializer(SaidSerializer):
    """A movement as both sides have it. What of ours its key stands for: `order` and `payment`, `refund`, or
    `top_up`."""

    id = serializers.IntegerField()
    provider = serializers.CharField()
    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=LedgerEntry.Kind.choices)
    key = serializers.CharField()
    found_at = serializers.DateTimeField()
    healed_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    order = NumberedSerializer(allow_null=True)
    payment = serializers.IntegerField(allow_null=True)
    refund = serializers.IntegerField(allow_null=True)
    top_up = NumberedSerializer(allow_null=True)

    def to_representation(self, instance: ReconciliationRow) -> dict[str, Any]:
        """`context["about"]`: what each row is about, by its id."""
        found: About = self.context["about"][instance.pk]
        order = found.payment.order if found.payment else None
        plain = ("provider", "day", "kind", "key", "found_at", "healed_at", "checked_at")
        return super().to_representation(
            {
                "id": instance.pk,
                **{name: getattr(instance, name) for name in plain},
                **self.said(instance),
                "order": {"id": order.pk, "number": order.number} if order else None,
                "payment": found.payment.pk if found.payment else None,
                "refund": found.refund.pk if found.refund else None,
                "top_up": {"id": found.top_up.pk, "number": found.top_up.number} if found.top_up else None,
            }
        )


class ReconciliationChangeSerializer(SaidSerializer):
    since = serializers.DateTimeField()
    at = serializers.DateTimeField()

    def to_representation(self, instance: ReconciliationChange) -> dict[str, Any]:
        return super().to_representation({**self.said(instance), "since": instance.since, "at": instance.at})


class ReconciliationNoteSerializer(serializers.Serializer[Any]):
    """`result` is what the row said when it was checked."""

    id = serializers.IntegerField()
    result = serializers.ChoiceField(choices=ReconciliationRow.Result.choices)
    text = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()

    def to_representation(self, instance: ReconciliationNote) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "result": instance.result,
                "text": instance.text,
                "by": str(instance.by),
                "at": instance.at,
            }
        )


class ReconciliationRowDetailSerializer(serializers.Serializer[Any]):
    """A row, what it said before (oldest first), who checked it, and the other days whose statements have it."""

    row = ReconciliationRowSerializer()
    changes = ReconciliationChangeSerializer(many=True)
    notes = ReconciliationNoteSerializer(many=True)
    also_on = serializers.ListField(child=serializers.DateField())


class CheckedSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=500)
