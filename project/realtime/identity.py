"""How the engine learns who is calling: functions that the accounts app provides and `project/wiring.py` installs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

from project.realtime.topics import Caller


class InvalidToken(Exception):
    """Forged, malformed, or of a session that has ended. Never downgraded to a guest."""


class ExpiredToken(Exception):
    """Once good; the client is to fetch another one."""


class TokenCaller(NamedTuple):
    caller: Caller
    expires_at: float | None  # seconds since the epoch; None: never


class Identity(NamedTuple):
    """`from_token(token)` raises InvalidToken or ExpiredToken; `from_cookie(session key)` answers None for a session
    that does not exist. The others are synchronous, and may query the database: `still_valid(callers)` answers those
    whose session goes on and who may be here still, and is asked after a reconnect of Redis, and when one may have
    ended while it was looked up.
    """

    from_token: Callable[[str], Awaitable[TokenCaller]]
    from_cookie: Callable[[str], Awaitable[Caller | None]]
    still_valid: Callable[[Collection[Caller]], set[Caller]]
    # (token, channel, caller) → when the subscription ends, or None for never; raises InvalidToken or ExpiredToken.
    from_subscription_token: Callable[[str, str, Caller], float | None] | None = None
    # Whether a user is kept out of the whole site: asked when one connects and when a token is refreshed.
    is_barred: Callable[[int], Awaitable[bool]] | None = None
    # Called on the loop with every order about connections: what is remembered of people may be old.
    on_order: Callable[[], None] | None = None


_installed: Identity | None = None


def install(identity: Identity) -> None:
    global _installed
    _installed = identity


def current() -> Identity:
    """Raises RuntimeError before anything was installed."""
    if _installed is None:
        raise RuntimeError("no identity is installed: see project/wiring.py")
    return _installed
