"""Signing up, logging in and out, by browser and by app."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from community.accounts.models import Session, User, public_id_of

pytestmark = pytest.mark.django_db

BROWSER = "/_allauth/browser/v1/auth"
APP = "/_allauth/app/v1/auth"
JSON = "application/json"


def sign_up(client: Client, **changes: Any) -> Any:
    body = {"email": "new@example.com", "password": "a-good-password-1", "display_name": "新人", **changes}
    return client.post(f"{BROWSER}/signup", body, JSON)


def log_in(client: Client, password: str, base: str = BROWSER) -> Any:
    return client.post(f"{base}/login", {"email": "lin@example.com", "password": password}, JSON)


def test_a_browser_signs_up_and_is_logged_in(client: Client) -> None:
    response = sign_up(client, email="New@Example.com", display_name="  新人 ✨ ")
    assert response.status_code == 200
    user = User.objects.get()
    assert (user.email, user.display_name, user.is_staff) == ("new@example.com", "新人 ✨", False)
    assert user.check_password("a-good-password-1")
    assert client.get("/api/me/").json() == {
        "user": {
            "id": user.pk,
            "email": "new@example.com",
            "display_name": "新人 ✨",
            "avatar": None,
            "bio": "",
            "roles": [],
        }
    }
    assert Session.objects.get(user=user).public_id == public_id_of(client.session.session_key or "")


def test_the_sign_up_mail_speaks_both_languages(client: Client, settings: Any) -> None:
    sign_up(client)
    (message,) = mail.outbox
    assert message.subject == "请确认你的邮箱 · Please confirm your e-mail address"
    assert message.to == ["new@example.com"]
    assert "你好，新人：" in message.body
    assert "Hello 新人," in message.body
    assert message.body.count(f"{settings.SITE_URL}/verify/") == 1


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"display_name": ""}, "display_name", "required"),
        ({"display_name": "   "}, "display_name", "required"),
        ({"display_name": "\u200d\u0301"}, "display_name", "required"),
        ({"display_name": "长" * 41}, "display_name", "too_long"),
        ({"display_name": "a\u202eb"}, "display_name", "control_characters"),
        ({"display_name": "a\nb"}, "display_name", "control_characters"),
        ({"password": "short"}, "password", "password_too_short"),
        ({"password": "password123"}, "password", "password_too_common"),
        ({"email": "nowhere"}, "email", "invalid"),
    ],
)
def test_a_refused_sign_up_makes_no_account(client: Client, changes: Any, param: str, code: str) -> None:
    response = sign_up(client, **changes)
    assert response.status_code == 400
    assert [(error["param"], error["code"]) for error in response.json()["errors"]] == [(param, code)]
    assert not User.objects.exists()
    assert mail.outbox == []


def test_a_name_is_required(client: Client) -> None:
    body = {"email": "new@example.com", "password": "a-good-password-1"}
    response = client.post(f"{BROWSER}/signup", body, JSON)
    assert [(error["param"], error["code"]) for error in response.json()["errors"]] == [("display_name", "required")]
    assert not User.objects.exists()


def test_an_address_that_is_taken_makes_no_second_account(client: Client, lin: User) -> None:
    response = sign_up(client, email="LIN@example.com")
    assert response.status_code == 400
    assert [(error["param"], error["code"]) for error in response.json()["errors"]] == [("email", "email_taken")]
    assert User.objects.get() == lin


def test_a_browser_logs_in_and_out(client: Client, lin: User, password: str, published: Any) -> None:
    assert log_in(client, password).status_code == 200
    session = Session.objects.get(user=lin)
    assert published == []
    response = client.delete(f"{BROWSER}/session")
    assert response.status_code == 401
    assert response.json()["meta"]["is_authenticated"] is False
    assert client.get("/api/me/").json() == {"user": None}
    assert not Session.objects.filter(user=lin).exists()
    assert not UserSession.objects.exists()
    (event,) = published
    assert (event.type, event.user_id, event.session_id) == ("session.ended", lin.pk, session.public_id)


def test_an_app_lives_by_its_session_token(client: Client, lin: User, password: str, published: Any) -> None:
    response = log_in(client, password, APP)
    assert response.status_code == 200
    assert client.cookies == {}
    headers = {"X-Session-Token": response.json()["meta"]["session_token"]}
    assert client.get("/api/me/", headers=headers).json()["user"]["id"] == lin.pk
    token = client.post("/api/realtime/token", headers=headers)
    assert token.status_code == 200
    assert client.delete(f"{APP}/session", headers=headers).status_code == 401
    assert client.get("/api/me/", headers=headers).json() == {"user": None}
    assert client.post("/api/realtime/token", headers=headers).status_code == 401
    assert [event.user_id for event in published] == [lin.pk]


def test_a_wrong_password_and_an_unknown_address_look_the_same(client: Client, lin: User) -> None:
    wrong = log_in(client, "not-the-password")
    unknown = client.post(f"{BROWSER}/login", {"email": "who@example.com", "password": "not-the-password"}, JSON)
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.json() == unknown.json()
    assert wrong.json()["errors"][0]["code"] == "email_password_mismatch"
    assert not Session.objects.filter(user=lin).exists()


def test_guesses_at_a_password_are_limited(client: Client, lin: User, password: str) -> None:
    for _ in range(5):
        assert log_in(client, "not-the-password").status_code == 400
    response = log_in(client, password)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "too_many_login_attempts"


def test_an_inactive_account_does_not_log_in(client: Client, lin: User, password: str) -> None:
    User.objects.update(is_active=False)
    response = log_in(client, password)
    assert response.status_code == 401
    assert client.get("/api/me/").json() == {"user": None}
    assert not Session.objects.filter(user=lin).exists()


def test_a_browser_needs_the_csrf_token(lin: User, password: str) -> None:
    client = Client(enforce_csrf_checks=True)
    refused = log_in(client, password)
    assert refused.status_code == 403
    assert refused.json() == {"error": {"code": "csrf_failed"}}
    token = client.get("/api/me/").cookies["csrftoken"].value
    body = {"email": "lin@example.com", "password": password}
    assert client.post(f"{BROWSER}/login", body, JSON, headers={"X-CSRFToken": token}).status_code == 200


def test_another_device_is_logged_out_from_the_list_of_sessions(
    client: Client, lin: User, password: str, published: Any
) -> None:
    other = Client()
    log_in(other, password)
    log_in(client, password)
    there = UserSession.objects.get(session_key=other.session.session_key)
    response = client.delete(f"{BROWSER}/sessions", {"sessions": [there.pk]}, JSON)
    assert response.status_code == 200
    assert other.get("/api/me/").json() == {"user": None}
    assert client.get("/api/me/").json()["user"]["id"] == lin.pk
    (event,) = published
    assert (event.type, event.user_id, event.session_id) == ("session.ended", lin.pk, public_id_of(there.session_key))


def test_the_address_is_confirmed_by_the_link_and_its_button(client: Client) -> None:
    sign_up(client)
    key = unquote(mail.outbox[0].body.split("/verify/")[1].split()[0])
    asked = client.get(f"/verify/{key}")
    assert (asked.status_code, "new@example.com" in asked.content.decode()) == (200, True)
    assert EmailAddress.objects.get().verified is False
    assert client.post(f"/verify/{key}").status_code == 200
    assert EmailAddress.objects.get().verified is True
    assert client.post(f"/verify/{key}").status_code == 404


def test_a_made_up_link_confirms_nothing(client: Client) -> None:
    sign_up(client)
    assert client.post("/verify/MQ:1abc:made-up").status_code == 404
    assert EmailAddress.objects.get().verified is False
