"""The wallet behind the port: paying is one debit, and there is no page to go to and no webhook to wait for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Literal

from django.db import transaction

from commerce.orders import services as orders
from commerce.payments.errors import PaymentMismatch
from commerce.payments.models import Payment, WalletEntry
from commerce.payments.port import Charge, ChargeState, Notice, ProviderUnavailable, StatementEntry
from commerce.payments.wallet import books
from project.kernel.clock import bounds_of
from project.kernel.errors import NotFound
from project.kernel.money import Money

Kind = WalletEntry.Kind


class WalletProvider:
    name = "wallet"
    taken = ""
    zone: tzinfo = UTC

    def is_ready(self) -> bool:
        return True

    def takes(self, amount: Money) -> bool:
        return True

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        """Pays. Raises BalanceTooLow, PaymentMismatch."""
        with transaction.atomic():
            # The debit and the end of an attempt exclude each other: order, payment, wallet.
            found = Payment.objects.select_related("order").get(provider=self.name, provider_key=key)
            order = orders.lock_order(order_id=found.order_id)
            payment = Payment.objects.select_for_update().get(pk=found.pk)
            if (order.number, Money(payment.amount, payment.currency)) != (order_number, amount):
                raise PaymentMismatch
            if payment.state == Payment.State.STARTED:
                books.take(user_id=order.buyer_id, amount=amount, reference=f"pay:{key}", order_number=order_number)
        return ""

    def query(self, *, key: str) -> Charge:
        entry = WalletEntry.objects.select_related("wallet").filter(reference=f"pay:{key}").first()
        if entry is None:
            return Charge(key=key, state=ChargeState.UNKNOWN)
        return Charge(
            key=key,
            state=ChargeState.SUCCEEDED,
            amount=Money(-entry.amount, entry.wallet.currency),
            order_number=entry.order_number,
        )

    def close(self, *, key: str) -> Charge:
        return self.query(key=key)

    def refund(self, *, key: str, refund_key: str, amount: Money, paid: Money) -> None:
        entry = WalletEntry.objects.select_related("wallet").filter(reference=f"pay:{key}").first()
        if entry is None:
            raise ProviderUnavailable
        books.put(
            user_id=entry.wallet.user_id,
            amount=amount,
            kind=Kind.REFUNDED,
            reference=f"refund:{refund_key}",
            order_number=entry.order_number,
        )

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        raise NotFound

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        raise NotFound

    def statement(self, *, day: date) -> list[StatementEntry]:
        start, end = bounds_of(day, self.zone)
        entries = WalletEntry.objects.select_related("wallet").filter(at__gte=start, at__lt=end)
        moved = entries.filter(kind__in=[Kind.PAID, Kind.REFUNDED])
        return [_entry(one) for one in moved.order_by("pk")]


def _entry(one: WalletEntry) -> StatementEntry:
    kind: Literal["paid", "refunded"] = "paid" if one.kind == Kind.PAID else "refunded"
    amount = Money(abs(one.amount), one.wallet.currency)
    return StatementEntry(kind=kind, key=one.reference.partition(":")[2], amount=amount)
