from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commerce.payments.models import Payment
from project.kernel.money import Money
from project.serializers import MoneySerializer


class PaymentStartSerializer(serializers.Serializer[Any]):
    order = serializers.CharField(max_length=24)


class PaymentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order = serializers.CharField()
    state = serializers.ChoiceField(choices=Payment.State.choices)
    amount = MoneySerializer()
    pay_url = serializers.CharField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        return super().to_representation(
            {
                "id": instance.pk,
                "order": instance.order.number,
                "state": instance.state,
                "amount": Money(instance.amount, instance.currency).as_dict(),
                "pay_url": instance.pay_url,
                "expires_at": instance.expires_at,
            }
        )


class ReceivedSerializer(serializers.Serializer[Any]):
    received = serializers.BooleanField()
