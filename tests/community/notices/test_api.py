from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from community.accounts.models import User
from community.notices import services
from community.notices.content import Content
from community.notices.kinds import FOR_STAFF, KINDS
from community.notices.models import Notice, Silence
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return make_user()


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


def tell(user: User, count: int = 1) -> list[int]:
    for number in range(count):
        services.notify(user_ids=[user.pk], kind="mention", key=f"k{number}", content=Content(people=[user.pk]))
    return list(Notice.objects.filter(user=user).order_by("-seq").values_list("pk", flat=True))


def test_an_inbox_is_empty_at_first(browser: Client) -> None:
    tell(make_user())
    assert browser.get("/api/notices/").json() == {"next": None, "previous": None, "results": []}


def test_newest_first_by_cursor(browser: Client, ann: User, django_assert_max_num_queries: Any) -> None:
    ids = tell(ann, 5)
    found: list[int] = []
    address: str | None = "/api/notices/?page_size=2"
    while address:
        with django_assert_max_num_queries(5):
            page = browser.get(address).json()
        found += [notice["id"] for notice in page["results"]]
        address = page["next"]
    assert found == ids


def test_read_one_and_read_all(browser: Client, ann: User) -> None:
    ids = tell(ann, 3)
    assert browser.post(f"/api/notices/{ids[0]}/read/").json() == {"unread": 2, "version": 4}
    assert browser.post("/api/notices/read/", {"through": 2}, "application/json").json() == {"unread": 0, "version": 5}
    assert [notice["read"] for notice in browser.get("/api/notices/").json()["results"]] == [True] * 3


@pytest.mark.parametrize("body", [{}, {"through": -1}, {"through": "x"}, {"through": 2**63}, {"through": None}])
def test_a_bad_end_reads_nothing(browser: Client, ann: User, body: Any) -> None:
    tell(ann)
    assert browser.post("/api/notices/read/", body, "application/json").status_code == 400
    assert Notice.objects.filter(read_at=None).count() == 1


def test_settings(browser: Client, ann: User) -> None:
    first = browser.get("/api/notices/settings/").json()
    assert [one["kind"] for one in first] == [kind for kind in KINDS if kind not in FOR_STAFF]
    assert all(one["on"] for one in first)
    answer = browser.put("/api/notices/settings/order/", {"on": False}, "application/json")
    assert [one["kind"] for one in answer.json() if not one["on"]] == ["order"]
    browser.put("/api/notices/settings/order/", {"on": True}, "application/json")
    assert not Silence.objects.exists()


def test_staff_chooses_what_only_staff_is_told(browser: Client, ann: User) -> None:
    User.objects.update(is_staff=True)
    assert [one["kind"] for one in browser.get("/api/notices/settings/").json()] == list(KINDS)


@pytest.mark.parametrize(
    ("kind", "body", "status", "error"),
    [
        ("sanction", {"on": False}, 400, {"code": "invalid", "fields": {"on": ["always_on"]}}),
        ("gossip", {"on": False}, 404, {"code": "not_found"}),
        ("order", {}, 400, {"code": "invalid", "fields": {"on": ["required"]}}),
        ("order", {"on": "maybe"}, 400, {"code": "invalid", "fields": {"on": ["invalid"]}}),
    ],
)
def test_settings_that_are_refused(
    browser: Client, kind: str, body: dict[str, Any], status: int, error: dict[str, Any]
) -> None:
    answer = browser.put(f"/api/notices/settings/{kind}/", body, "application/json")
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert not Silence.objects.exists()


@pytest.mark.parametrize("id", ["0", str(2**63), "9" * 40])
def test_nothing_is_read_by_a_number_that_nothing_has(browser: Client, id: str) -> None:
    assert browser.post(f"/api/notices/{id}/read/").status_code == 404


def test_two_people_have_an_inbox_each(browser: Client, ann: User) -> None:
    ben = make_user()
    [his] = tell(ben)
    assert browser.post(f"/api/notices/{his}/read/").status_code == 404
    browser.post("/api/notices/read/", {"through": 99}, "application/json")
    browser.put("/api/notices/settings/mention/", {"on": False}, "application/json")
    assert browser.get("/api/notices/").json()["results"] == []
    assert Notice.objects.get().read_at is None
    assert [one.user_id for one in Silence.objects.all()] == [ann.pk]


def test_a_guest_has_no_inbox(client: Client, ann: User) -> None:
    [id] = tell(ann)
    for how, path in (
        ("get", "/api/notices/"),
        ("post", "/api/notices/read/"),
        ("post", f"/api/notices/{id}/read/"),
        ("get", "/api/notices/settings/"),
        ("put", "/api/notices/settings/order/"),
    ):
        assert getattr(client, how)(path, {"through": 9, "on": False}, "application/json").status_code == 401
    assert Notice.objects.get().read_at is None
