"""What somebody who is banned from the whole site may still do over HTTP: next to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import IsAdminUser

from chat.conversations.models import DirectChat, Group
from commerce.orders.models import Order
from commerce.payments.reconciling.api import MayReconcile
from commerce.payments.stuck_api import MayResolve
from community.accounts.models import User
from community.moderation import known
from community.moderation.api.barring import NotBanned
from community.moderation.events import SanctionAdded
from community.moderation.models import Appeal, Sanction
from community.moderation.reactions import tell_person
from community.moderation.selectors.sanctions import own_card
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.notices.models import Notice
from community.social.models import Follow, FriendRequest
from tests.support.buying import order_sku

pytestmark = pytest.mark.django_db

# What is owed to whoever appeals, or has bought something.
OPEN = {
    "CaseCancel",
    "CaseChoose",
    "CaseList",
    "CasePictures",
    "CaseReceive",
    "CaseSendBack",
    "OrderCancel",
    "OrderInvoice",
    "OrderReceive",
    "OwnAppeal",
    "PaymentStart",
    "ReadAll",
    "ReadOne",
    "RealtimeTokenView",
    "TopUpCancel",
}
BANNED = (403, {"error": {"code": "banned"}})


def views_that_change(patterns: Any = None, prefix: str = "") -> Iterator[Any]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views_that_change(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/"):
            view = getattr(pattern.callback, "view_class", None)
            if any(hasattr(view, method) for method in ("post", "put", "patch", "delete")):
                yield view


def test_no_view_is_left_out() -> None:
    """One that changes something refuses who is banned, is for staff, or asks nobody who they are."""
    views = list(views_that_change())
    assert len(views) > 50
    for view in views:
        if view.__name__ in ("MeView", "CheckoutEstimate"):
            continue  # reads for everybody, as tried below; what a basket costs is asked in the body
        permissions = set(view.permission_classes)
        closed = not view.authentication_classes or permissions & {NotBanned, IsAdminUser, MayReconcile, MayResolve}
        assert closed, view
    assert {view.__name__ for view in views if getattr(view, "open_to_banned", False)} == OPEN


@pytest.fixture
def browser(bo: User) -> Client:
    client = Client()
    client.force_login(bo)
    return client


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    answer = client.generic(
        method, path, b"" if body is None else json.dumps(body), "application/json", headers=headers
    )
    return answer.status_code, answer.json() if answer.content else None


def test_who_is_banned_from_the_site_changes_nothing(
    browser: Client, group: Group, ann: User, bo: User, mod: User
) -> None:
    Group.objects.filter(pk=group.pk).update(title="Tea friends")
    deeds = [
        ("POST", "/api/groups/", {"title": "Coffee"}),
        ("PATCH", f"/api/groups/{group.pk}/", {"title": "Coffee"}),
        ("PUT", f"/api/groups/{group.pk}/announcement/", {"text": "Coffee"}),
        ("POST", f"/api/groups/{group.pk}/leave/", None),
        ("PUT", f"/api/people/{ann.pk}/follow/", None),
        ("PUT", f"/api/people/{ann.pk}/friend-request/", None),
        ("DELETE", f"/api/people/{ann.pk}/follow/", None),
        ("POST", "/api/dms/", {"user": ann.pk}),
        ("PATCH", "/api/me/", {"display_name": "Boris"}),
        ("POST", "/api/moderation/reports/", {"target": f"user:{ann.pk}", "reason": "spam"}),
        ("POST", "/api/shows/", {"title": "Coffee"}),
        ("POST", "/api/cart/lines/", {"sku": 1, "quantity": 1}),
        ("POST", "/api/checkout/", {}),
    ]
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="ban", reason="fraud")
    for deed in deeds:
        assert send(browser, *deed) == BANNED, deed
    assert list(Group.objects.values_list("title", "announcement", "member_count")) == [("Tea friends", "", 2)]
    assert not any(model._default_manager.exists() for model in (Follow, FriendRequest, DirectChat))
    assert User.objects.get(pk=bo.pk).display_name == "Bo"
    # Others go on as before, and so does this one when it is over.
    other = Client()
    other.force_login(ann)
    assert send(other, "PUT", f"/api/people/{mod.pk}/follow/")[0] == 200
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert send(browser, "PUT", f"/api/people/{ann.pk}/follow/")[0] == 200
    assert send(browser, "PATCH", "/api/me/", {"display_name": "Boris"})[0] == 200


def test_a_guest_is_asked_to_log_in_as_ever() -> None:
    assert send(Client(), "PATCH", "/api/me/", {"display_name": "Boris"})[0] == 401


@pytest.mark.parametrize(("scope", "kind"), [("group", "ban"), ("site", "mute"), ("site", "warning")])
def test_what_is_less_than_a_ban_from_the_site_holds_where_it_was_given(
    browser: Client, group: Group, ann: User, bo: User, mod: User, scope: str, kind: Any
) -> None:
    where = f"group:{group.pk}" if scope == "group" else scope
    add_sanction(by=mod.pk, user_id=bo.pk, scope=where, kind=kind, reason="spam", secs=600)
    assert send(browser, "PUT", f"/api/people/{ann.pk}/follow/")[0] == 200


def test_what_is_owed_to_who_is_banned(browser: Client, bo: User, mod: User) -> None:
    order = order_sku(buyer=bo)
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="ban", reason="fraud")
    [told] = send(browser, "GET", "/api/moderation/me/")[1]["sanctions"]
    assert (told["id"], told["may_appeal"]) == (sanction.pk, True)
    assert send(browser, "GET", "/api/me/")[1]["user"]["id"] == bo.pk
    assert send(browser, "POST", f"/api/moderation/sanctions/{sanction.pk}/appeal/", {"text": "No."})[0] == 201
    assert Appeal.objects.get().sanction_id == sanction.pk
    tell_person(SanctionAdded(user_to=bo.pk, sanction=own_card(sanction)))
    notice = Notice.objects.get(user=bo)
    assert send(browser, "POST", f"/api/notices/{notice.pk}/read/")[0] == 200
    answer = send(browser, "POST", f"/api/orders/{order.number}/cancel/", **{"Idempotency-Key": "k"})
    assert (answer[0], Order.objects.get().state) == (200, "closed")


def test_nobody_else_is_asked_about_in_the_database(
    browser: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "LATE_SECS", 3600.0)
    known.look()
    with CaptureQueriesContext(connection) as queries:
        assert send(browser, "PUT", f"/api/people/{ann.pk}/follow/")[0] == 200
    assert queries.captured_queries
    assert [one["sql"] for one in queries if Sanction._meta.db_table in (one["sql"] or "")] == []
    assert [one["sql"] for one in queries if "moderation_revision" in (one["sql"] or "")] == []
