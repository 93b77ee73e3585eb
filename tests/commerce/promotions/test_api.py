from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from commerce.promotions.models import Coupon, CouponGrant, ThresholdDiscount
from community.accounts.models import User
from project.kernel.clock import now
from tests.support.buying import api
from tests.support.factories import make_category, make_sku, make_user
from tests.support.promoting import make_coupon, make_grant, make_threshold

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def staff() -> APIClient:
    return api(make_user(is_staff=True))


def terms(**fields: Any) -> dict[str, Any]:
    start = now()
    return {
        "name_zh": "新人券",
        "name_en": "Welcome",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(days=7)).isoformat(),
        "off": 1000,
        "valid_days": 7,
        **fields,
    }


def test_what_may_be_taken_and_what_one_has(user: User) -> None:
    category = make_category(slug="tea", name_zh="茶", name_en="Tea")
    coupon = make_coupon(off=500, minimum=3000, total=10, per_user=2)
    coupon.categories.set([category])
    for way in ("targeted", "drop"):
        make_coupon(way=way)
    make_coupon(stopped_at=now())
    client = api(user)
    assert client.post(f"/api/coupons/{coupon.pk}/take/").status_code == 201
    (offered,) = client.get("/api/coupons/").json()["results"]
    card = {
        "id": coupon.pk,
        "name": {"zh": coupon.name_zh, "en": coupon.name_en},
        "off": {"amount": 500, "currency": "CNY"},
        "percent_off": 0,
        "most_off": None,
        "minimum": {"amount": 3000, "currency": "CNY"},
        "group": "",
        "categories": [{"slug": "tea", "name": {"zh": "茶", "en": "Tea"}}],
        "products": [],
    }
    assert {name: offered[name] for name in card} == card
    assert (offered["left"], offered["per_user"], offered["mine"], offered["for_newcomers"]) == (9, 2, 1, False)
    (mine,) = client.get("/api/coupons/mine/").json()["results"]
    grant = CouponGrant.objects.get()
    assert (mine["id"], mine["coupon"], mine["state"]) == (grant.pk, card, "usable")
    (for_guests,) = APIClient().get("/api/coupons/").json()["results"]
    assert for_guests["mine"] == 0


def test_what_may_be_taken_for_a_product(user: User) -> None:
    sku, other = make_sku(), make_sku()
    for_all, of_category, of_product, elsewhere, both = (make_coupon() for _ in range(5))
    of_category.categories.set([sku.product.category])
    of_product.products.set([sku.product, other.product])
    elsewhere.products.set([other.product])
    both.categories.set([make_category()])
    both.products.set([sku.product])
    # What cannot be taken now is not offered here.
    make_coupon(starts_at=now() + timedelta(hours=1))
    make_coupon(total=1, granted=1)
    make_coupon(way="targeted")
    for _ in range(30):
        make_coupon().products.set([other.product])
    results = api(user).get(f"/api/coupons/?product={sku.product_id}").json()["results"]
    assert [one["id"] for one in results] == [both.pk, of_product.pk, of_category.pk, for_all.pk]
    for bad in ("0", "x", "", str(2**63)):
        assert api(user).get(f"/api/coupons/?product={bad}").status_code == 400
    (for_any,) = APIClient().get(f"/api/coupons/?product={10**9}").json()["results"]
    assert for_any["id"] == for_all.pk


def test_what_is_taken_off_from_an_amount_of_a_product() -> None:
    sku, other = make_sku(), make_sku(currency="USD")
    ladder = make_threshold((50000, 10000), (90000, 20000))
    every = make_threshold((10000, 1000), repeats=True, most_off=5000, precedence=2)
    every.products.set([sku.product])
    make_threshold((10, 1)).products.set([other.product])
    make_threshold((10, 1), stopped_at=now())
    make_threshold((10, 1), starts_at=now() + timedelta(hours=1))
    make_threshold((10, 1), currency="USD")

    def money(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "CNY"}

    assert APIClient().get(f"/api/thresholds/?product={sku.product_id}").json() == [
        {
            "key": f"threshold:{every.pk}",
            "name": {"zh": every.name_zh, "en": every.name_en},
            "steps": [{"start": money(10000), "off": money(1000)}],
            "repeats": True,
            "most_off": money(5000),
        },
        {
            "key": f"threshold:{ladder.pk}",
            "name": {"zh": ladder.name_zh, "en": ladder.name_en},
            "steps": [
                {"start": money(50000), "off": money(10000)},
                {"start": money(90000), "off": money(20000)},
            ],
            "repeats": False,
            "most_off": None,
        },
    ]
    assert APIClient().get("/api/thresholds/").status_code == 400
    sku.product.visible = False
    sku.product.save()
    for product_id in (sku.product_id, 10**9):
        assert APIClient().get(f"/api/thresholds/?product={product_id}").status_code == 404


