from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from community.accounts.models import User
from community.social import services
from tests.community.social.people import counted, edges
from tests.support.factories import make_host, make_user

pytestmark = pytest.mark.django_db

LISTS = ["followers", "following", "friends", "friend-requests", "blocked"]
DEEDS = [
    ("put", "follow/"),
    ("delete", "follow/"),
    ("put", "friend-request/"),
    ("delete", "friend-request/"),
    ("post", "friend-request/accept/"),
    ("post", "friend-request/decline/"),
    ("delete", "friendship/"),
    ("put", "block/"),
    ("delete", "block/"),
]


@pytest.fixture
def ann() -> User:
    return make_user(display_name="Ann", bio="Tea, mostly.")


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


def listed(client: Client, name: str, query: str = "") -> list[tuple[int, dict[str, Any]]]:
    answer = client.get(f"/api/me/{name}/{query}")
    assert answer.status_code == 200
    return [(row["person"]["id"], row["relation"]) for row in answer.json()["results"]]


def test_a_guest_sees_a_profile(client: Client, ann: User) -> None:
    host = make_host(display_name="Acha")
    services.follow(user_id=ann.pk, other_id=host.pk)
    assert client.get(f"/api/people/{host.pk}/").json() == {
        "id": host.pk,
        "display_name": "Acha",
        "avatar": None,
        "bio": "",
        "is_host": True,
        "followers": 1,
        "following": 0,
        "relation": None,
    }
    assert client.get(f"/api/people/{ann.pk}/").json()["bio"] == "Tea, mostly."


def test_somebody_who_is_logged_in_sees_what_they_are(browser: Client, ann: User) -> None:
    host = make_host()
    assert browser.put(f"/api/people/{host.pk}/follow/").json()["following"] is True
    services.ask(user_id=host.pk, other_id=ann.pk)
    assert browser.get(f"/api/people/{host.pk}/").json()["relation"] == {
        "following": True,
        "followed_by": False,
        "friends": False,
        "request": "received",
        "blocked": False,
    }
    assert browser.get(f"/api/people/{ann.pk}/").json()["relation"] is None


@pytest.mark.parametrize("id", ["0", "999999", str(2**63), "9" * 40])
def test_nobody_has_no_profile_and_nothing_is_done_about_nobody(browser: Client, id: str) -> None:
    assert browser.get(f"/api/people/{id}/").status_code == 404
    for how, tail in DEEDS:
        assert getattr(browser, how)(f"/api/people/{id}/{tail}").status_code == 404
    assert edges() == set()


def test_a_closed_account_has_no_profile(browser: Client) -> None:
    gone = make_user(is_active=False)
    assert browser.get(f"/api/people/{gone.pk}/").status_code == 404


def test_from_a_request_to_a_block(client: Client, browser: Client, ann: User) -> None:
    ben = make_user()
    other = Client()
    other.force_login(ben)
    assert browser.put(f"/api/people/{ben.pk}/friend-request/").json()["request"] == "sent"
    assert [id for id, _ in listed(browser, "friend-requests", "?side=sent")] == [ben.pk]
    assert listed(browser, "friend-requests") == []
    assert [(id, relation["request"]) for id, relation in listed(other, "friend-requests")] == [(ann.pk, "received")]
    assert other.post(f"/api/people/{ann.pk}/friend-request/accept/").json()["friends"] is True
    assert [id for id, _ in listed(browser, "friends")] == [ben.pk]
    assert [id for id, _ in listed(other, "friends")] == [ann.pk]
    assert other.put(f"/api/people/{ann.pk}/block/").json()["blocked"] is True
    assert listed(browser, "friends") == []
    assert [id for id, _ in listed(other, "blocked")] == [ann.pk]
    assert listed(browser, "blocked") == []
    refused = browser.put(f"/api/people/{ben.pk}/follow/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    refused = other.put(f"/api/people/{ann.pk}/follow/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "blocked")
    # Nothing tells the one who is blocked.
    assert browser.get(f"/api/people/{ben.pk}/").json()["relation"]["blocked"] is False


