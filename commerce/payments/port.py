"""The port behind which payment providers stand. Keys are ours, saved before the call: each call may be repeated."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from project.kernel.money import Money


def new_key() -> str:
    """A key that every provider takes: WeChat Pay wants at most 32 characters, Alipay letters and digits."""
    return secrets.token_hex(16)


class ChargeState(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CLOSED = "closed"
    # The provider has never heard of the key: no money can come from it.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the provider says about an attempt. `amount` and `order_number` are None when it is unknown there."""

    key: str
    state: ChargeState
    amount: Money | None = None
    order_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A webhook whose signature and age are right. `body` is kept as it came."""

    event_id: str
    charge: Charge
    body: dict[str, Any]


class ProviderUnavailable(Exception):
    """The provider did not answer: what happened there is not known. Query, never compensate blindly."""


class Provider(Protocol):
    name: str

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        """Begin an attempt and answer the page where the buyer pays; the same key again is the same attempt."""

    def query(self, *, key: str) -> Charge: ...

    def close(self, *, key: str) -> Charge:
        """Let no more money come from an attempt. What is answered may still be `SUCCEEDED`: money was faster."""

    def refund(self, *, key: str, refund_key: str, amount: Money) -> None:
        """Send money back, once a `refund_key`."""

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Raises BadSignature, Forbidden (webhooks are not set up), Invalid."""

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        """The same from a body that was verified when it came. Raises Invalid."""