def test_ones_own_by_state(user: User) -> None:
    usable, locked, used, expired = (make_grant(user) for _ in range(4))
    make_grant(make_user())
    CouponGrant.objects.filter(pk=locked.pk).update(state="locked", reference="1")
    CouponGrant.objects.filter(pk=used.pk).update(state="used", reference="1")
    CouponGrant.objects.filter(pk=expired.pk).update(usable_until=now() - timedelta(seconds=1))
    for state, ids in {"usable": [locked.pk, usable.pk], "used": [used.pk], "expired": [expired.pk]}.items():
        results = api(user).get(f"/api/coupons/mine/?state={state}").json()["results"]
        assert [one["id"] for one in results] == ids
    answer = api(user).get("/api/coupons/mine/?state=lost")
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"state": ["invalid_choice"]})


def test_a_code_is_redeemed_and_guessing_ends(user: User) -> None:
    make_coupon(way="code", code="SOUK-2026")
    client = api(user)
    assert client.post("/api/coupons/redeem/", {"code": "souk-2026"}).status_code == 201
    for _ in range(20):
        answer = client.post("/api/coupons/redeem/", {"code": "SOUK-1999"})
        assert (answer.status_code, answer.json()) == (404, {"error": {"code": "code_unknown"}})
    answer = client.post("/api/coupons/redeem/", {"code": "souk-2026"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_tries")
    assert api(make_user()).post("/api/coupons/redeem/", {"code": "souk-2026"}).status_code == 201


def test_guests_take_nothing() -> None:
    coupon = make_coupon()
    for path in (f"/api/coupons/{coupon.pk}/take/", "/api/coupons/redeem/"):
        assert APIClient().post(path, {"code": "SOUK-2026"}).status_code == 401
    assert not CouponGrant.objects.exists()


def test_staff_makes_changes_and_stops_coupons(staff: APIClient, user: User) -> None:
    category = make_category()
    answer = staff.post("/api/studio/coupons/", terms(categories=[category.slug], total=5))
    assert answer.status_code == 201
    made = Coupon.objects.get()
    path = f"/api/studio/coupons/{made.pk}/"
    assert answer.json()["id"] == made.pk
    assert (answer.json()["state"], answer.json()["granted"], answer.json()["used"]) == ("running", 0, 0)
    name = {"zh": category.name_zh, "en": category.name_en}
    assert answer.json()["scope"] == {"categories": [{"slug": category.slug, "name": name}], "products": []}
    assert answer.json()["fixed"] == []
    assert staff.get(path).json() == answer.json()
    assert staff.get("/api/studio/coupons/").json()["results"] == [answer.json()]
    assert staff.patch(path, {"off": 2000}).json()["terms"]["off"] == 2000
    make_grant(user, made)
    # People have it: what it is worth stays; how many there are, and what it is called, may change.
    answer = staff.patch(path, {"off": 3000, "categories": []})
    assert (answer.status_code, answer.json()["error"]) == (
        409,
        {"code": "terms_fixed", "detail": {"fields": ["categories", "off"]}},
    )
    answer = staff.patch(path, {"off": 2000, "total": 9, "name_en": "Hello"})
    assert (answer.json()["terms"]["total"], answer.json()["terms"]["name_en"]) == (9, "Hello")
    changeable = set(answer.json()["terms"]) - set(answer.json()["fixed"])
    assert changeable == {"name_zh", "name_en", "starts_at", "ends_at", "total", "per_day"}
    assert staff.patch(path, {name: answer.json()["terms"][name] for name in changeable}).status_code == 200
    assert staff.patch(path, {}).status_code == 400
    assert staff.post(f"{path}stop/").json()["state"] == "stopped"
    assert api(user).get("/api/coupons/mine/").json()["results"][0]["state"] == "usable"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"off": 0}, "off"),
        ({"off": 100, "percent_off": 10}, "off"),
        ({"percent_off": 101, "off": 0}, "percent_off"),
        ({"way": "code"}, "code"),
        ({"code": "SOUK-2026"}, "code"),
        ({"way": "code", "code": "short"}, "code"),
        ({"way": "code", "code": "TAKEN-1"}, "code"),
        ({"valid_days": None}, "valid_days"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"usable_until": "2020-01-01T00:00:00Z"}, "usable_until"),
        ({"categories": ["nowhere"]}, "categories"),
        ({"products": [10**9]}, "products"),
        ({"currency": "yuan"}, "currency"),
        ({"total": 0}, "total"),
        ({"way": "gift"}, "way"),
        ({"name_zh": ""}, "name_zh"),
    ],
)
def test_terms_that_make_no_sense(staff: APIClient, fields: dict[str, Any], wrong: str) -> None:
    make_coupon(way="code", code="TAKEN-1")
    answer = staff.post("/api/studio/coupons/", terms(**fields))
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [wrong])
    assert Coupon.objects.count() == 1


