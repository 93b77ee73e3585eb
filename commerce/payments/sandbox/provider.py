"""The sandbox behind the port: a provider with play money, and otherwise like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from commerce.payments.models import SandboxCharge
from commerce.payments.port import Charge, ChargeState, Notice, ProviderUnavailable, StatementEntry
from commerce.payments.sandbox import books, signing
from project.kernel.clock import now
from project.kernel.errors import Forbidden, Invalid
from project.kernel.money import Money

STATES = {"charge.succeeded": ChargeState.SUCCEEDED, "charge.declined": ChargeState.DECLINED}


class _Data(msgspec.Struct, kw_only=True):
    key: str
    order: str
    amount: int
    currency: str


class _Event(msgspec.Struct, kw_only=True):
    id: str
    type: str
    data: _Data


class SandboxProvider:
    name = "sandbox"
    taken = ""
    zone: tzinfo = UTC

    def is_ready(self) -> bool:
        return True

    def takes(self, amount: Money) -> bool:
        return True

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        try:
            charge = books.open_charge(
                merchant_key=key, order_number=order_number, amount=amount, expires_at=expires_at
            )
        except (DatabaseError, books.Refused) as error:
            raise ProviderUnavailable from error
        return reverse("sandbox-pay", args=[charge.token])

    def query(self, *, key: str) -> Charge:
        return _charge(key, books.charge_by_key(key))

    def close(self, *, key: str) -> Charge:
        return _charge(key, books.close_charge(key))

    def refund(self, *, key: str, refund_key: str, amount: Money, paid: Money) -> None:
        try:
            books.refund(merchant_key=key, refund_key=refund_key, amount=amount.amount)
        except (DatabaseError, books.Refused) as error:
            raise ProviderUnavailable from error

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        secret = settings.SANDBOX_WEBHOOK_SECRET
        if not secret:
            raise Forbidden
        signing.verify(body=body, signature=headers.get(signing.HEADER, ""), secret=secret, at=now())
        try:
            return self.read_body(body=json.loads(body))
        except ValueError:
            raise Invalid from None

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        try:
            event = msgspec.convert(body, _Event)
        except msgspec.ValidationError:
            raise Invalid from None
        if event.type not in STATES or not 1 <= len(event.id) <= 64:
            raise Invalid
        data = event.data
        charge = Charge(
            key=data.key,
            state=STATES[event.type],
            amount=Money(data.amount, data.currency),
            order_number=data.order,
        )
        return Notice(event_id=event.id, charge=charge, body=body)

    def statement(self, *, day: date) -> list[StatementEntry]:
        return books.statement(day=day)


def body_of(charge: SandboxCharge) -> bytes:
    """The webhook that tells what became of a charge; the same bytes at every attempt."""
    body = {
        "id": charge.event_id,
        "type": f"charge.{charge.state}",
        "data": {
            "key": charge.merchant_key,
            "order": charge.order_number,
            "amount": charge.amount,
            "currency": charge.currency,
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _charge(key: str, found: SandboxCharge | None) -> Charge:
    if found is None:
        return Charge(key=key, state=ChargeState.UNKNOWN)
    return Charge(
        key=key,
        state=ChargeState(found.state),
        amount=Money(found.amount, found.currency),
        order_number=found.order_number,
    )
