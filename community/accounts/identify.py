"""Who is at the other end of a socket. Sessions of callers who come at the same moment are looked up together."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.contrib.auth import HASH_SESSION_KEY
from django.utils.crypto import constant_time_compare

from community.accounts import tokens
from community.accounts.models import Session, User, public_id_of
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.gather import Gather
from project.realtime.identity import InvalidToken, TokenCaller
from project.realtime.topics import Caller


async def caller_from_token(token: str) -> TokenCaller:
    """Raises ExpiredToken, and InvalidToken also when the session that the token names has ended."""
    claims = tokens.read(token)
    caller = await _callers.get(claims.session_id)
    if caller is None or caller.user_id != claims.user_id:
        raise InvalidToken
    return TokenCaller(caller, float(claims.expires_at))


async def caller_from_session_key(session_key: str) -> Caller | None:
    """None where there is no such session, or nobody is logged in with it."""
    return await _callers.get(public_id_of(session_key))


def still_valid(callers: Collection[Caller]) -> set[Caller]:
    """Those whose session goes on and whose user is active; guests, who have nothing that could end. One query."""
    going_on = callers_of({caller.session_id for caller in callers if not caller.is_guest})
    return {caller for caller in callers if caller.is_guest or going_on.get(caller.session_id) == caller}


def callers_of(session_ids: Collection[str]) -> dict[str, Caller]:
    """Who is logged in with which session, by its public id. Sessions that are over are left out. One query."""
    rows = Session.objects.filter(public_id__in=session_ids, expire_date__gt=now(), user__is_active=True).values_list(
        "public_id", "user_id", "session_data", "user__password"
    )
    store = Session.get_session_store_class()()
    found = {}
    for public_id, user_id, session_data, password in rows:
        # Ends sessions also when a password was set by a way that deletes none (`manage.py changepassword`).
        kept_hash = store.decode(session_data).get(HASH_SESSION_KEY, "")
        if constant_time_compare(kept_hash, User(password=password).get_session_auth_hash()):
            found[public_id] = Caller(user_id=user_id, session_id=public_id)
    return found


async def _read_callers(session_ids: Sequence[str]) -> dict[str, Caller]:
    return await database(callers_of, session_ids)


_callers = Gather(_read_callers)
