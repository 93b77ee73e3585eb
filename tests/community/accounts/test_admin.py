"""The admin changes accounts through the same services as everyone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from community.accounts import selectors
from community.accounts.models import Session, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None, password: str) -> User:
    return User.objects.create_superuser("boss@example.com", password, display_name="Boss")


@pytest.fixture
def office(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    roles = list(user.roles.order_by("pk"))
    fields: dict[str, Any] = {
        "email": user.email,
        "display_name": user.display_name,
        "is_active": "on",
        "roles-TOTAL_FORMS": len(roles),
        "roles-INITIAL_FORMS": len(roles),
        **{f"roles-{index}-id": role.pk for index, role in enumerate(roles)},
        **{f"roles-{index}-user": user.pk for index in range(len(roles))},
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def change(office: Client, user: User, **changes: Any) -> None:
    url = f"/admin/community_accounts/user/{user.pk}/change/"
    response = office.post(url, form_of(user, **changes))
    assert response.status_code == 302, response.context["errors"]


def test_pages_of_the_admin_open(office: Client, lin: User) -> None:
    for page in ("", f"{lin.pk}/change/", f"{lin.pk}/password/", "add/"):
        assert office.get(f"/admin/community_accounts/user/{page}").status_code == 200


def test_a_role_is_granted_and_revoked(office: Client, boss: User, lin: User, published: Any) -> None:
    change(office, lin, **{"roles-TOTAL_FORMS": 1, "roles-0-name": "host", "roles-0-user": lin.pk})
    assert selectors.roles_of(lin.pk) == ["host"]
    assert lin.roles.get().granted_by == boss
    change(office, lin, **{"roles-0-DELETE": "on"})
    assert selectors.roles_of(lin.pk) == []
    assert published.types == ["role.changed", "role.changed", "session.ended"]


def test_deactivation_ends_sessions(office: Client, lin: User, published: Any) -> None:
    Client().force_login(lin)
    change(office, lin, is_active=None)
    lin.refresh_from_db()
    assert lin.is_active is False
    assert not Session.objects.filter(user=lin).exists()
    assert [(event.type, event.user_id, event.session_id) for event in published] == [("session.ended", lin.pk, "")]


def test_a_password_set_by_staff_ends_sessions(office: Client, lin: User, published: Any) -> None:
    browser = Client()
    browser.force_login(lin)
    body = {"password1": "set-by-the-staff-1", "password2": "set-by-the-staff-1"}
    assert office.post(f"/admin/community_accounts/user/{lin.pk}/password/", body).status_code == 302
    lin.refresh_from_db()
    assert lin.check_password("set-by-the-staff-1")
    assert browser.get("/api/me/").json() == {"user": None}
    # Django gives the one who did it a new session key as well.
    assert [(event.type, event.session_id) for event in published if event.user_id == lin.pk] == [("session.ended", "")]


def test_staff_log_in_and_guesses_are_limited(client: Client, boss: User, password: str) -> None:
    url = "/admin/login/?next=/admin/"
    for _ in range(5):
        assert client.post(url, {"username": boss.email, "password": "wrong"}).status_code == 200
    assert client.post(url, {"username": boss.email, "password": password}).status_code == 200
    assert not Session.objects.filter(user=boss).exists()


def test_staff_get_in(client: Client, boss: User, password: str) -> None:
    response = client.post("/admin/login/?next=/admin/", {"username": boss.email, "password": password})
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_others_do_not(client: Client, lin: User, password: str) -> None:
    assert client.post("/admin/login/", {"username": lin.email, "password": password}).status_code == 200
    assert not Session.objects.filter(user=lin).exists()
