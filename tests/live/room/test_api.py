from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from commerce.flash_sales.selectors import sales_in
from commerce.flash_sales.services import stop_sale
from live.room.selectors import studio_snapshot
from live.shows.models import Show
from tests.live.shows.test_covers import picture
from tests.support.factories import make_host, make_sale, make_show, make_user

pytestmark = pytest.mark.django_db


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


@pytest.fixture
def show() -> Show:
    return make_show()


def test_everyone_sees_a_show_and_where_to_watch_it(show) -> None:
    body = client_of().get(f"/api/shows/{show.pk}/").json()
    assert (body["id"], body["state"]) == (show.pk, "live")
    assert body["playback"] == {"url": None, "live": False, "version": 0}
    assert set(body) == {
        "id",
        "title",
        "cover",
        "state",
        "host",
        "scheduled_at",
        "started_at",
        "ended_at",
        "viewers",
        "likes",
        "playback",
    }
    assert client_of().get("/api/shows/999999/").status_code == 404


def test_the_host_changes_a_show(show, settings, tmp_path, published) -> None:
    settings.MEDIA_ROOT = tmp_path
    path = f"/api/shows/{show.pk}/"
    client = client_of(show.host)
    assert client.patch(path, {"title": "New"}).json()["title"] == "New"
    covers = []
    for _ in range(2):
        upload = SimpleUploadedFile("x.png", picture(kind="PNG").getvalue(), "image/png")
        covers.append(client.patch(path, {"cover": upload}, format="multipart").json()["cover"])
    assert covers[0] != covers[1]
    assert [event.show["cover"] for event in published] == [None, *covers]
    # The picture before is gone.
    assert [f"/media/covers/{file.name}" for file in (tmp_path / "covers").iterdir()] == [covers[1]]
    assert client.get(path).json()["title"] == "New"


@pytest.mark.parametrize(("who", "status"), [("guest", 401), ("viewer", 403), ("other host", 403)])
def test_nobody_else_changes_it_or_sees_its_figures(show, who, status, published) -> None:
    client = client_of({"guest": None, "viewer": make_user(), "other host": make_host()}[who])
    assert client.patch(f"/api/shows/{show.pk}/", {"title": "Mine"}).status_code == status
    for part in ("sales", "stats"):
        assert client.get(f"/api/shows/{show.pk}/{part}/").status_code == status
    assert Show.objects.get(pk=show.pk).title == show.title
    assert published == []


def test_the_studio_reads_all_sales(show) -> None:
    over, running = (make_sale(channel=f"show:{show.pk}") for _ in range(2))
    make_sale(channel=f"show:{show.pk}0")
    stop_sale(sale_id=over.pk)
    body = client_of(show.host).get(f"/api/shows/{show.pk}/sales/").json()
    assert [(sale["id"], sale["state"]) for sale in body] == [(over.pk, "closed"), (running.pk, "open")]
    assert body == sales_in(f"show:{show.pk}", running_only=False)
    assert client_of(show.host).get("/api/shows/999999/sales/").status_code == 404


def test_moderators_read_the_figures_too(show) -> None:
    client = client_of(make_user(roles=["moderator"]))
    before = studio_snapshot(show.pk, viewers=0)
    # Its series goes on with every minute.
    assert client.get(f"/api/shows/{show.pk}/stats/").json() in (before, studio_snapshot(show.pk, viewers=0))
    assert client.get(f"/api/shows/{show.pk}/sales/").status_code == 200
    assert client.patch(f"/api/shows/{show.pk}/", {"title": "Mine"}).status_code == 403
