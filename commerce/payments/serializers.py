from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.payments.models import Payment, Refund, TopUp, TopUpDecision, WalletEntry
from commerce.payments.selectors import amount_of, was_sent_back
from project.kernel.ids import MOST_ID
from project.kernel.money import Money
from project.serializers import MoneySerializer


class PaymentStartSerializer(serializers.Serializer[Any]):
    order = serializers.CharField(max_length=24)
    provider = serializers.CharField(max_length=20, required=False)


class PaymentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField()
    provider = serializers.CharField()
    state = serializers.ChoiceField(choices=Payment.State.choices)
    amount = MoneySerializer()
    pay_url = serializers.CharField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "order": instance.order.number,
                "provider": instance.provider,
                "state": instance.state,
                "amount": Money(instance.amount, instance.currency).as_dict(),
                "pay_url": instance.pay_url,
                "expires_at": instance.expires_at,
            }
        )


class StudioRefundSerializer(serializers.Serializer[Any]):
    """Money that goes back. `problem`: why its provider refuses a failed one for good; it is owed all the same."""

    id = serializers.IntegerField()
    order = serializers.CharField()
    provider = serializers.CharField()
    state = serializers.ChoiceField(choices=Refund.State.choices)
    amount = MoneySerializer()
    reason = serializers.CharField()
    problem = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Refund) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "order": instance.payment.order.number,
                "provider": instance.payment.provider,
                "state": instance.state,
                "amount": Money(instance.amount, instance.currency).as_dict(),
                "reason": instance.reason,
                "problem": instance.problem,
                "created_at": instance.created_at,
                "done_at": instance.done_at,
            }
        )


class StuckMoneySerializer(serializers.Serializer[Any]):
    """A refund or a payment that waits for people. `problem` is what the provider says, in its words,
    until that is decided."""

    id = serializers.IntegerField()
    order = serializers.CharField()
    provider = serializers.CharField()
    amount = MoneySerializer()
    problem = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Payment | Refund) -> dict[str, Any]:
        payment = instance.payment if isinstance(instance, Refund) else instance
        return super().to_representation(
            {
                "id": instance.pk,
                "order": payment.order.number,
                "provider": payment.provider,
                "amount": Money(instance.amount, instance.currency).as_dict(),
                "problem": instance.problem,
                "created_at": instance.created_at,
            }
        )


class DecisionSerializer(serializers.Serializer[Any]):
    """What staff made of a top-up, and who. `done_at`: null while what goes back has not arrived at the provider."""

    way = serializers.ChoiceField(choices=TopUpDecision.Way.choices)
    reason = serializers.CharField()
    by_id = serializers.IntegerField()
    by = serializers.CharField(source="by.display_name")
    done_at = serializers.DateTimeField(allow_null=True)


class StuckTopUpSerializer(serializers.Serializer[Any]):
    """A top-up that `came_in` with another amount than `ordered`; `decision`: null until staff makes one."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    user = serializers.CharField()
    provider = serializers.CharField()
    ordered = MoneySerializer()
    came_in = MoneySerializer()
    created_at = serializers.DateTimeField()
    decision = DecisionSerializer(allow_null=True)

    def to_representation(self, instance: TopUp) -> dict[str, Any]:
        assert instance.came_in is not None
        return super().to_representation(
            {
                "id": instance.pk,
                "number": instance.number,
                "user": instance.user.display_name,
                "provider": instance.provider,
                "ordered": Money(instance.amount, instance.currency).as_dict(),
                "came_in": Money(instance.came_in, instance.came_in_currency).as_dict(),
                "created_at": instance.created_at,
                "decision": getattr(instance, "decision", None),
            }
        )


class TopUpDecideSerializer(serializers.Serializer[Any]):
    """`amount`, in minor units of `currency`, is what came in as it was seen."""

    way = serializers.ChoiceField(choices=TopUpDecision.Way.choices)
    reason = serializers.CharField(min_length=1, max_length=200)
    amount = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    currency = serializers.RegexField(r"^[A-Z]{3}$")


class HowPaidSerializer(serializers.Serializer[Any]):
    """`note`: how a refund was paid, for whoever looks at the books."""

    note = serializers.CharField(min_length=1, max_length=200)


class StudioPaymentSerializer(serializers.Serializer[Any]):
    """An attempt to pay. `problem`: what its provider says that does not fit, so that nothing is settled."""

    id = serializers.IntegerField()
    provider = serializers.CharField()
    state = serializers.ChoiceField(choices=Payment.State.choices)
    amount = MoneySerializer()
    problem = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    refunds = StudioRefundSerializer(many=True)

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "provider": instance.provider,
                "state": instance.state,
                "amount": Money(instance.amount, instance.currency).as_dict(),
                "problem": instance.problem,
                "created_at": instance.created_at,
                "settled_at": instance.settled_at,
                "refunds": instance.refunds.all(),
            }
        )


class ReceivedSerializer(serializers.Serializer[Any]):
    received = serializers.BooleanField()


class ProvidersSerializer(serializers.Serializer[Any]):
    providers = serializers.ListField(child=serializers.CharField())


class WalletEntrySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=WalletEntry.Kind.choices)
    amount = MoneySerializer()
    balance = MoneySerializer()
    order = serializers.CharField()
    at = serializers.DateTimeField()

    def to_representation(self, instance: WalletEntry) -> dict[str, Any]:
        currency = instance.wallet.currency
        return super().to_representation(
            {
                "id": instance.pk,
                "kind": instance.kind,
                "amount": Money(instance.amount, currency).as_dict(),
                "balance": Money(instance.balance, currency).as_dict(),
                "order": instance.order_number,
                "at": instance.at,
            }
        )


class TopUpOfferSerializer(serializers.Serializer[Any]):
    """`providers`: the default first."""

    providers = serializers.ListField(child=serializers.CharField())
    least = MoneySerializer()
    most = MoneySerializer()


class WalletSerializer(serializers.Serializer[Any]):
    """`top_up`: by how much it can be topped up, and through whom; null where it cannot."""

    balances = MoneySerializer(many=True)
    top_up = TopUpOfferSerializer(allow_null=True)


class TopUpStartSerializer(serializers.Serializer[Any]):
    """`amount` in minor units of the shop's currency."""

    amount = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    provider = serializers.CharField(max_length=20, required=False)


class TopUpSerializer(serializers.Serializer[Any]):
    """`pay_url` is where the user decides. `sent_back`: it came in, and went back as it came."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    provider = serializers.CharField()
    state = serializers.ChoiceField(choices=TopUp.State.choices)
    amount = MoneySerializer()
    sent_back = serializers.BooleanField()
    pay_url = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    version = serializers.IntegerField()

    def to_representation(self, instance: TopUp) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "number": instance.number,
                "provider": instance.provider,
                "state": instance.state,
                "amount": amount_of(instance).as_dict(),
                "sent_back": was_sent_back(instance),
                "pay_url": instance.pay_url,
                "created_at": instance.created_at,
                "expires_at": instance.expires_at,
                "version": instance.version,
            }
        )
