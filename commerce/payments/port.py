"""The port behind which payment providers stand. Keys are ours, saved before the call: each call may be repeated."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Literal, Protocol

from project.kernel.money import Money


def new_key() -> str:
    """A key that every provider takes: WeChat Pay wants at most 32 characters, Alipay letters and digits."""
    return secrets.token_hex(16)


# What `pay_url` of an attempt holds.
LONGEST_URL = 2000
PAGES = ("https://", "http://", "weixin://")


class ChargeState(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CLOSED = "closed"
    # The provider has never heard of the key: no money can come from it.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the provider says about an attempt. `amount` and `order_number` are None where it does not say."""

    key: str
    state: ChargeState
    amount: Money | None = None
    order_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A webhook whose signature and age are right. `body` is what is kept of it; without a charge it is about
    something that we do not follow."""

    event_id: str
    charge: Charge | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """A movement of money as the provider's books have it; `key` is that of our payment or refund."""

    kind: Literal["paid", "refunded"]
    key: str
    amount: Money


def is_page(url: str) -> bool:
    """Whether a buyer can be sent there: a page of ours, of the web, or what WeChat's app scans."""
    if not 1 <= len(url) <= LONGEST_URL or not url.isprintable() or " " in url:
        return False
    return (url.startswith("/") and not url.startswith("//")) or url.startswith(PAGES)


class ProviderUnavailable(Exception):
    """The provider did not answer: what happened there is not known. Query, never compensate blindly."""


class RefundRefused(Exception):
    """The provider will not send this money back, however often it is asked. The message is its reason, for staff."""


class BadStatement(Exception):
    """What came as the statement of a day is none, or not all of it: nothing of it is taken over. The message says
    what is wrong, for staff."""


class Provider(Protocol):
    name: str
    # What a webhook that was taken is answered with; "" for our own JSON.
    taken: str
    # Whose midnight ends a day of its statements.
    zone: tzinfo

    def is_ready(self) -> bool:
        """Whether everything is set up that it needs to take payments."""

    def takes(self, amount: Money) -> bool:
        """Whether it can charge such an amount, in such a currency."""

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        """Begin an attempt and answer the page where the buyer pays, "" when it is paid by this; the same key again is
        the same attempt. Raises DomainError when it is refused for good."""

    def query(self, *, key: str) -> Charge: ...

    def close(self, *, key: str) -> Charge:
        """Let no more money come from an attempt. What is answered may still be `SUCCEEDED`: money was faster."""

    def refund(self, *, key: str, refund_key: str, amount: Money, paid: Money) -> None:
        """Send money back, once a `refund_key`; `paid` is the whole of what came in under `key`.

        Raises ProviderUnavailable also while it is under way: it is asked again until it is done. Raises RefundRefused
        where that leads nowhere.
        """

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Raises BadSignature, Forbidden (webhooks are not set up), Invalid."""

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        """The same from a body that was verified when it came. Raises Invalid."""

    def statement(self, *, day: date) -> list[StatementEntry]:
        """All that moved on a day of its `zone`. Raises ProviderUnavailable, also while the day is not closed, and
        BadStatement."""
