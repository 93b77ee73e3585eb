from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from PIL import Image

from community.accounts import demo, selectors
from community.accounts.models import User

pytestmark = pytest.mark.django_db


def test_demo_accounts_are_refused_outside_demo_mode() -> None:
    with pytest.raises(ImproperlyConfigured):
        demo.ensure_demo_accounts()
    assert not User.objects.exists()


def test_demo_accounts_are_made_once_and_put_back(settings: Any, client: Client) -> None:
    settings.DEMO = True
    users = demo.ensure_demo_accounts()
    host = users["host@souk.example"]
    host.set_password("changed-by-a-visitor")
    host.save()
    assert demo.ensure_demo_accounts() == users
    assert [(user.email, selectors.roles_of(user.pk), user.is_staff) for user in User.objects.order_by("pk")] == [
        ("viewer@souk.example", [], False),
        ("viewer2@souk.example", [], False),
        ("host@souk.example", ["host"], False),
        ("mod@souk.example", ["moderator"], False),
        ("admin@souk.example", [], True),
    ]
    for account in client.get("/api/config/").json()["demo_accounts"]:
        body = {"email": account["email"], "password": account["password"]}
        assert Client().post("/_allauth/browser/v1/auth/login", body, "application/json").status_code == 200
    portrait = Image.open(BytesIO(Path(User.objects.get(email="viewer@souk.example").avatar.path).read_bytes()))
    assert (portrait.format, portrait.size) == ("WEBP", (512, 512))
