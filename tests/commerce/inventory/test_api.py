from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from commerce.inventory import services
from commerce.inventory.models import Stock, StockAlert, StockMovement
from commerce.inventory.selectors import discrepancies
from community.accounts.models import User
from tests.support.buying import api
from tests.support.factories import make_host, make_product, make_sku, make_user

pytestmark = pytest.mark.django_db
LIST = "/api/studio/stock/"


@pytest.fixture
def seller() -> User:
    return make_user(is_staff=True, display_name="Staff")


def body(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def send(client: APIClient, path: str, data: object, key: str = "k") -> Any:
    return client.post(LIST + path, data, format="json", headers={"Idempotency-Key": key})


def skus_of(answer: Any) -> list[int]:
    return [row["sku"] for row in body(answer)["results"]]


def test_a_row_of_the_list(seller: User) -> None:
    product = make_product(title_zh="杯", title_en="Mug")
    sku = make_sku(product=product, code="MUG-1", stock=10)
    services.reserve(sku_id=sku.pk, quantity=4, reference="a")
    row = {
        "sku": sku.pk,
        "product": product.pk,
        "code": "MUG-1",
        "title": {"zh": "杯", "en": "Mug"},
        "picture": None,
        "options": [],
        "sellable": True,
        "on_hand": 10,
        "reserved": 4,
        "available": 6,
        "alert_at": None,
        "alert": None,
    }
    client = api(seller)
    assert body(client.get(LIST)) == {"next": None, "previous": None, "results": [row]}
    assert body(client.get(f"{LIST}{sku.pk}/")) == row
    watched = body(client.patch(f"{LIST}{sku.pk}/", {"alert_at": 6}, format="json"))
    assert watched["alert"].pop("opened_at").startswith("20")
    assert watched == {**row, "alert_at": 6, "alert": {"available": 6}}
    assert body(client.patch(f"{LIST}{sku.pk}/", {"alert_at": None}, format="json")) == row


def test_the_list_is_searched_filtered_and_paged(seller: User) -> None:
    mug = make_sku(product=make_product(title_zh="马克杯", title_en="Mug"), code="A-1", stock=1)
    tea, cup = (
        make_sku(product=make_product(title_zh="茶", title_en="Tea"), code="B-2", stock=0),
        make_sku(code="mUG-9"),
    )
    services.set_alert(sku_id=mug.pk, alert_at=1)
    client = api(seller)
    assert skus_of(client.get(LIST)) == [cup.pk, tea.pk, mug.pk]
    assert skus_of(client.get(LIST, {"q": "mug"})) == [cup.pk, mug.pk]
    assert skus_of(client.get(LIST, {"q": "茶"})) == [tea.pk]
    assert skus_of(client.get(LIST, {"filter": "low"})) == [mug.pk]
    assert skus_of(client.get(LIST, {"filter": "low", "q": "tea"})) == []
    first = body(client.get(LIST, {"page_size": 2}))
    assert [row["sku"] for row in first["results"]] == [cup.pk, tea.pk]
    assert skus_of(client.get(first["next"])) == [mug.pk]
    error = {"error": {"code": "invalid", "fields": {"filter": ["invalid_choice"]}}}
    assert body(client.get(LIST, {"filter": "none"}), 400) == error


def test_a_longer_list_costs_no_more_queries(seller: User) -> None:
    client, counts = api(seller), []
    for _ in range(2):
        for _ in range(3):
            services.set_alert(sku_id=make_sku(stock=1).pk, alert_at=1)
        with CaptureQueriesContext(connection) as seen:
            body(client.get(LIST))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_units_arrive_and_are_written_off_once_a_key(seller: User) -> None:
    sku = make_sku(stock=0)
    client = api(seller)
    assert body(send(client, f"{sku.pk}/receive/", {"quantity": 9, "reason": "delivery 7"}))["on_hand"] == 9
    assert body(send(client, f"{sku.pk}/write-off/", {"quantity": 2, "reason": "broken"}))["on_hand"] == 7
    assert body(send(client, f"{sku.pk}/receive/", {"quantity": 9, "reason": "delivery 7"}))["on_hand"] == 9
    assert body(send(client, f"{sku.pk}/write-off/", {"quantity": 2, "reason": "broken"}))["on_hand"] == 7
    assert Stock.objects.get().on_hand == 7
    rows = body(client.get(f"{LIST}{sku.pk}/movements/"))["results"]
    assert [(row["kind"], row["quantity"], row["reason"], row["by"]) for row in rows] == [
        ("write_off", 2, "broken", "Staff"),
        ("receive", 9, "delivery 7", "Staff"),
    ]
    assert set(rows[0]) == {"id", "kind", "quantity", "reference", "reason", "by", "at"}
    assert discrepancies() == []


def test_a_key_is_its_senders_own(seller: User) -> None:
    sku, other = make_sku(stock=0), make_user(is_staff=True)
    for person in (seller, other):
        send(api(person), f"{sku.pk}/receive/", {"quantity": 1, "reason": "found"})
    assert Stock.objects.get().on_hand == 2


def test_movements_of_the_house_have_no_name(seller: User) -> None:
    sku = make_sku(stock=3)
    (row,) = body(api(seller).get(f"{LIST}{sku.pk}/movements/"))["results"]
    assert (row["kind"], row["reference"], row["reason"], row["by"]) == ("receive", f"factory:{sku.pk}", "", None)


def test_refusals_change_nothing(seller: User) -> None:
    sku = make_sku(stock=3)
    client = api(seller)
    fine = {"quantity": 1, "reason": "found"}
    before = list(StockMovement.objects.values())
    out = body(send(client, f"{sku.pk}/write-off/", {"quantity": 4, "reason": "lost"}), 409)
    assert out == {"error": {"code": "out_of_stock", "detail": {"sku": sku.pk, "available": 3}}}
    bad = body(send(client, f"{sku.pk}/receive/", {"quantity": 0}), 400)
    assert bad == {"error": {"code": "invalid", "fields": {"quantity": ["min_value"], "reason": ["required"]}}}
    for key, word in (("", "required"), ("é", "invalid"), ("k" * 65, "invalid")):
        error = body(send(client, f"{sku.pk}/receive/", fine, key=key), 400)
        assert error == {"error": {"code": "invalid", "fields": {"Idempotency-Key": [word]}}}
    for unknown in (sku.pk + 1, 2**63):
        body(send(client, f"{unknown}/receive/", fine), 404)
        body(client.get(f"{LIST}{unknown}/"), 404)
        body(client.get(f"{LIST}{unknown}/movements/"), 404)
        body(client.patch(f"{LIST}{unknown}/", {"alert_at": 1}, format="json"), 404)
    body(client.patch(f"{LIST}{sku.pk}/", {"alert_at": -1}, format="json"), 400)
    assert list(StockMovement.objects.values()) == before
    assert Stock.objects.values_list("on_hand", "reserved", "alert_at").get() == (3, 0, None)
    send(client, f"{sku.pk}/receive/", fine)
    assert body(send(client, f"{sku.pk}/receive/", {**fine, "quantity": 2}), 422) == {"error": {"code": "key_reused"}}
    assert Stock.objects.get().on_hand == 4


def test_only_staff_sees_or_changes_the_stock() -> None:
    sku = make_sku(stock=3)
    for client, status, code in (
        (APIClient(), 401, "login_required"),
        (api(make_user()), 403, "forbidden"),
        (api(make_host()), 403, "forbidden"),
    ):
        for answer in (
            client.get(LIST),
            client.get(f"{LIST}{sku.pk}/"),
            client.get(f"{LIST}{sku.pk}/movements/"),
            client.patch(f"{LIST}{sku.pk}/", {"alert_at": 9}, format="json"),
            send(client, f"{sku.pk}/receive/", {"quantity": 1, "reason": "x"}),
            send(client, f"{sku.pk}/write-off/", {"quantity": 1, "reason": "x"}),
        ):
            assert body(answer, status) == {"error": {"code": code}}
    assert Stock.objects.values_list("on_hand", "alert_at").get() == (3, None)
    assert not StockAlert.objects.exists()
