"""Sessions made directly, for tests that need many people who are logged in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from community.accounts import tokens
from community.accounts.models import User, public_id_of
from community.accounts.sessions import SessionStore


def log_in(user: User) -> str:
    """The key of a new session of `user`: the value of the session cookie."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    session.save()
    assert session.session_key
    return session.session_key


def token_of(user: User) -> str:
    """A token for the socket, of a new session."""
    return tokens.issue(user_id=user.pk, session_id=public_id_of(log_in(user)))
