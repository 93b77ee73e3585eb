"""Stripe Checkout behind the port: STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET.

What is asked under a key is written down first; after a lost answer the same is asked again with the same idempotency
key, which answers the same session. Source: https://docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

import msgspec
import stripe

from commerce.payments import config
from commerce.payments.errors import BadSignature, PaymentMismatch
from commerce.payments.models import StripeCheckout
from commerce.payments.port import (
    BadStatement,
    Charge,
    ChargeState,
    Notice,
    ProviderUnavailable,
    RefundRefused,
    StatementEntry,
)
from commerce.payments.statements import is_key
from project.kernel.errors import Forbidden, Invalid
from project.kernel.money import Money

log = logging.getLogger(__name__)

OLDEST_SECS = 300
# Currencies whose minor unit is the same here and there, with two decimals and with none. Stripe counts ISK, UGX and
# a few others in a way of its own: they are not charged.
TWO_DECIMALS = {"AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "NOK", "NZD", "SEK", "SGD", "THB", "USD"}
NO_DECIMALS = {"JPY", "KRW", "VND"}
CURRENCIES = TWO_DECIMALS | NO_DECIMALS
# Stripe wants a session to live for half an hour at least; ours is expired by a call.
LONGER = timedelta(minutes=31)
EVENTS = {
    "checkout.session.completed": None,
    "checkout.session.async_payment_succeeded": None,
    "checkout.session.expired": None,
    "checkout.session.async_payment_failed": ChargeState.DECLINED,
}

# An intent of a completed session that no money comes from.
# Source: https://docs.stripe.com/payments/paymentintents/lifecycle
FAILED = {"requires_payment_method", "canceled"}
# Why Stripe never makes a refund. Source: https://docs.stripe.com/error-codes
NEVER = {"amount_too_large", "charge_already_refunded", "charge_disputed", "refund_disputed_payment"}

# What moves money between a buyer and us; fees, payouts and disputes are not that.
MOVED: dict[str, Literal["paid", "refunded"]] = {
    "charge": "paid",
    "payment": "paid",
    "refund": "refunded",
    "payment_refund": "refunded",
}
MOST_ENTRIES = 200_000
# Eight digits. Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MOST_AMOUNT = 99_999_999


class _Session(msgspec.Struct, kw_only=True):
    id: str
    client_reference_id: str | None
    status: str
    payment_status: str
    amount_total: int
    currency: str
    metadata: dict[str, str]
    url: str | None = None
    payment_intent: str | None = None


class _Data(msgspec.Struct, kw_only=True):
    object: dict[str, Any]


class _Event(msgspec.Struct, kw_only=True):
    id: str
    type: str
    livemode: bool
    data: _Data


class StripeProvider:
    name = "stripe"
    taken = ""
    zone: tzinfo = UTC

    def is_ready(self) -> bool:
        return config.all_set("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")

    def takes(self, amount: Money) -> bool:
        return amount.currency in CURRENCIES and 0 < amount.amount <= MOST_AMOUNT

    def start(self, *, key: str, order_number: str, amount: Money, expires_at: datetime) -> str:
        checkout, _ = StripeCheckout.objects.get_or_create(
            key=key,
            defaults={
                "order_number": order_number,
                "amount": amount.amount,
                "currency": amount.currency,
                "expires_at": expires_at + LONGER,
            },
        )
        return _begin(checkout).url or ""

    def query(self, *, key: str) -> Charge:
        checkout = StripeCheckout.objects.filter(key=key).first()
        if checkout is None:
            return Charge(key=key, state=ChargeState.UNKNOWN)
        return _charge_now(_session(checkout))

    def close(self, *, key: str) -> Charge:
        checkout = StripeCheckout.objects.filter(key=key).first()
        if checkout is None:
            return Charge(key=key, state=ChargeState.UNKNOWN)
        session = _session(checkout)
        if session.status != "open":
            return _charge_now(session)
        with _answers("close"):
            try:
                return _charge(_read(_sdk().v1.checkout.sessions.expire(session.id)))
            except stripe.InvalidRequestError:
                log.info("session %s was decided meanwhile", session.id)
        return _charge_now(_session(checkout))

    def refund(self, *, key: str, refund_key: str, amount: Money, paid: Money) -> None:
        checkout = StripeCheckout.objects.filter(key=key).first()
        if checkout is None:
            raise ProviderUnavailable
        intent = _session(checkout).payment_intent
        if not intent:
            raise ProviderUnavailable
        with _answers("refund"):
            sdk = _sdk()
            # Idempotency keys are forgotten after a day; what we wrote on a refund is not.
            made = sdk.v1.refunds.list({"payment_intent": intent, "limit": 100}).auto_paging_iter()
            found = next((one for one in made if _key_of(one) == refund_key), None)
            try:
                found = found or sdk.v1.refunds.create(
                    {"payment_intent": intent, "amount": amount.amount, "metadata": {"key": refund_key}},
                    {"idempotency_key": f"refund-{refund_key}"},
                )
            except stripe.InvalidRequestError as error:
                if error.code in NEVER:
                    raise RefundRefused(error.code) from error
                raise
            if found.status in ("failed", "canceled"):
                # Kept as it is: the same key would find it again for ever.
                raise RefundRefused(f"{found.status}: {getattr(found, 'failure_reason', None) or 'no reason given'}")
            if (found.status, found.amount) != ("succeeded", amount.amount):
                log.warning("Stripe: refund %s of %s is %s", refund_key, found.amount, found.status)
                raise ProviderUnavailable

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        secret = config.read("STRIPE_WEBHOOK_SECRET")
        if not (secret and self.is_ready()):
            raise Forbidden
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), headers.get("Stripe-Signature", ""), secret, OLDEST_SECS
            )
        except (stripe.SignatureVerificationError, ValueError):
            raise BadSignature from None
        try:
            event = msgspec.convert(json.loads(body), _Event)
        except ValueError:
            raise Invalid from None
        # Who paid is nobody's business here.
        about = {name: event.data.object.get(name) for name in _Session.__struct_fields__}
        return self.read_body(
            body={"id": event.id, "type": event.type, "livemode": event.livemode, "data": {"object": about}}
        )

    def read_body(self, *, body: dict[str, Any]) -> Notice:
        try:
            event = msgspec.convert(body, _Event)
            if event.type not in EVENTS:
                return Notice(event_id=event.id, charge=None, body=body)
            session = msgspec.convert(event.data.object, _Session)
        except msgspec.ValidationError:
            raise Invalid from None
        if event.livemode != ("_live_" in config.read("STRIPE_SECRET_KEY")):
            raise PaymentMismatch
        return Notice(event_id=event.id, charge=_charge(session, EVENTS[event.type]), body=body)

    def statement(self, *, day: date) -> list[StatementEntry]:
        start = int(datetime.combine(day, time(), tzinfo=UTC).timestamp())
        within: Any = {"gte": start, "lt": start + 86400}
        found: list[StatementEntry] = []
        with _answers("statement"):
            listed = _sdk().v1.balance_transactions.list({"created": within, "limit": 100, "expand": ["data.source"]})
            for one in listed.auto_paging_iter():
                if kind := MOVED.get(one.type):
                    found.append(_entry(kind, one.source))
                if len(found) > MOST_ENTRIES:
                    raise BadStatement(f"more than {MOST_ENTRIES} movements")
        return found


def _entry(kind: Literal["paid", "refunded"], source: Any) -> StatementEntry:
    try:
        # Without a key of ours it was made by hand: its own id shows as what we miss.
        key = _key_of(source)
        key = key if is_key(key) else str(source.id)
        return StatementEntry(kind=kind, key=key, amount=Money(int(source.amount), str(source.currency).upper()))
    except (AttributeError, TypeError, ValueError) as error:
        raise BadStatement(f"a movement without {error}") from error


def _key_of(thing: Any) -> str:
    return str(thing.metadata.to_dict().get("key", "")) if thing.metadata else ""


def _sdk() -> stripe.StripeClient:
    return stripe.StripeClient(
        config.read("STRIPE_SECRET_KEY"),
        base_addresses={"api": config.read("STRIPE_GATEWAY", stripe.DEFAULT_API_BASE)},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=config.TIMEOUT_SECS),
    )


@contextmanager
def _answers(what: str) -> Iterator[None]:
    """Raises ProviderUnavailable for whatever Stripe does not answer."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning("Stripe, %s: %s %s", what, error.http_status, error.code)
        raise ProviderUnavailable(what) from error
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        # The SDK takes whatever comes for what it should be.
        log.warning("Stripe, %s: an answer without sense, %r", what, error)
        raise ProviderUnavailable(what) from error


