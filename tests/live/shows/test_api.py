from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from live.shows.models import Show
from live.shows.services import end_show
from tests.live.factories import make_host, make_show, make_user
from tests.live.shows.test_covers import picture

pytestmark = pytest.mark.django_db


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


@pytest.fixture
def host():
    return make_host()


def test_everyone_sees_the_shows_of_a_state_newest_first(host) -> None:
    old, scheduled, new = make_show(host), make_show(host, live=False), make_show(host)
    page = client_of().get("/api/shows/?state=live").json()
    assert [card["id"] for card in page["results"]] == [new.pk, old.pk]
    assert (page["next"], page["previous"]) == (None, None)
    card = page["results"][0]
    assert card == {
        "id": new.pk,
        "title": "Evening market",
        "cover": None,
        "state": "live",
        "host": {"id": host.pk, "display_name": "Hana", "avatar": None},
        "scheduled_at": None,
        "started_at": card["started_at"],
        "ended_at": None,
        "viewers": 0,
        "likes": 0,
    }
    assert card["started_at"].endswith("Z")
    assert [card["id"] for card in client_of().get("/api/shows/?state=scheduled").json()["results"]] == [scheduled.pk]
    assert client_of().get("/api/shows/?state=soon").status_code == 400


def test_pages_go_on_without_repeating(host) -> None:
    for n in range(32):
        make_show(host, title=str(n))
    first = client_of().get("/api/shows/?state=live").json()
    second = client_of().get(first["next"]).json()
    titles = [card["title"] for card in first["results"] + second["results"]]
    assert titles == [str(n) for n in reversed(range(32))]


def test_a_list_costs_the_same_however_long(host, django_assert_num_queries) -> None:
    for _ in range(5):
        make_show(host)
    with django_assert_num_queries(1):
        client_of().get("/api/shows/")


def test_a_host_makes_a_show(host, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cover = SimpleUploadedFile("../../x.jpg", picture().getvalue(), "image/jpeg")
    answer = client_of(host).post(
        "/api/shows/",
        {"title": "Tea", "scheduled_at": "2030-01-01T12:00:00+08:00", "cover": cover},
        format="multipart",
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["title"], body["state"], body["scheduled_at"]) == ("Tea", "scheduled", "2030-01-01T04:00:00Z")
    assert body["cover"].startswith("/media/covers/")
    assert len(list((tmp_path / "covers").iterdir())) == 1
    assert [card["id"] for card in client_of(host).get("/api/shows/mine/").json()["results"]] == [body["id"]]


def test_others_make_none(host) -> None:
    assert client_of().post("/api/shows/", {"title": "Tea"}).status_code == 401
    answer = client_of(make_user()).post("/api/shows/", {"title": "Tea"})
    assert (answer.status_code, answer.json()) == (403, {"error": {"code": "forbidden"}})
    assert not Show.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"title": "x", "scheduled_at": "soon"}, "scheduled_at"),
    ],
)
def test_bad_input_names_the_field(host, data, field) -> None:
    answer = client_of(host).post("/api/shows/", data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Show.objects.exists()


def test_a_file_that_is_no_picture_is_refused(host) -> None:
    upload = SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")
    answer = client_of(host).post("/api/shows/", {"title": "Tea", "cover": upload}, format="multipart")
    assert answer.json() == {"error": {"code": "invalid", "fields": {"cover": ["not_an_image"]}}}
    assert not Show.objects.exists()


def test_only_ones_own_are_mine(host) -> None:
    make_show()
    assert client_of(host).get("/api/shows/mine/").json()["results"] == []
    assert client_of().get("/api/shows/mine/").status_code == 401


def test_a_host_goes_live_and_ends(host) -> None:
    show = make_show(host, live=False)
    client = client_of(host)
    assert client.post(f"/api/shows/{show.pk}/end/").json() == {"error": {"code": "not_live"}}
    assert client.post(f"/api/shows/{show.pk}/go-live/").json()["state"] == "live"
    assert client.post(f"/api/shows/{show.pk}/end/").json()["state"] == "ended"
    answer = client.post(f"/api/shows/{show.pk}/go-live/")
    assert (answer.status_code, answer.json()) == (409, {"error": {"code": "show_ended"}})


@pytest.mark.parametrize("action", ["go-live", "end"])
def test_nobody_runs_the_show_of_another_but_the_staff(action) -> None:
    show = make_show(live=action == "end")
    before = show.state
    assert client_of().post(f"/api/shows/{show.pk}/{action}/").status_code == 401
    assert client_of(make_host("Other")).post(f"/api/shows/{show.pk}/{action}/").status_code == 403
    assert client_of(make_host("Other")).post(f"/api/shows/999999/{action}/").status_code == 404
    show.refresh_from_db()
    assert show.state == before
    assert client_of(make_user(is_staff=True)).post(f"/api/shows/{show.pk}/{action}/").status_code == 200


def test_a_show_that_is_over_has_no_viewers(host) -> None:
    show = make_show(host)
    end_show(show_id=show.pk)
    [card] = client_of().get("/api/shows/?state=ended").json()["results"]
    assert (card["id"], card["viewers"]) == (show.pk, 0)


def test_the_shows_of_one_host() -> None:
    client = client_of()
    show = make_show(make_host())
    make_show(make_host())
    assert [one["id"] for one in client.get(f"/api/shows/?host={show.host_id}").json()["results"]] == [show.pk]
    assert client.get(f"/api/shows/?host={show.host_id}&state=ended").json()["results"] == []
    for host in ("x", "-1", "", "9" * 19, "²"):
        answer = client.get("/api/shows/", {"host": host})
        assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"host": ["invalid"]})