def test_oneself_is_refused(browser: Client, ann: User) -> None:
    for how, tail in DEEDS:
        answer = getattr(browser, how)(f"/api/people/{ann.pk}/{tail}")
        assert (answer.status_code, answer.json()["error"]) == (
            400,
            {"code": "invalid", "fields": {"user": ["oneself"]}},
        )


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_empty_at_first_and_one_s_own(browser: Client, name: str) -> None:
    one, other = make_user(), make_user()
    services.follow(user_id=one.pk, other_id=other.pk)
    services.ask(user_id=one.pk, other_id=other.pk)
    third = make_user()
    services.block(user_id=third.pk, other_id=one.pk)
    assert browser.get(f"/api/me/{name}/").json() == {"next": None, "previous": None, "results": []}


def test_a_guest_does_nothing_and_has_no_lists(client: Client, ann: User) -> None:
    for how, tail in DEEDS:
        assert getattr(client, how)(f"/api/people/{ann.pk}/{tail}").status_code == 401
    for name in LISTS:
        assert client.get(f"/api/me/{name}/").status_code == 401
    assert edges() == set()


def test_lists_by_cursor_newest_first(browser: Client, ann: User, django_assert_max_num_queries: Any) -> None:
    fans = [make_user() for _ in range(5)]
    for fan in fans:
        services.follow(user_id=fan.pk, other_id=ann.pk)
    services.follow(user_id=ann.pk, other_id=fans[4].pk)
    found: list[int] = []
    address: str | None = "/api/me/followers/?page_size=2"
    while address:
        with django_assert_max_num_queries(5):
            page = browser.get(address).json()
        found += [row["person"]["id"] for row in page["results"]]
        address = page["next"]
    assert found == [fan.pk for fan in reversed(fans)]
    assert listed(browser, "followers")[0][1]["following"] is True
    assert [id for id, _ in listed(browser, "following")] == [fans[4].pk]


def test_a_list_leaves_closed_accounts_out(browser: Client, ann: User) -> None:
    fan = make_user()
    services.follow(user_id=fan.pk, other_id=ann.pk)
    fan.is_active = False
    fan.save()
    assert listed(browser, "followers") == []


def test_an_unknown_side_is_refused(browser: Client) -> None:
    answer = browser.get("/api/me/friend-requests/?side=x")
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"side": ["invalid_choice"]})


class TestTwoPeople:
    """What one of them has, the other can neither see nor change."""

    def test_no_deed_touches_what_is_between_others(self, browser: Client, ann: User) -> None:
        ben, cat = make_user(), make_user()
        services.ask(user_id=ben.pk, other_id=cat.pk)
        services.follow(user_id=ben.pk, other_id=cat.pk)
        before = edges()
        for how, tail in DEEDS:
            for other in (ben, cat):
                getattr(browser, how)(f"/api/people/{other.pk}/{tail}")
        assert before <= edges()
        assert {edge for edge in edges() if ann.pk not in edge[1:]} == before
        assert counted(cat) == (1, 0, 0, 1)

    def test_a_bio_is_changed_by_its_owner(self, browser: Client, ann: User) -> None:
        ben = make_user(bio="mine")
        answer = browser.patch("/api/me/", {"bio": "  Tea\n and   cake "}, "application/json")
        assert answer.json()["user"]["bio"] == "Tea and cake"
        ben.refresh_from_db()
        ann.refresh_from_db()
        assert (ann.bio, ben.bio) == ("Tea and cake", "mine")

    @pytest.mark.parametrize(("bio", "code"), [("x" * 161, "too_long"), ("a\u202eb", "control_characters")])
    def test_a_bad_bio_is_refused(self, browser: Client, ann: User, bio: str, code: str) -> None:
        answer = browser.patch("/api/me/", {"bio": bio}, "application/json")
        assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"bio": [code]})
        ann.refresh_from_db()
        assert ann.bio == "Tea, mostly."
