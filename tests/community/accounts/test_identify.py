"""Tokens for the socket, and who they are said to be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import jwt
import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from community.accounts import identify, tokens
from community.accounts.models import Session, User, public_id_of
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.gather import Gather
from project.realtime.identity import ExpiredToken, InvalidToken
from project.realtime.topics import Caller

# Sessions are looked up on threads of their own.
pytestmark = pytest.mark.django_db(transaction=True)

caller_from_token = async_to_sync(identify.caller_from_token)
caller_from_session_key = async_to_sync(identify.caller_from_session_key)


def still_valid(caller: Caller) -> bool:
    return identify.still_valid([caller]) == {caller}


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
    caller, expires_at = caller_from_token(token)
    assert caller == Caller(user_id=lin.pk, session_id=public_id_of(session_key))
    assert expires_at == tokens.read(token).expires_at


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"aud": None}, {"exp": None}, {"sid": None}, {"sid": 7}, {"sub": "lin"}, {"sub": None}],
)
def test_what_was_not_issued_in_this_form_is_invalid(claims: dict[str, Any]) -> None:
    # Made here: one that is made while tests are collected may have expired by now.
    with pytest.raises(InvalidToken):
        tokens.read(forged(**claims))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
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
    caller, _ = caller_from_token(token)
    assert still_valid(caller)
    client.delete("/_allauth/browser/v1/auth/session")
    assert not still_valid(caller)
    with pytest.raises(InvalidToken):
        caller_from_token(token)


def test_a_token_is_not_good_for_another_user(session_key: str, mia: User) -> None:
    with pytest.raises(InvalidToken):
        caller_from_token(tokens.issue(user_id=mia.pk, session_id=public_id_of(session_key)))


def test_a_cookie_names_its_caller(session_key: str, lin: User) -> None:
    caller = caller_from_session_key(session_key)
    assert caller == Caller(user_id=lin.pk, session_id=public_id_of(session_key))


def test_a_session_that_is_nobodys_is_nobody(client: Client) -> None:
    session = client.session
    session["cart"] = 1
    session.save()
    assert caller_from_session_key(session.session_key or "") is None
    assert caller_from_session_key("") is None
    assert caller_from_session_key("made-up") is None


def test_the_public_id_is_no_key(session_key: str) -> None:
    assert caller_from_session_key(public_id_of(session_key)) is None


def test_an_expired_session_is_over(session_key: str) -> None:
    caller = caller_from_session_key(session_key)
    assert caller is not None
    Session.objects.update(expire_date=now() - timedelta(seconds=1))
    assert not still_valid(caller)
    assert caller_from_session_key(session_key) is None


def test_a_deactivated_user_is_nobody(session_key: str) -> None:
    User.objects.update(is_active=False)
    assert caller_from_session_key(session_key) is None


def test_a_guest_stays_valid() -> None:
    assert still_valid(Caller(guest_id="g"))


def test_a_session_of_another_password_is_over(session_key: str) -> None:
    User.objects.update(password="!")
    assert caller_from_session_key(session_key) is None


def test_the_check_is_one_query_for_however_many(
    session_key: str, lin: User, mia: User, django_assert_num_queries: Any
) -> None:
    other = Client()
    other.force_login(mia)
    session_ids = [public_id_of(session_key), public_id_of(other.session.session_key or "")]
    callers = {Caller(user_id=user.pk, session_id=id) for user, id in zip((lin, mia), session_ids, strict=True)}
    stranger, guest = Caller(user_id=lin.pk, session_id=session_ids[1]), Caller(guest_id="g")
    with django_assert_num_queries(1):
        assert set(identify.callers_of([*session_ids, "made-up"]).values()) == callers
    with django_assert_num_queries(1):
        assert identify.still_valid([*callers, stranger, guest]) == {*callers, guest}


async def test_who_comes_at_the_same_moment_is_looked_up_together(
    session_key: str, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    async def read(session_ids: Sequence[str]) -> dict[str, Caller]:
        asked.append(list(session_ids))
        return await database(identify.callers_of, session_ids)

    monkeypatch.setattr(identify, "_callers", Gather(read))
    token = tokens.issue(user_id=lin.pk, session_id=public_id_of(session_key))
    answers = await asyncio.gather(
        *(identify.caller_from_token(token) for _ in range(50)), identify.caller_from_session_key("made-up")
    )
    assert [found.caller.id for found in answers[:50] if found] == [lin.pk] * 50
    assert answers[50] is None
    assert asked == [[public_id_of(session_key), public_id_of("made-up")]]
