"""Who is at the other end of a socket. Synchronous: the engine calls these on its database threads."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from community.accounts import tokens
from community.accounts.models import Session, public_id_of
from project.kernel.clock import now
from project.realtime.identity import InvalidToken, TokenCaller
from project.realtime.topics import Caller


def caller_from_token(token: str) -> TokenCaller:
    """Raises ExpiredToken, and InvalidToken also when the session that the token names has ended."""
    claims = tokens.read(token)
    caller = Caller(user_id=claims.user_id, session_id=claims.session_id)
    if not still_valid(caller):
        raise InvalidToken
    return TokenCaller(caller, float(claims.expires_at))


def caller_from_session_key(session_key: str) -> Caller | None:
    """None where there is no such session, or nobody is logged in with it."""
    return _caller_of(public_id_of(session_key))


def still_valid(caller: Caller) -> bool:
    """Whether the caller's session goes on and its user is active. A guest has nothing that could end."""
    return caller.is_guest or _caller_of(caller.session_id) == caller


def those_still_valid(callers: Collection[Caller]) -> set[Caller]:
    """As `still_valid`, in one query for all of them: to be asked for some hundred at once."""
    going_on = {_caller_in(session) for session in _live_sessions([caller.session_id for caller in callers])}
    return {caller for caller in callers if caller.is_guest or caller in going_on}


def _caller_of(session_id: str) -> Caller | None:
    session = _live_sessions([session_id]).first()
    return _caller_in(session) if session else None


def _live_sessions(session_ids: list[str]) -> QuerySet[Session]:
    return Session.objects.select_related("user").filter(
        public_id__in=session_ids, expire_date__gt=now(), user__is_active=True
    )


def _caller_in(session: Session) -> Caller | None:
    assert session.user is not None
    # Ends sessions also when a password was set by a way that deletes none (`manage.py changepassword`).
    kept_hash = session.get_decoded().get(HASH_SESSION_KEY, "")
    if not constant_time_compare(kept_hash, session.user.get_session_auth_hash()):
        return None
    return Caller(user_id=session.user.pk, session_id=session.public_id)
