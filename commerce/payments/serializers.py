from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.payments.models import Payment, TopUp, WalletEntry
from commerce.payments.selectors import amount_of, was_sent_back
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

    amount = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
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
