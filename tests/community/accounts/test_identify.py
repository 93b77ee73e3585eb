"""Tokens for the socket, and who they are said to be."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.test import Client

from community.accounts import identify, tokens
from community.accounts.models import Session, User, public_id_of
from project.kernel.clock import now
from project.realtime.identity import ExpiredToken, InvalidToken
from project.realtime.topics import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def session_key(client: Client, lin: User) -> str:
    client.force_login(lin)
    key = client.session.session_key
    assert key is not None
    return key


def forged(**changes: Any) -> str:
    at = int(time.time())
    claims = {"sub": "1", "sid": "s", "aud": tokens.AUDIENCE, "iat": at, "exp": at + 300, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, tokens._key(), "HS256")


def test_the_endpoint_gives_a_token_that_names_user_and_session(client: Client, session_key: str, lin: User) -> None:
    before = int(time.time())
    response = client.post("/api/realtime/token")
    body = response.json()
    assert (response.status_code, body.keys(), body["expires_in"]) == (200, {"token", "expires_in"}, 300)
    claims = tokens.read(body["token"])
    assert (claims.user_id, claims.session_id) == (lin.pk, public_id_of(session_key))
    assert before + 300 <= claims.expires_at <= int(time.time()) + 300
    assert session_key not in str(jwt.decode(body["token"], options={"verify_signature": False}))


def test_a_guest_gets_no_token(client: Client) -> None:
    response = client.post("/api/realtime/token")
    assert (response.status_code, response.json()) == (401, {"error": {"code": "login_required"}})


def test_a_cookie_alone_does_not_fetch_a_token_for_another_site(lin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lin)
    assert client.post("/api/realtime/token").status_code == 403


def test_a_token_names_its_caller(session_key: str, lin: User) -> None:
    token = tokens.issue(user_id=lin.pk, session_id=public_id_of(session_key))
    caller, expires_at = identify.caller_from_token(token)
    assert caller == Caller(user_id=lin.pk, session_id=public_id_of(session_key))
    assert expires_at == tokens.read(token).expires_at


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        forged(aud="another"),
        forged(aud=None),
        forged(exp=None),
        forged(sid=None),
        forged(sid=7),
        forged(sub="lin"),
        forged(sub=None),
        jwt.encode({"sub": "1", "sid": "s", "aud": tokens.AUDIENCE, "iat": 0, "exp": 9999999999}, "k" * 32, "HS256"),
        jwt.encode({"sub": "1", "sid": "s", "aud": tokens.AUDIENCE, "iat": 0, "exp": 9999999999}, "", "none"),
    ],
)
def test_what_was_not_issued_here_is_invalid(token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(token)


def test_an_old_token_is_expired_not_invalid() -> None:
    with pytest.raises(ExpiredToken):
        tokens.read(forged(exp=int(time.time()) - 1))


def test_a_token_ends_with_its_session(client: Client, session_key: str, lin: User) -> None:
    token = tokens.issue(user_id=lin.pk, session_id=public_id_of(session_key))
    caller, _ = identify.caller_from_token(token)
    assert identify.still_valid(caller)
    client.delete("/_allauth/browser/v1/auth/session")
    assert not identify.still_valid(caller)
    with pytest.raises(InvalidToken):
        identify.caller_from_token(token)


def test_a_token_is_not_good_for_another_user(session_key: str, mia: User) -> None:
    with pytest.raises(InvalidToken):
        identify.caller_from_token(tokens.issue(user_id=mia.pk, session_id=public_id_of(session_key)))


def test_a_cookie_names_its_caller(session_key: str, lin: User) -> None:
    caller = identify.caller_from_session_key(session_key)
    assert caller == Caller(user_id=lin.pk, session_id=public_id_of(session_key))


def test_a_session_that_is_nobodys_is_nobody(client: Client) -> None:
    session = client.session
    session["cart"] = 1
    session.save()
    assert identify.caller_from_session_key(session.session_key or "") is None
    assert identify.caller_from_session_key("") is None
    assert identify.caller_from_session_key("made-up") is None


def test_the_public_id_is_no_key(session_key: str) -> None:
    assert identify.caller_from_session_key(public_id_of(session_key)) is None


def test_an_expired_session_is_over(session_key: str) -> None:
    caller = identify.caller_from_session_key(session_key)
    assert caller is not None
    Session.objects.update(expire_date=now() - timedelta(seconds=1))
    assert not identify.still_valid(caller)
    assert identify.caller_from_session_key(session_key) is None


def test_a_deactivated_user_is_nobody(session_key: str) -> None:
    User.objects.update(is_active=False)
    assert identify.caller_from_session_key(session_key) is None


def test_a_guest_stays_valid() -> None:
    assert identify.still_valid(Caller(guest_id="g"))


def test_the_check_is_one_query(session_key: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        identify.caller_from_session_key(session_key)
