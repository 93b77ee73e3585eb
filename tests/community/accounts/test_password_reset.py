"""A forgotten password, and what a new one does to those who are logged in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from community.accounts import identify, services
from community.accounts.models import Session, User, public_id_of

pytestmark = pytest.mark.django_db

AUTH = "/_allauth/browser/v1/auth"
JSON = "application/json"
NEW_PASSWORD = "another-good-one-2"


def ask_for_a_key(client: Client, email: str = "lin@example.com") -> str:
    assert client.post(f"{AUTH}/password/request", {"email": email}, JSON).status_code == 200
    return mail.outbox[-1].body.split("/reset/")[1].split()[0]


def test_the_mail_is_bilingual_and_leads_to_the_reset_page(client: Client, lin: User, settings: Any) -> None:
    key = ask_for_a_key(client)
    (message,) = mail.outbox
    assert message.subject == "重设你的 Souk 密码 · Reset your Souk password"
    assert message.to == ["lin@example.com"]
    assert "你好，小林：" in message.body
    assert "Hello 小林," in message.body
    assert f"\n{settings.SITE_URL}/reset/{key}\n" in message.body


def test_without_a_mail_server_the_mail_is_a_file(client: Client, lin: User, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    client.post(f"{AUTH}/password/request", {"email": "lin@example.com"}, JSON)
    (file,) = (tmp_path / "mail").iterdir()
    assert b"To: lin@example.com" in file.read_bytes()


def test_a_mail_server_that_is_down_tells_nobody_anything(client: Client, lin: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    known = client.post(f"{AUTH}/password/request", {"email": "lin@example.com"}, JSON)
    unknown = client.post(f"{AUTH}/password/request", {"email": "who@example.com"}, JSON)
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (200, {"status": 200})


def test_an_unknown_address_gets_the_same_answer_and_another_mail(client: Client) -> None:
    response = client.post(f"{AUTH}/password/request", {"email": "who@example.com"}, JSON)
    assert (response.status_code, response.json()) == (200, {"status": 200})
    (message,) = mail.outbox
    assert message.subject == "关于你的 Souk 密码请求 · Your Souk password request"
    assert "/reset/" not in message.body


def test_a_reset_sets_the_password_and_ends_every_session(
    client: Client, lin: User, password: str, published: Any
) -> None:
    elsewhere = Client()
    elsewhere.post(f"{AUTH}/login", {"email": lin.email, "password": password}, JSON)
    [caller] = identify.callers_of([public_id_of(elsewhere.session.session_key or "")]).values()
    key = ask_for_a_key(client)
    response = client.post(f"{AUTH}/password/reset", {"key": key, "password": NEW_PASSWORD}, JSON)
    assert response.status_code == 401
    assert "errors" not in response.json()
    lin.refresh_from_db()
    assert lin.check_password(NEW_PASSWORD)
    assert elsewhere.get("/api/me/").json() == {"user": None}
    assert identify.still_valid([caller]) == set()
    assert not Session.objects.filter(user=lin).exists()
    (event,) = published
    assert (event.type, event.user_id, event.session_id) == ("session.ended", lin.pk, "")


def test_a_key_is_good_once(client: Client, lin: User) -> None:
    key = ask_for_a_key(client)
    client.post(f"{AUTH}/password/reset", {"key": key, "password": NEW_PASSWORD}, JSON)
    again = client.post(f"{AUTH}/password/reset", {"key": key, "password": "yet-another-one-3"}, JSON)
    assert again.status_code == 400
    assert [(error["param"], error["code"]) for error in again.json()["errors"]] == [("key", "invalid_password_reset")]
    lin.refresh_from_db()
    assert lin.check_password(NEW_PASSWORD)


def test_a_weak_password_changes_nothing(client: Client, lin: User, password: str, published: Any) -> None:
    key = ask_for_a_key(client)
    response = client.post(f"{AUTH}/password/reset", {"key": key, "password": "12345678"}, JSON)
    assert response.status_code == 400
    lin.refresh_from_db()
    assert lin.check_password(password)
    assert published == []


def test_mails_to_one_address_are_limited(client: Client, lin: User) -> None:
    for _ in range(3):
        ask_for_a_key(client)
    response = client.post(f"{AUTH}/password/request", {"email": "lin@example.com"}, JSON)
    assert response.status_code == 429
    assert len(mail.outbox) == 3


def test_who_changes_the_password_stays_logged_in_and_nobody_else(
    client: Client, lin: User, password: str, published: Any
) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.post(f"{AUTH}/login", {"email": lin.email, "password": password}, JSON)
    body = {"current_password": password, "new_password": NEW_PASSWORD}
    response = client.post("/_allauth/browser/v1/account/password/change", body, JSON)
    assert response.status_code == 200
    assert client.get("/api/me/").json()["user"]["id"] == lin.pk
    assert elsewhere.get("/api/me/").json() == {"user": None}
    assert Session.objects.get(user=lin).session_key == client.session.session_key
    assert [(event.type, event.session_id) for event in published] == [("session.ended", "")]


def test_a_password_set_behind_our_back_ends_sessions_at_the_next_check(client: Client, lin: User) -> None:
    client.force_login(lin)
    [caller] = identify.callers_of([public_id_of(client.session.session_key or "")]).values()
    lin.set_password(NEW_PASSWORD)
    lin.save()
    assert identify.still_valid([caller]) == set()


def test_deactivation_ends_every_session(client: Client, lin: User, published: Any) -> None:
    client.force_login(lin)
    services.deactivate(user=lin)
    assert client.get("/api/me/").json() == {"user": None}
    assert not Session.objects.filter(user=lin).exists()
    assert [(event.type, event.user_id, event.session_id) for event in published] == [("session.ended", lin.pk, "")]
