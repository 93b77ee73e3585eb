"""Freight templates as staff writes them in the studio."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from rest_framework.test import APIClient

from commerce.shipping.models import FreightRule, FreightTemplate, ProductFreight
from commerce.shipping.selectors import Sent, freight_for
from tests.support.buying import ADDRESS, api
from tests.support.factories import make_product, make_user

pytestmark = pytest.mark.django_db
FREIGHT = "/api/studio/freight/"
EVERYWHERE: dict[str, Any] = {
    "regions": [],
    "delivered": True,
    "first": 1,
    "first_price": 1000,
    "further": 1,
    "further_price": 200,
    "free_from": None,
    "days_min": 2,
    "days_max": 5,
}
SHANGHAI = {**EVERYWHERE, "regions": ["31", "US"], "first_price": 600, "free_from": 9900}
TEMPLATE = {
    "name": "Parcels",
    "basis": "units",
    "currency": "CNY",
    "ships_within_hours": 48,
    "rules": [SHANGHAI, EVERYWHERE],
}


@pytest.fixture
def staff() -> APIClient:
    return api(make_user(is_staff=True))


def test_a_template_is_written_and_counts(staff: APIClient) -> None:
    made = staff.post(FREIGHT, TEMPLATE, format="json")
    assert (made.status_code, made.json()) == (201, {**TEMPLATE, "id": made.json()["id"], "sends": 0})
    product = make_product()
    ProductFreight.objects.create(product=product, template_id=made.json()["id"])
    sent = [Sent(product_id=product.pk, quantity=2, total=5000, currency="CNY")]
    assert freight_for(sent, ADDRESS) == 800
    changed = {**TEMPLATE, "name": "Boxes", "rules": [{**SHANGHAI, "first_price": 500}]}
    answer = staff.put(f"{FREIGHT}{made.json()['id']}/", changed, format="json")
    assert (answer.status_code, answer.json()["sends"]) == (200, 1)
    assert freight_for(sent, ADDRESS) == 700
    assert FreightRule.objects.count() == 1
    (listed,) = staff.get(FREIGHT).json()
    assert listed == answer.json()
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"basis": "volume"},
        {"currency": "yuan"},
        {"ships_within_hours": -1},
        {"rules": []},
        {"rules": [{**EVERYWHERE, "regions": ["99"]}]},
        {"rules": [{**EVERYWHERE, "regions": "31"}]},
        {"rules": [{**EVERYWHERE, "first": 0}]},
        {"rules": [{**EVERYWHERE, "further_price": -1}]},
        {"rules": [{**EVERYWHERE, "days_min": 5, "days_max": 2}]},
    ],
)
def test_what_a_checkout_could_not_read_is_refused(staff: APIClient, wrong: dict[str, Any]) -> None:
    template = FreightTemplate.objects.create(name="As it was")
    for answer in (
        staff.post(FREIGHT, {**TEMPLATE, **wrong}, format="json"),
        staff.put(f"{FREIGHT}{template.pk}/", {**TEMPLATE, **wrong}, format="json"),
    ):
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, list(wrong))
    assert FreightTemplate.objects.get().name == "As it was"
    assert not FreightRule.objects.exists()


def test_a_name_is_used_once(staff: APIClient) -> None:
    FreightTemplate.objects.create(name="Parcels")
    other = FreightTemplate.objects.create(name="Boxes")
    for answer in (
        staff.post(FREIGHT, TEMPLATE, format="json"),
        staff.put(f"{FREIGHT}{other.pk}/", TEMPLATE, format="json"),
    ):
        assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"name": ["unique"]})
    other.refresh_from_db()
    assert (other.name, FreightTemplate.objects.count()) == ("Boxes", 2)


def test_one_that_products_are_sent_by_stays(staff: APIClient) -> None:
    used, free = FreightTemplate.objects.create(name="Used"), FreightTemplate.objects.create(name="Free")
    ProductFreight.objects.create(product=make_product(), template=used)
    answer = staff.delete(f"{FREIGHT}{used.pk}/")
    assert (answer.status_code, answer.json()["error"]) == (409, {"code": "conflict", "detail": {"products": 1}})
    assert staff.delete(f"{FREIGHT}{free.pk}/").status_code == 204
    assert FreightTemplate.objects.get() == used


@pytest.mark.parametrize("id", ["0", str(2**63)])
def test_what_nobody_has_is_not_changed(staff: APIClient, id: str) -> None:
    assert staff.put(f"{FREIGHT}{id}/", TEMPLATE, format="json").status_code == 404
    assert staff.delete(f"{FREIGHT}{id}/").status_code == 404


def test_only_staff_writes_them() -> None:
    host = api(make_user(roles=["host"]))
    template = FreightTemplate.objects.create(name="As it was")
    assert host.get(FREIGHT).status_code == 403
    assert host.post(FREIGHT, TEMPLATE, format="json").status_code == 403
    assert host.put(f"{FREIGHT}{template.pk}/", TEMPLATE, format="json").status_code == 403
    assert host.delete(f"{FREIGHT}{template.pk}/").status_code == 403
    assert FreightTemplate.objects.get().name == "As it was"