def _begin(checkout: StripeCheckout) -> _Session:
    about = {"key": checkout.key, "order": checkout.order_number}
    page = config.page_of(checkout.order_number)
    with _answers("start"):
        session = _read(
            _sdk().v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": checkout.key,
                    "metadata": about,
                    "payment_intent_data": {"metadata": about},
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": checkout.currency.lower(),
                                "unit_amount": checkout.amount,
                                "product_data": {"name": checkout.order_number},
                            },
                        }
                    ],
                    "expires_at": int(checkout.expires_at.timestamp()),
                    "success_url": page,
                    "cancel_url": page,
                },
                {"idempotency_key": checkout.key},
            )
        )
    StripeCheckout.objects.filter(pk=checkout.pk).update(session_id=session.id)
    checkout.session_id = session.id
    return session


def _session(checkout: StripeCheckout) -> _Session:
    """As it is now. One whose beginning was not answered is begun again under its key: there is one, then."""
    if not checkout.session_id:
        _begin(checkout)
    with _answers("query"):
        return _read(_sdk().v1.checkout.sessions.retrieve(checkout.session_id))


def _read(answer: Any) -> _Session:
    try:
        return msgspec.convert(json.loads(str(answer)), _Session)
    except ValueError as error:
        raise ProviderUnavailable from error


def _charge_now(session: _Session) -> Charge:
    """Also of a session that was completed with a bank debit or the like: days later, its intent alone tells a payment
    that failed from one that is under way. Raises ProviderUnavailable.
    """
    if (session.status, session.payment_status) != ("complete", "unpaid") or not session.payment_intent:
        return _charge(session)
    with _answers("query"):
        failed = _sdk().v1.payment_intents.retrieve(session.payment_intent).status in FAILED
    return _charge(session, ChargeState.DECLINED if failed else None)


def _charge(session: _Session, state: ChargeState | None = None) -> Charge:
    if state is None:
        state = {"expired": ChargeState.CLOSED}.get(session.status, ChargeState.OPEN)
        if session.payment_status == "paid":
            state = ChargeState.SUCCEEDED
    return Charge(
        key=session.client_reference_id or "",
        state=state,
        amount=Money(session.amount_total, session.currency.upper()),
        order_number=session.metadata.get("order"),
    )
