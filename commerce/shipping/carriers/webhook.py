"""How carriers' webhooks are signed and what is in them.

`Souk-Carrier-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`; the body is
`{"id", "number", "state", "at": ms, "place": {"zh", "en"}, "text": {"zh", "en"}}`. Each carrier has a secret of its
own, derived from the server's secret key: `manage.py carrier_secret <carrier>` tells it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from django.utils.crypto import salted_hmac

from commerce.shipping.carriers.port import Tracked
from commerce.shipping.errors import BadCarrierSignature
from project.kernel.clock import from_ms, now
from project.kernel.errors import Invalid

HEADER = "Souk-Carrier-Signature"
OLDEST = timedelta(minutes=5)
# A carrier's clock may be wrong; one far ahead would hold its parcel's state until that time comes.
FURTHEST_AHEAD = timedelta(hours=1)
LATEST_MS = 4_102_444_800_000

Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Texts(msgspec.Struct):
    zh: Text
    en: Text


class _Body(msgspec.Struct, kw_only=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    state: Literal["picked_up", "in_transit", "out_for_delivery", "delivered", "exception", "returned"]
    at: Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]
    place: _Texts
    text: _Texts


def secret_of(carrier: str) -> str:
    return salted_hmac("souk.shipping.webhook", carrier, algorithm="sha256").hexdigest()


def sign(*, body: bytes, carrier: str, at: datetime) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={_digest(body, carrier, moment)}"


def read(*, carrier: str, body: bytes, headers: Mapping[str, str]) -> Tracked:
    """Raises BadCarrierSignature for another body, another carrier or a moment too far away; Invalid for the form."""
    _verify(carrier=carrier, body=body, signature=headers.get(HEADER, ""))
    return parse(body)


def parse(body: bytes) -> Tracked:
    """The same without a signature. Raises Invalid."""
    try:
        fields = json.loads(body)
        said = msgspec.convert(fields, _Body)
    except (ValueError, RecursionError):
        raise Invalid from None
    # PostgreSQL keeps no NUL in a text.
    if "\\u0000" in json.dumps(fields):
        raise Invalid
    at = from_ms(said.at)
    if at > now() + FURTHEST_AHEAD:
        raise Invalid(fields={"at": ["in_future"]})
    return Tracked(
        event_id=said.id,
        number=said.number,
        state=said.state,
        at=at,
        place={"zh": said.place.zh, "en": said.place.en},
        text={"zh": said.text.zh, "en": said.text.en},
        body=fields,
    )


def _verify(*, carrier: str, body: bytes, signature: str) -> None:
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 15 and given.isascii()):
        raise BadCarrierSignature
    if not hmac.compare_digest(_digest(body, carrier, int(stamp)), given):
        raise BadCarrierSignature
    if abs(now().timestamp() - int(stamp)) > OLDEST.total_seconds():
        raise BadCarrierSignature


def _digest(body: bytes, carrier: str, moment: int) -> str:
    return hmac.new(secret_of(carrier).encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
