"""The pages, what is answered for what is not there, uploaded pictures, and the state of health."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from project.cache import RedisCache

SHOP = b"<!doctype html><title>shop</title>"
STUDIO = b"<!doctype html><title>studio</title>"
ROUTERS = Path(__file__).parents[2] / "frontend/src"
NOT_FOUND = "/:rest(.*)*"
NOBODY = "unix:///nonexistent/valkey.sock"


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "shop.html").write_bytes(SHOP)
    (tmp_path / "studio.html").write_bytes(STUDIO)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    root = tmp_path / "media"
    (root / "avatars").mkdir(parents=True)
    settings.MEDIA_ROOT = root
    return root


def addresses(router: str) -> list[str]:
    """One of each page that a router of the front end knows, for each way to write it. A path without a slash in front
    belongs to the last one that has one.
    """
    found: dict[str, None] = {}
    parent = ""
    for written in re.findall(r'\bpath: "([^"]*)"', (ROUTERS / router / "router.ts").read_text()):
        if written.startswith("/"):
            parent = written
        path = written if written.startswith("/") else f"{parent}/{written}".removesuffix("/")
        if path != NOT_FOUND:
            found.update(dict.fromkeys(written_out(path)))
    return list(found)


def written_out(path: str) -> list[str]:
    """`/a/:kind(b|c)/:key?` as /a/b/x, /a/c/x, /a/b and /a/c."""
    found = [""]
    for segment in path.split("/")[1:]:
        name, values, optional = re.fullmatch(r"(:?[\w-]*)(?:\((.+)\))?(\??)", segment).groups()  # type: ignore[union-attr]
        one_of = [name]
        if name.startswith(":"):
            one_of = ["7"] if values == r"\\d+" else values.split("|") if values else ["3-aB_x"]
        longer = [f"{start}/{value}" for start in found for value in one_of]
        found = longer + found if optional else longer
    return found


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", addresses("shop"))
def test_the_shop_has_each_page_of_its_router(client: Client, path: str) -> None:
    for address in (path, f"{path.removesuffix('/')}/"):
        response = client.get(address)
        assert (response.status_code, response.content) == (200, SHOP)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["", *addresses("studio")])
def test_the_studio_has_each_page_of_its_router(client: Client, path: str) -> None:
    response = client.get(f"/studio{path}")
    assert (response.status_code, response.content) == (200, STUDIO)


def test_a_router_is_read_whole() -> None:
    shop, studio = addresses("shop"), addresses("studio")
    assert {"/", "/shows/7", "/reset", "/reset/3-aB_x", "/chats", "/chats/new", "/chats/dm/7/search"} <= set(shop)
    assert {"/", "/orders", "/orders/3-aB_x", "/reconciliation", "/reconciliation/days/7"} <= set(studio)


@pytest.mark.parametrize("address", ["/", "/studio/"])
def test_a_page_says_what_money_the_shop_deals_in(client: Client, settings: Any, address: str) -> None:
    settings.FRONTEND_DIST = ROUTERS.parent
    settings.DEFAULT_CURRENCY = "EUR"
    page = client.get(address).content.decode()
    assert re.findall(r'<meta name="souk-currency" content="(\w+)"', page) == ["EUR"]


@pytest.mark.usefixtures("built")
def test_a_page_is_never_cached_runs_no_inline_script_and_sets_the_csrf_cookie(client: Client) -> None:
    response = client.get("/")
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert "csrftoken" in response.cookies
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "worker-src": "'self' blob:",
        "connect-src": "'self' ws://testserver",
        "frame-src": "'self'",
        "frame-ancestors": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("SAMEORIGIN", "nosniff")


@pytest.mark.usefixtures("built")
def test_a_page_is_only_read(client: Client) -> None:
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


def test_without_a_front_end_the_page_says_so(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path / "dist"
    response = client.get("/shows/7")
    assert response.status_code == 503
    assert "npm run build" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_what_is_unknown_under_api_is_answered_in_json(client: Client, method: str) -> None:
    for path in ("/api/", "/api/nothing", "/api/me", "/api/shows/x/y/z/"):
        response = getattr(client, method)(path)
        assert (response.status_code, response.json()) == (404, {"error": {"code": "not_found"}})


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/showsx", "/shows", "/shows/x", "/products/7/x", "/me/x", "/reset/a/b", "/a/b/c"])
def test_an_unknown_address_is_answered_by_the_shop(client: Client, path: str) -> None:
    response = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.content) == (404, SHOP)
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self'")


@pytest.mark.usefixtures("built")
def test_what_is_no_page_is_not_answered_by_the_shop(client: Client) -> None:
    for response in (
        client.get("/media/avatars/none.png", headers={"Accept": "image/webp,*/*;q=0.8"}),
        client.get("/showsx"),
        client.post("/showsx", headers={"Accept": "text/html"}),
    ):
        assert response.status_code == 404
        assert response.content != SHOP


def test_an_unknown_page_is_a_page_without_a_front_end_too(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.FRONTEND_DIST = tmp_path / "dist"
    response = client.get("/showsx", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert response.content.startswith(b"<!doctype html>")


def test_pages_that_name_no_icon_have_one(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, "/static/frontend/icon.svg")


def test_an_error_under_api_is_answered_in_json(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    settings.DEMO = True
    monkeypatch.setattr("community.accounts.demo.shown_accounts", fail)
    client.raise_request_exception = False
    response = client.get("/api/config/")
    assert (response.status_code, response.json()) == (500, {"error": {"code": "error"}})


def test_a_picture_is_served_for_good(client: Client, media: Path) -> None:
    (media / "avatars" / "a.webp").write_bytes(b"RIFF")
    response = client.get("/media/avatars/a.webp")
    assert (response.status_code, response.content) == (200, b"RIFF")
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.post("/media/avatars/a.webp").status_code == 405


def test_nothing_but_pictures_of_the_media_folder_is_served(client: Client, media: Path) -> None:
    (media / "avatars" / "a.html").write_bytes(b"<script>")
    (media / "avatars" / "a.svg").write_bytes(b"<svg>")
    (media / "secret.png").write_bytes(b"x")
    (media.parent / "outside.png").write_bytes(b"x")
    for path in (
        "avatars/a.html",
        "avatars/a.svg",
        "avatars/",
        "avatars/none.png",
        "secret.png",
        "avatars/../secret.png",
        "avatars/../../outside.png",
        "avatars/%2e%2e/secret.png",
        "avatars/..%2f..%2foutside.png",
        "avatars//etc/passwd",
        "avatars/a%00.png",
    ):
        assert client.get(f"/media/{path}").status_code == 404, path


def test_the_process_is_alive_without_anything(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_the_server_is_ready_when_database_and_redis_answer(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": "ok", "redis": "ok"})


@pytest.mark.django_db
def test_a_redis_that_is_away_is_named(client: Client, settings: Any) -> None:
    settings.REDIS_URL = NOBODY
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "ok", "redis": "down"}


@pytest.mark.django_db
def test_a_database_that_is_away_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def cursor(self) -> None:
            raise OperationalError("no route to the database")

        def close(self) -> None:
            pass

    monkeypatch.setattr("project.health.connection", Away())
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "down", "redis": "ok"}


@pytest.mark.django_db
def test_metrics_are_in_prometheus_format(client: Client) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE souk_push_frames_total counter" in response.content
    assert b"souk_outbox_left_behind 0.0" in response.content


@pytest.mark.django_db
def test_metrics_can_want_a_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "s3cret"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_the_cache_forgets_instead_of_failing() -> None:
    cache = RedisCache(NOBODY, {})
    assert cache.add("a", 1) is True
    cache.set("a", 1)
    assert cache.get("a", "nothing") == "nothing"
    assert cache.delete("a") is False


def test_the_cache_remembers_while_redis_is_there(valkey: Any) -> None:
    cache = RedisCache(valkey.url, {})
    assert (cache.add("a", [1]), cache.add("a", [2])) == (True, False)
    assert cache.get("a") == [1]
    cache.set("a", [3], 60)
    assert (cache.get("a"), cache.delete("a"), cache.get("a")) == ([3], True, None)


def test_the_cache_never_empties_redis(valkey: Any) -> None:
    valkey.client.set("history", "kept")
    with pytest.raises(NotImplementedError):
        RedisCache(valkey.url, {}).clear()
    assert valkey.client.get("history") == b"kept"
