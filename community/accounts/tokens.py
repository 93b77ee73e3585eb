"""Tokens for the socket: a JWT (RFC 7519, HS256) that names a user and a session, good for five minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt
from django.utils.crypto import salted_hmac

from project.realtime.identity import ExpiredToken, InvalidToken

AUDIENCE = "souk-realtime"
TOKEN_TTL_SECS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    user_id: int
    session_id: str
    expires_at: int  # seconds since the epoch


def _key() -> bytes:
    """Derived from SECRET_KEY, so that a token is good for nothing else that it signs."""
    return salted_hmac("community.accounts.tokens", AUDIENCE, algorithm="sha256").digest()


def issue(*, user_id: int, session_id: str) -> str:
    now = int(time.time())
    claims = {"sub": str(user_id), "sid": session_id, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_TTL_SECS}
    return jwt.encode(claims, _key(), algorithm="HS256")


def read(token: str) -> Claims:
    """Raises ExpiredToken, or InvalidToken for anything that was not issued here in this form."""
    try:
        claims = jwt.decode(
            token,
            _key(),
            algorithms=["HS256"],
            audience=AUDIENCE,
            options={"require": ["sub", "sid", "aud", "iat", "exp"]},
        )
        session_id = claims["sid"]
        if not isinstance(session_id, str):
            raise InvalidToken
        return Claims(user_id=int(claims["sub"]), session_id=session_id, expires_at=int(claims["exp"]))
    except jwt.ExpiredSignatureError as error:
        raise ExpiredToken from error
    except (jwt.InvalidTokenError, ValueError) as error:
        raise InvalidToken from error
