"""What staff types into the admin holds what the services hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from commerce.promotions.models import Coupon, ThresholdDiscount
from commerce.shipping.models import FreightTemplate
from community.accounts.models import User
from project.kernel.clock import now
from tests.support.factories import make_user
from tests.support.promoting import make_coupon, make_grant, make_threshold

pytestmark = pytest.mark.django_db
THRESHOLDS = "/admin/commerce_promotions/thresholddiscount"
COUPONS = "/admin/commerce_promotions/coupon"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff@example.com", display_name="Staff"))
    return client


def times() -> dict[str, Any]:
    """As the form has them, in two fields each."""
    at = {"starts_at": now(), "ends_at": now() + timedelta(days=1)}
    return {
        f"{name}_{part}": when.strftime(form)
        for name, when in at.items()
        for part, form in ((0, "%Y-%m-%d"), (1, "%H:%M:%S"))
    }


def threshold(**fields: Any) -> dict[str, Any]:
    named = {"name_zh": "满减", "name_en": "Off", "currency": "CNY", "funded_by": "house", "precedence": 0}
    return {**named, **times(), **fields}


def coupon(**fields: Any) -> dict[str, Any]:
    named = {"name_zh": "券", "name_en": "Coupon", "currency": "CNY", "funded_by": "house", "way": "public"}
    amounts = {"off": 500, "percent_off": 0, "minimum": 0, "per_user": 1, "valid_days": 7}
    return {**named, **amounts, **times(), **fields}


@pytest.mark.parametrize("steps", ["[[100]]", "[]", "7", '[["a", 1]]', "[[200, 20], [100, 10]]", "[[100, 101]]"])
def test_steps_that_no_price_can_be_made_with_are_refused(staff: Client, steps: str) -> None:
    answer = staff.post(f"{THRESHOLDS}/add/", threshold(steps=steps))
    assert answer.context["adminform"].errors.keys() == {"steps"}
    assert not ThresholdDiscount.objects.exists()
    made = make_threshold((10_000, 1_000))
    assert staff.post(f"{THRESHOLDS}/{made.pk}/change/", threshold(steps=steps)).status_code == 200
    made.refresh_from_db()
    assert made.steps == [[10_000, 1_000]]


def test_good_steps_are_kept(staff: Client) -> None:
    assert staff.post(f"{THRESHOLDS}/add/", threshold(steps="[[10000, 1000], [20000, 3000]]")).status_code == 302
    assert ThresholdDiscount.objects.get().steps == [[10_000, 1_000], [20_000, 3_000]]


def test_a_code_is_kept_as_people_s_codes_are_read(staff: Client) -> None:
    assert staff.post(f"{COUPONS}/add/", coupon(way="code", code="tea ten1")).status_code == 302
    assert Coupon.objects.get().code == "TEATEN1"


@pytest.mark.parametrize("wrong", [{"off": 5, "percent_off": 5}, {"way": "code"}, {"valid_days": ""}])
def test_terms_that_do_not_fit_together_are_refused(staff: Client, wrong: dict[str, Any]) -> None:
    assert staff.post(f"{COUPONS}/add/", coupon(**wrong)).status_code == 200
    assert not Coupon.objects.exists()


def test_what_people_took_a_coupon_for_stays(staff: Client) -> None:
    made = make_coupon(off=500, total=10)
    page = f"{COUPONS}/{made.pk}/change/"
    make_grant(owner=make_user(), coupon=made)
    assert staff.get(page).status_code == 200
    for wrong in ({"off": 1}, {"total": 0}):
        assert staff.post(page, coupon(total=10, **wrong) if "off" in wrong else coupon(**wrong)).status_code == 200
    made.refresh_from_db()
    assert (made.off, made.total, made.granted) == (500, 10, 1)


@pytest.mark.parametrize("regions", ["[31]", '"31"', '["Shanghai"]', '{"31": 1}'])
def test_rules_for_places_that_there_are_not_are_refused(staff: Client, regions: str) -> None:
    template = FreightTemplate.objects.create(name="Parcels")
    form = {"name": "Parcels", "basis": template.basis, "currency": "CNY", "ships_within_hours": 48}
    rules = {"rules-TOTAL_FORMS": 1, "rules-INITIAL_FORMS": 0, "rules-0-template": template.pk}
    amounts = {"first": 1, "first_price": 500, "further": 1, "further_price": 0, "days_min": 2, "days_max": 5}
    rule = {f"rules-0-{name}": value for name, value in {**amounts, "delivered": "on", "regions": regions}.items()}
    page = f"/admin/commerce_shipping/freighttemplate/{template.pk}/change/"
    assert staff.post(page, {**form, **rules, **rule}).status_code == 200
    assert not template.rules.exists()
    assert staff.post(page, {**form, **rules, **rule, "rules-0-regions": '["31", "US"]'}).status_code == 302
    assert template.rules.get().regions == ["31", "US"]