def test_there_are_never_fewer_than_were_given(staff: APIClient, user: User) -> None:
    coupon = make_coupon(total=5)
    for person in (user, make_user()):
        make_grant(person, coupon)
    answer = staff.patch(f"/api/studio/coupons/{coupon.pk}/", {"total": 1})
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"total": ["min_value"]})


def test_staff_gives_a_coupon_to_people(staff: APIClient, user: User) -> None:
    coupon = make_coupon(way="targeted")
    path = f"/api/studio/coupons/{coupon.pk}/give/"
    for outcome in ("given", "had"):
        answer = staff.post(path, {"users": [user.pk]})
        assert (answer.status_code, answer.json()["coupon"]["granted"]) == (200, 1)
        assert answer.json()["people"] == [{"user": user.pk, "outcome": outcome}]
    assert CouponGrant.objects.get().owner == user
    for users in ([], [0], ["Lin"], list(range(1, 502))):
        assert staff.post(path, {"users": users}).status_code == 400


def test_staff_makes_changes_and_stops_thresholds(staff: APIClient) -> None:
    sku = make_sku()
    body = {**terms(steps=[[10000, 1000], [20000, 3000]], products=[sku.product_id]), "off": None}
    body = {name: value for name, value in body.items() if name not in ("off", "valid_days")}
    answer = staff.post("/api/studio/thresholds/", body)
    assert answer.status_code == 201
    made = ThresholdDiscount.objects.get()
    path = f"/api/studio/thresholds/{made.pk}/"
    assert answer.json()["terms"]["steps"] == [[10000, 1000], [20000, 3000]]
    assert answer.json()["terms"]["products"] == [sku.product_id]
    title = {"zh": sku.product.title_zh, "en": sku.product.title_en}
    assert answer.json()["scope"] == {"categories": [], "products": [{"id": sku.product_id, "title": title}]}
    assert staff.get(path).json() == answer.json()
    assert staff.get("/api/studio/thresholds/").json()["results"] == [answer.json()]
    for steps in ([], [[20000, 3000], [10000, 1000]], [[100, 200]], [[1]], [[0, 1]]):
        assert staff.patch(path, {"steps": steps}).status_code == 400
    assert staff.patch(path, {"repeats": True}).json()["error"]["fields"] == {"steps": ["one_step"]}
    answer = staff.patch(path, {"steps": [[10000, 1000]], "repeats": True})
    assert answer.json()["terms"]["repeats"] is True
    assert staff.post(f"{path}stop/").json()["state"] == "stopped"


def test_promotions_are_made_by_staff_alone(user: User) -> None:
    coupon, threshold = make_coupon(way="targeted"), make_threshold((100, 10))
    client = api(user)
    for path in (f"/api/studio/coupons/{coupon.pk}/", f"/api/studio/thresholds/{threshold.pk}/"):
        assert client.get(path).status_code == 403
        assert client.patch(path, {"name_en": "Mine"}).status_code == 403
        assert client.post(f"{path}stop/").status_code == 403
    assert client.post(f"/api/studio/coupons/{coupon.pk}/give/", {"users": [user.pk]}).status_code == 403
    assert client.post("/api/studio/coupons/", terms()).status_code == 403
    assert Coupon.objects.get().stopped_at is None
