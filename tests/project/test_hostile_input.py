"""Whatever is sent to the API: an answer that blames the sender, never a 500."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from community.accounts.models import User
from tests.live.factories import make_host, make_show
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

HUGE = 10**30
IDS = ["0", str(2**31), str(2**63), str(HUGE), "9" * 400]
TEXTS = ["%00", "a%00b", "%ff", "%F0%9F%98%80", "x" * 1000]
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    HUGE,
    1.5,
    1e400,
    "",
    "a\x00b",
    "\ud800",
    "x" * 10_000,
    [],
    {},
    [[]],
]

PATHS = [
    *(f"/api/catalog/products/{id}/" for id in IDS),
    *(f"/api/catalog/products/?category={text}" for text in TEXTS),
    *(
        f"/api/catalog/products/?cursor={text}"
        for text in [*TEXTS, "cD0x", "bz0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5"]
    ),
    *(f"/api/shows/?cursor={text}" for text in [*TEXTS, "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5"]),
    *(f"/api/shows/?state={text}" for text in TEXTS),
    *(f"/api/shows/?page_size={text}" for text in [*IDS, "-1", "%00"]),
    *(f"/api/shows/{id}/{tail}" for id in IDS for tail in ("", "shelf/", "sales/", "stats/", "stream/")),
    *(f"/api/orders/{text}/" for text in TEXTS),
    *(f"/api/groups/{id}/{tail}" for id in IDS for tail in ("", "preview/", "members/", "invites/", "requests/")),
    *(f"/api/groups/{id}/sellable-products/" for id in IDS),
    *(f"/api/conversations/{id}/" for id in IDS),
    *(f"/api/invites/{text}/" for text in TEXTS),
    *(f"/api/payments/{id}/" for id in IDS),
    *(f"/sandbox/pay/{text}/" for text in ["x" * 1000, "abc"]),
    *(f"/media/live/{id}/{name}" for id in IDS for name in ("index.m3u8", "..%2f..%2fsouk", "%00")),
    *(f"/media/covers/{text}" for text in [*TEXTS, "..%2f..%2fsettings"]),
    *(f"/api/people/{id}/" for id in IDS),
    *(f"/api/me/followers/?cursor={text}" for text in TEXTS),
    *(f"/shows/{id}" for id in IDS),
    "/api/%00/",
]

BODIES = {
    "/api/checkout/quote/": ["claim", "lines", "address", "coupons"],
    "/api/checkout/": ["claim", "lines", "address", "coupons", "expected_total", "channel", "invoice"],
    "/api/coupons/redeem/": ["code", "ordinal"],
    "/api/payments/": ["order"],
    "/api/groups/": ["title", "join_policy", "question", "picture"],
    "/api/dms/": ["user"],
    "/api/shows/": ["title", "scheduled_at", "cover"],
    "/api/shows/{show}/shelf/": ["product"],
    "/api/payments/webhooks/sandbox/": ["id"],
    "/_allauth/browser/v1/auth/login": ["email", "password"],
    "/_allauth/browser/v1/auth/signup": ["email", "password", "display_name"],
    "/_allauth/browser/v1/auth/password/request": ["email"],
    "/_allauth/browser/v1/auth/password/reset": ["password"],
}


@pytest.fixture
def host() -> User:
    return make_host()


@pytest.fixture
def someone(client: Client, host: User, settings: Any) -> Client:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    client.force_login(host)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("path", PATHS)
def test_an_address_that_names_nothing(someone: Client, path: str) -> None:
    assert someone.get(path).status_code < 500


@pytest.mark.parametrize("path", BODIES)
def test_a_body_of_the_wrong_kind(someone: Client, host: User, path: str) -> None:
    show = make_show(host)
    address = path.format(show=show.pk)
    good = {"sku": 1, "quantity": 1, "expected_total": 1, "title": "t", "email": "a@example.com", "password": "p"}
    statuses = {}
    for number, value in enumerate([*VALUES, "not a dict"]):
        for name in BODIES[path]:
            body = {**good, name: value} if value != "not a dict" else name
            answer = someone.post(address, body, "application/json", headers={"Idempotency-Key": f"k{number}{name}"})
            statuses[name, str(value)[:20]] = answer.status_code
    assert {what: status for what, status in statuses.items() if status >= 500} == {}


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"1", b'"x"', b"null", b"[" * 100_000])
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_no_object(someone: Client, host: User, path: str, raw: bytes) -> None:
    address = path.format(show=make_show(host).pk)
    answer = someone.post(address, raw, "application/json", headers={"Idempotency-Key": "k"})
    assert answer.status_code < 500


HOSTS_ONLY = [
    ("patch", "/api/shows/{show}/", {"title": "mine"}),
    ("post", "/api/shows/{show}/go-live/", {}),
    ("post", "/api/shows/{show}/end/", {}),
    ("post", "/api/shows/{show}/shelf/", {"product": 1}),
    ("put", "/api/shows/{show}/shelf/order/", {"items": []}),
    ("patch", "/api/shows/{show}/shelf/1/", {"sold_out": True}),
    ("delete", "/api/shows/{show}/shelf/1/", {}),
    ("post", "/api/shows/{show}/stream-key/", {}),
    ("get", "/api/shows/{show}/stream/", {}),
    ("get", "/api/shows/{show}/sales/", {}),
    ("get", "/api/shows/{show}/stats/", {}),
]


@pytest.mark.parametrize(("how", "path", "body"), HOSTS_ONLY)
def test_another_hosts_show_is_not_ones_own(client: Client, how: str, path: str, body: dict[str, Any]) -> None:
    show = make_show()
    address = path.format(show=show.pk)
    ask = getattr(client, how)
    assert ask(address, body, content_type="application/json").status_code in (401, 403)
    for other in (make_user(), make_host()):
        client.force_login(other)
        answer = ask(address, body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    show.refresh_from_db()
    assert (show.state, show.title) == ("live", "Evening market")


OWN = [("get", "/api/orders/"), ("get", "/api/shows/mine/"), ("post", "/api/checkout/"), ("post", "/api/payments/")]


@pytest.mark.parametrize(("how", "path"), OWN)
def test_a_guest_has_nothing_of_ones_own(client: Client, how: str, path: str) -> None:
    answer = getattr(client, how)(path, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "login_required")
