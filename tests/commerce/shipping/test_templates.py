"""Freight templates as staff writes them in the studio."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from rest_framework.test import APIClient

from commerce.shipping.models import FreightRule, FreightTemplate, ProductFreight
from commerce.shipping.selectors import Sent, freight_for
from commerce.shipping.services.templates import change_template, make_template
from tests.support.buying import ADDRESS, api
from tests.support.factories import make_product, make_user
from tests.support.racing import at_once

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
SEEN = {**TEMPLATE, "version": 1}


@pytest.fixture
def staff() -> APIClient:
    return api(make_user(is_staff=True))


def test_a_template_is_written_and_counts(staff: APIClient) -> None:
    made = staff.post(FREIGHT, TEMPLATE, format="json")
    assert (made.status_code, made.json()) == (201, {**TEMPLATE, "id": made.json()["id"], "sends": 0, "version": 1})
    product = make_product()
    ProductFreight.objects.create(product=product, template_id=made.json()["id"])
    sent = [Sent(product_id=product.pk, quantity=2, total=5000, currency="CNY")]
    assert freight_for(sent, ADDRESS) == 800
    changed = {**SEEN, "name": "Boxes", "rules": [{**SHANGHAI, "first_price": 500}]}
    answer = staff.put(f"{FREIGHT}{made.json()['id']}/", changed, format="json")
    assert (answer.status_code, answer.json()["sends"], answer.json()["version"]) == (200, 1, 2)
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
        staff.put(f"{FREIGHT}{template.pk}/", {**SEEN, **wrong}, format="json"),
    ):
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, list(wrong))
    assert FreightTemplate.objects.get().name == "As it was"
    assert not FreightRule.objects.exists()


def test_a_name_is_used_once(staff: APIClient) -> None:
    FreightTemplate.objects.create(name="Parcels")
    other = FreightTemplate.objects.create(name="Boxes")
    for answer in (
        staff.post(FREIGHT, TEMPLATE, format="json"),
        staff.put(f"{FREIGHT}{other.pk}/", SEEN, format="json"),
    ):
        assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"name": ["unique"]})
    other.refresh_from_db()
    assert (other.name, FreightTemplate.objects.count()) == ("Boxes", 2)


def test_what_somebody_else_has_changed_is_not_written_over(staff: APIClient) -> None:
    made = staff.post(FREIGHT, TEMPLATE, format="json").json()
    path = f"{FREIGHT}{made['id']}/"
    first = staff.put(path, {**SEEN, "ships_within_hours": 24}, format="json")
    late = staff.put(path, {**SEEN, "rules": [EVERYWHERE]}, format="json")
    assert (late.status_code, late.json()["error"]) == (409, {"code": "changed_meanwhile"})
    assert (staff.get(FREIGHT).json(), LogEntry.objects.count()) == ([first.json()], 2)
    # Having seen it.
    assert staff.put(path, {**SEEN, "version": 2, "rules": [EVERYWHERE]}, format="json").json()["version"] == 3


@pytest.mark.parametrize("version", [None, 0, -1, "x", "", 2**63])
def test_a_change_says_what_it_changes(staff: APIClient, version: Any) -> None:
    template = FreightTemplate.objects.create(name="As it was")
    body = {**TEMPLATE, **({} if version is None else {"version": version})}
    answer = staff.put(f"{FREIGHT}{template.pk}/", body, format="json")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["version"])
    template.refresh_from_db()
    assert (template.name, template.version) == ("As it was", 1)


@pytest.mark.django_db(transaction=True)
def test_one_of_two_at_once_changes_it() -> None:
    template = make_template(**TEMPLATE)

    def change(hours: int) -> int:
        written = {**SEEN, "ships_within_hours": hours}
        return change_template(template_id=template.pk, **written).ships_within_hours

    answers = at_once([lambda hours=hours: change(hours) for hours in (12, 24)])  # type: ignore[misc]
    template.refresh_from_db()
    assert answers == {"changed_meanwhile": 1, template.ships_within_hours: 1}
    assert (template.version, template.rules.count()) == (2, 2)


def test_a_rule_changed_in_the_admin_is_a_change(staff: APIClient, admin_client: Client) -> None:
    template = make_template(**{**TEMPLATE, "rules": [EVERYWHERE]})
    fields = {name: getattr(template, name) for name in ("name", "basis", "currency", "ships_within_hours")}
    rule = {**EVERYWHERE, "id": template.rules.get().pk, "template": template.pk, "regions": "[]", "free_from": ""}
    body = {
        **fields,
        "rules-TOTAL_FORMS": 1,
        "rules-INITIAL_FORMS": 1,
        **{f"rules-0-{name}": value for name, value in {**rule, "first_price": 700}.items()},
    }
    assert admin_client.post(f"/admin/commerce_shipping/freighttemplate/{template.pk}/change/", body).status_code == 302
    template.refresh_from_db()
    assert (template.version, template.rules.get().first_price) == (2, 700)
    assert staff.put(f"{FREIGHT}{template.pk}/", SEEN, format="json").status_code == 409


def test_one_that_products_are_sent_by_stays(staff: APIClient) -> None:
    used, free = FreightTemplate.objects.create(name="Used"), FreightTemplate.objects.create(name="Free")
    ProductFreight.objects.create(product=make_product(), template=used)
    answer = staff.delete(f"{FREIGHT}{used.pk}/")
    assert (answer.status_code, answer.json()["error"]) == (409, {"code": "conflict", "detail": {"products": 1}})
    assert staff.delete(f"{FREIGHT}{free.pk}/").status_code == 204
    assert FreightTemplate.objects.get() == used


@pytest.mark.parametrize("id", ["0", str(2**63)])
def test_what_nobody_has_is_not_changed(staff: APIClient, id: str) -> None:
    assert staff.put(f"{FREIGHT}{id}/", SEEN, format="json").status_code == 404
    assert staff.delete(f"{FREIGHT}{id}/").status_code == 404


def test_only_staff_writes_them() -> None:
    host = api(make_user(roles=["host"]))
    template = FreightTemplate.objects.create(name="As it was")
    assert host.get(FREIGHT).status_code == 403
    assert host.post(FREIGHT, TEMPLATE, format="json").status_code == 403
    assert host.put(f"{FREIGHT}{template.pk}/", SEEN, format="json").status_code == 403
    assert host.delete(f"{FREIGHT}{template.pk}/").status_code == 403
    assert FreightTemplate.objects.get().name == "As it was"
