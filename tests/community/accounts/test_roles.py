from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from community.accounts import selectors, services
from community.accounts.models import Role, Session, User
from project.kernel.errors import Invalid

pytestmark = pytest.mark.django_db


def said(published: Any) -> list[tuple[Any, ...]]:
    return [
        (
            event.type,
            event.user_id,
            *((event.role, event.held) if event.type == "role.changed" else (event.session_id,)),
        )
        for event in published
    ]


def test_a_role_is_granted_once(lin: User, mia: User, published: Any) -> None:
    first = services.grant_role(user=lin, name="host", granted_by=mia)
    again = services.grant_role(user=lin, name="host")
    assert first == again
    assert again.granted_by == mia
    assert selectors.roles_of(lin.pk) == ["host"]
    assert (selectors.has_role(lin.pk, "host"), selectors.has_role(mia.pk, "host")) == (True, False)
    assert said(published) == [("role.changed", lin.pk, "host", True)]


def test_roles_are_listed_in_order(lin: User) -> None:
    services.grant_role(user=lin, name="moderator")
    services.grant_role(user=lin, name="host")
    assert selectors.roles_of(lin.pk) == ["host", "moderator"]


def test_what_is_no_role_is_not_granted(lin: User, published: Any) -> None:
    with pytest.raises(Invalid):
        services.grant_role(user=lin, name="king")
    assert not Role.objects.exists()
    assert published == []


def test_a_role_that_is_lost_makes_connections_be_checked_anew(client: Client, lin: User, published: Any) -> None:
    client.force_login(lin)
    services.grant_role(user=lin, name="host")
    published.clear()
    services.revoke_role(user=lin, name="host")
    services.revoke_role(user=lin, name="host")
    assert selectors.roles_of(lin.pk) == []
    assert said(published) == [("role.changed", lin.pk, "host", False), ("session.ended", lin.pk, "")]
    assert Session.objects.filter(user=lin).count() == 1


def test_one_sees_ones_own_roles(client: Client, lin: User) -> None:
    services.grant_role(user=lin, name="host")
    User.objects.update(is_staff=True)
    client.force_login(lin)
    assert client.get("/api/me/").json()["user"]["roles"] == ["host", "staff"]
