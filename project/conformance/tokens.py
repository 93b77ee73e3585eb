"""Tokens as the suites sign them: JWT, HMAC-SHA256, `sub` is the user, `channel` the channel of a subscription."""

from __future__ import annotations

from typing import Any

import jwt

from project.realtime.identity import ExpiredToken, Identity, InvalidToken, TokenCaller
from project.realtime.topics import Caller

# What the suites sign with.
SECRET = "secret"


def _claims(token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.ExpiredSignatureError as error:
        raise ExpiredToken from error
    except jwt.InvalidTokenError as error:
        raise InvalidToken from error
    return claims


async def caller_from_token(token: str) -> TokenCaller:
    """Raises InvalidToken or ExpiredToken."""
    claims = _claims(token)
    # Users have names here; an empty one is nobody's.
    user: Any = claims.get("sub") or None
    return TokenCaller(Caller(user_id=user, session_id=token[-16:]), claims.get("exp"))


async def nobody(session_key: str) -> None:
    """There are no sessions here."""


def end_of_subscription(token: str, channel: str, caller: Caller) -> float | None:
    """Raises InvalidToken or ExpiredToken."""
    claims = _claims(token)
    if claims.get("channel") != channel or claims.get("sub", "") != caller.name:
        raise InvalidToken
    return claims.get("exp")


IDENTITY = Identity(
    from_token=caller_from_token,
    from_cookie=nobody,
    still_valid=set,
    from_subscription_token=end_of_subscription,
)
