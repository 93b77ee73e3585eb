import pytest

from live.media import services
from live.media.folder import Folder
from live.media.models import Stream
from live.media.playlist import Segment
from live.shows.models import Show
from project.kernel.clock import now
from tests.support.factories import make_host, make_show, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("live.media.urls")]

INIT, PART = "1a209b92fc0-init.mp4", "1a209b92fc0-0.m4s"


@pytest.fixture
def host():
    return make_host()


@pytest.fixture
def show(host):
    return make_show(host=host)


@pytest.fixture
def segments(show):
    home = Folder(show.pk)
    (home.path / INIT).write_bytes(b"init")
    (home.path / PART).write_bytes(b"part")
    (home.path / "secret.txt").write_bytes(b"secret")
    home.append([Segment(name=PART, init=INIT, seconds=1.0, at=now())])
    return home


def test_the_host_gets_a_key_once(client, host, show):
    client.force_login(host)
    answer = client.post(f"/api/shows/{show.pk}/stream-key/")
    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert body == {"key": body["key"], "server_url": "rtmp://localhost:1935/live", "hint": body["key"][-4:]}
    assert Stream.objects.get(show=show).key_hash == services.hash_of(body["key"])
    assert client.get(f"/api/shows/{show.pk}/stream/").json() == {
        "state": "offline",
        "has_key": True,
        "hint": body["hint"],
        "server_url": "rtmp://localhost:1935/live",
        "preview_url": None,
        "health": None,
    }


def test_a_new_key_replaces_the_old_one(client, host, show):
    client.force_login(host)
    first, second = (client.post(f"/api/shows/{show.pk}/stream-key/").json()["key"] for _ in range(2))
    assert first != second
    assert Stream.objects.get(show=show).key_hash == services.hash_of(second)


def test_the_studio_sees_what_comes_in(client, host, show):
    lease = services.publisher_connected(key=services.rotate_key(show=show).key, publisher="p")
    health = {
        "bitrate_kbps": 900,
        "fps": 25.0,
        "width": 720,
        "height": 1280,
        "dropped_frames": 3,
        "connected_at": "2026-11-23T18:00:00Z",
        "latency_ms": 1040,
    }
    services.publisher_seen(lease=lease, health=health)
    client.force_login(host)
    body = client.get(f"/api/shows/{show.pk}/stream/").json()
    assert body["state"] == "live"
    assert body["preview_url"] == f"/media/live/{show.pk}/index.m3u8"
    assert body["health"] == health


@pytest.mark.parametrize(("method", "path"), [("post", "stream-key"), ("get", "stream")])
def test_a_stream_is_the_hosts_and_staffs_business(client, show, method, path):
    url = f"/api/shows/{show.pk}/{path}/"
    guest = getattr(client, method)(url)
    assert (guest.status_code, guest.json()) == (401, {"error": {"code": "login_required"}})
    client.force_login(make_host())
    assert getattr(client, method)(url).json() == {"error": {"code": "forbidden"}}
    assert not Stream.objects.exists()
    client.force_login(make_user(is_staff=True))
    assert getattr(client, method)(url).status_code < 300
    assert getattr(client, method)(f"/api/shows/999999/{path}/").json() == {"error": {"code": "not_found"}}


def test_a_show_that_is_over_gets_no_key(client, host):
    show = make_show(host=host, state=Show.State.ENDED)
    client.force_login(host)
    answer = client.post(f"/api/shows/{show.pk}/stream-key/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert not Stream.objects.exists()


@pytest.mark.parametrize(
    ("name", "kind", "caching"),
    [
        ("index.m3u8", "application/vnd.apple.mpegurl", "public, no-cache"),
        (INIT, "video/mp4", "public, max-age=31536000, immutable"),
        (PART, "video/iso.segment", "public, max-age=31536000, immutable"),
    ],
)
def test_files_are_served_as_players_want_them(client, show, segments, name, kind, caching):
    answer = client.get(f"/media/live/{show.pk}/{name}")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, kind, caching)
    assert answer.content == (segments.path / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["secret.txt", "1a209b92fc0-1.m4s", "..", "%2e%2e%2findex.m3u8", "..%5cindex.m3u8", "index.m3u8%00", "%0a"]
)
def test_nothing_else_is_served(client, show, segments, name):
    assert client.get(f"/media/live/{show.pk}/{name}").status_code == 404


def test_a_show_that_is_not_there_has_no_files(client, hls_root):
    Folder(4711).append([Segment(name=PART, init=INIT, seconds=1.0, at=now())])
    assert client.get("/media/live/4711/index.m3u8").status_code == 404


def test_a_rehearsal_is_shown_to_its_host_alone(client, host, show, segments):
    Show.objects.filter(pk=show.pk).update(state=Show.State.SCHEDULED)
    url = f"/media/live/{show.pk}/{PART}"
    assert client.get(url).status_code == 404
    client.force_login(make_host())
    assert client.get(url).status_code == 404
    client.force_login(host)
    answer = client.get(url)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, max-age=31536000, immutable")
