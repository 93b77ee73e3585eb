"""How the sandbox signs its webhooks: `Souk-Sandbox-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from commerce.payments.errors import BadSignature

HEADER = "Souk-Sandbox-Signature"
OLDEST = timedelta(minutes=5)


def sign(*, body: bytes, secret: str, at: datetime) -> str:
    moment = int(at.timestamp())
    return f"t={moment},v1={_digest(body, secret, moment)}"


def verify(*, body: bytes, signature: str, secret: str, at: datetime) -> None:
    """Raises BadSignature for another body, another secret, or a moment more than five minutes away."""
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 15 and given.isascii()):
        raise BadSignature
    if not hmac.compare_digest(_digest(body, secret, int(stamp)), given):
        raise BadSignature
    if abs(at.timestamp() - int(stamp)) > OLDEST.total_seconds():
        raise BadSignature


def _digest(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
