"""By what products are sent, and whether they go back, as staff decides in the studio."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from rest_framework.test import APIClient

from commerce.aftersales.models import ReturnExclusion
from commerce.aftersales.services import change_terms
from commerce.catalog.models import Product
from commerce.shipping.models import FreightTemplate, ProductFreight
from project.kernel.errors import Invalid, NotFound
from tests.support.buying import api
from tests.support.factories import make_product, make_sku, make_user
from tests.support.racing import at_once

pytestmark = pytest.mark.django_db
GOODS = "/api/studio/goods/"
PLAIN = {"template": None, "weight": None, "not_returned": None}


@pytest.fixture
def staff() -> APIClient:
    return api(make_user(is_staff=True))


@pytest.fixture
def cup() -> Product:
    return make_sku(code="CUP-1", product=make_product(title_en="Celadon cup")).product


@pytest.fixture
def bread() -> Product:
    return make_sku(product=make_product(title_zh="黑麦面包", visible=False)).product


@pytest.fixture
def heavy() -> FreightTemplate:
    return FreightTemplate.objects.create(name="Heavy", basis="weight")


def kept() -> tuple[list[Any], list[Any]]:
    return (
        list(ProductFreight.objects.order_by("product").values_list("product", "template", "weight")),
        list(ReturnExclusion.objects.order_by("product").values_list("product", "code")),
    )


def listed(staff: APIClient, query: str = "") -> list[int]:
    return [row["id"] for row in staff.get(f"{GOODS}?{query}").json()["results"]]


def test_several_are_changed_at_once_and_what_is_left_out_stays(
    staff: APIClient, cup: Product, bread: Product, heavy: FreightTemplate
) -> None:
    def change(products: list[Product], **terms: Any) -> Any:
        answer = staff.patch(GOODS, {"products": [one.pk for one in products], **terms}, format="json")
        assert answer.status_code == 204
        return staff.get(GOODS).json()["results"]

    assert [{name: row[name] for name in PLAIN} for row in staff.get(GOODS).json()["results"]] == [PLAIN, PLAIN]
    changed = change([cup, bread], template=heavy.pk, weight=800, not_returned="perishable")
    assert [(row["id"], row["visible"]) for row in changed] == [(bread.pk, False), (cup.pk, True)]
    sent = {"id": heavy.pk, "name": "Heavy", "basis": "weight"}
    assert [(row["template"], row["weight"], row["not_returned"]) for row in changed] == [(sent, 800, "perishable")] * 2
    change([cup], not_returned=None)
    change([bread], not_returned="newspaper")
    assert kept() == ([(cup.pk, heavy.pk, 800), (bread.pk, heavy.pk, 800)], [(bread.pk, "newspaper")])
    light = FreightTemplate.objects.create(name="Light")
    change([cup, bread], template=light.pk)
    assert kept()[0] == [(cup.pk, light.pk, 800), (bread.pk, light.pk, 800)]
    change([bread], template=None)
    assert kept() == ([(cup.pk, light.pk, 800)], [(bread.pk, "newspaper")])
    assert LogEntry.objects.filter(object_id=str(cup.pk)).count() == 3
    assert "not_returned: perishable" in LogEntry.objects.earliest("pk").change_message


def test_what_is_listed(staff: APIClient, cup: Product, bread: Product, heavy: FreightTemplate) -> None:
    make_product(title_en="Without a SKU")
    change_terms(product_ids=[cup.pk], template=heavy.pk)
    change_terms(product_ids=[bread.pk], not_returned="perishable")
    assert listed(staff) == [bread.pk, cup.pk]
    assert listed(staff, "filter=flat") == [bread.pk]
    assert listed(staff, "filter=not_returned") == [bread.pk]
    assert [listed(staff, f"q={text}") for text in ("celadon", "cup-1", "面包", "tray")] == [
        [cup.pk],
        [cup.pk],
        [bread.pk],
        [],
    ]
    answer = staff.get(f"{GOODS}?filter=best")
    assert (answer.status_code, answer.json()["error"]["fields"]) == (400, {"filter": ["invalid_choice"]})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "template"),
        ({"products": []}, "products"),
        ({"products": "1"}, "products"),
        ({"products": [0], "not_returned": None}, "products"),
        ({"products": [2**63], "not_returned": None}, "products"),
        ({"products": list(range(1, 502)), "not_returned": None}, "products"),
        ({"template": "x"}, "template"),
        ({"template": 0}, "template"),
        ({"template": 2**63 - 1}, "template"),
        ({"weight": 500}, "template"),
        ({"template": None, "weight": 500}, "template"),
        ({"template": 1, "weight": 0}, "weight"),
        ({"template": 1, "weight": 10**6 + 1}, "weight"),
        ({"template": 1, "weight": None}, "weight"),
        ({"not_returned": "ugly"}, "not_returned"),
        ({"not_returned": ""}, "not_returned"),
    ],
)
def test_a_bad_form_changes_nothing(
    staff: APIClient, cup: Product, heavy: FreightTemplate, wrong: dict[str, Any], field: str
) -> None:
    change_terms(product_ids=[cup.pk], template=heavy.pk, not_returned="newspaper")
    before = kept()
    answer = staff.patch(GOODS, {"products": [cup.pk], **wrong}, format="json")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])
    assert (kept(), LogEntry.objects.count()) == (before, 0)


def test_all_or_none(staff: APIClient, cup: Product, heavy: FreightTemplate) -> None:
    body = {"products": [cup.pk, cup.pk + 99], "template": heavy.pk, "not_returned": "newspaper"}
    answer = staff.patch(GOODS, body, format="json")
    assert (answer.status_code, answer.json()["error"]["detail"]) == (404, {"products": [cup.pk + 99]})
    with pytest.raises(Invalid):
        change_terms(product_ids=[cup.pk], not_returned="newspaper", template=heavy.pk + 99)
    with pytest.raises(NotFound):
        change_terms(product_ids=[cup.pk + 99], not_returned="newspaper")
    assert kept() == ([], [])


def test_only_staff_decides(cup: Product) -> None:
    for client, status in ((APIClient(), 401), (api(make_user(roles=["host"])), 403)):
        assert client.get(GOODS).status_code == status
        assert client.patch(GOODS, {"products": [cup.pk], "not_returned": "newspaper"}).status_code == status
    assert kept() == ([], [])


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_what_one_of_them_said(cup: Product, bread: Product) -> None:
    def change(code: str) -> None:
        change_terms(product_ids=[bread.pk, cup.pk], not_returned=code)

    answers = at_once([lambda code=code: change(code) for code in ("newspaper", "perishable") * 3])  # type: ignore[misc]
    assert answers == {None: 6}
    excluded = kept()[1]
    assert [pk for pk, _ in excluded] == [cup.pk, bread.pk]
    assert len({code for _, code in excluded}) == 1
