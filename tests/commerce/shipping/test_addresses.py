from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from commerce.orders.serializers import AddressSerializer
from commerce.shipping import regions
from commerce.shipping.models import Address
from commerce.shipping.selectors import as_order_address
from commerce.shipping.services import addresses
from community.accounts.models import User
from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

HOME: dict[str, Any] = {
    "name": "李雷",
    "phone": "13800138000",
    "country": "CN",
    "region": ["上海市", "市辖区", "徐汇区"],
    "line": "漕溪北路 1 号",
    "postcode": "200030",
}
ABROAD: dict[str, Any] = {
    "name": "Jim Green",
    "phone": "+1 415-555-0100",
    "country": "US",
    "region": ["California", "San Francisco"],
    "line": "1 Market St",
    "postcode": "94105",
}


@pytest.fixture
def owner() -> User:
    return make_user()


def add(owner: User, **fields: Any) -> Address:
    return addresses.add_address(owner_id=owner.pk, details=HOME, **fields)


def defaults(owner: User) -> list[int]:
    return list(Address.objects.filter(owner=owner, is_default=True).values_list("pk", flat=True))


def test_an_entry_and_what_an_order_makes_of_it(owner: User) -> None:
    answer = api(owner).post("/api/addresses/", {**HOME, "label": "家"}, format="json")
    assert answer.status_code == 201
    address = Address.objects.get()
    text = {"name": "李雷", "phone": "13800138000", "region": "上海市 徐汇区", "line": "漕溪北路 1 号"}
    entry = {**HOME, "id": address.pk, "label": "家", "is_default": True, "as_text": text}
    assert answer.json() == entry
    assert api(owner).get("/api/addresses/").json() == [entry]
    assert api(owner).get(f"/api/addresses/{address.pk}/").json() == entry
    assert as_order_address(address) == text
    assert AddressSerializer(data=text).is_valid()


def test_the_database_does_not_see_an_address(owner: User) -> None:
    add(owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT details FROM commerce_shipping_address")
        (sealed,) = cursor.fetchone()
    assert "李雷" not in sealed
    assert "13800138000" not in sealed


def test_codes_stand_for_names(owner: User) -> None:
    answer = api(owner).post("/api/addresses/", {**HOME, "region": ["31", "3101", "310104"]}, format="json")
    assert answer.json()["region"] == HOME["region"]


def test_an_address_abroad_is_written_freely(owner: User) -> None:
    answer = api(owner).post("/api/addresses/", ABROAD, format="json").json()
    assert answer["as_text"] == {
        "name": "Jim Green",
        "phone": "+1 415-555-0100",
        "region": "California San Francisco, US",
        "line": "1 Market St, 94105",
    }


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"region": ["上海市", "市辖区", "西湖区"]}, {"region": ["unknown"]}),
        ({"region": ["上海市", "徐汇区"]}, {"region": ["unknown"]}),
        ({"region": []}, {"region": ["min_length"]}),
        ({"phone": "12345678901"}, {"phone": ["invalid"]}),
        ({"phone": "+1 415-555-0100"}, {"phone": ["invalid"]}),
        ({"postcode": "20003"}, {"postcode": ["invalid"]}),
        ({"country": "china"}, {"country": ["invalid"]}),
        ({"name": ""}, {"name": ["blank"]}),
        ({"line": "x" * 181}, {"line": ["max_length"]}),
    ],
)
def test_what_no_address_is(owner: User, change: dict[str, Any], fields: dict[str, list[str]]) -> None:
    answer = api(owner).post("/api/addresses/", {**HOME, **change}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")
    assert answer.json()["error"]["fields"] == fields
    assert not Address.objects.exists()


@pytest.mark.parametrize("phone", ["13800138000", "+86 138-0013-8000", "0571-88888888", "010-12345678-123"])
def test_phones_of_the_mainland(owner: User, phone: str) -> None:
    assert api(owner).post("/api/addresses/", {**HOME, "phone": phone}, format="json").status_code == 201


def test_a_change_keeps_what_it_does_not_name(owner: User) -> None:
    address = add(owner, label="家")
    answer = api(owner).patch(f"/api/addresses/{address.pk}/", {"line": "2 号"}, format="json")
    assert (answer.status_code, answer.json()["line"], answer.json()["label"]) == (200, "2 号", "家")
    refused = api(owner).patch(f"/api/addresses/{address.pk}/", {"country": "CN", "phone": "1"}, format="json")
    assert refused.status_code == 400
    address.refresh_from_db()
    assert address.details == {**HOME, "line": "2 号"}


def test_there_is_one_default(owner: User) -> None:
    first, second, third = add(owner), add(owner), add(owner, is_default=True)
    assert defaults(owner) == [third.pk]
    assert api(owner).post(f"/api/addresses/{first.pk}/default/").json()["is_default"] is True
    assert defaults(owner) == [first.pk]
    assert [row["id"] for row in api(owner).get("/api/addresses/").json()] == [first.pk, third.pk, second.pk]
    assert api(owner).delete(f"/api/addresses/{first.pk}/").status_code == 204
    assert defaults(owner) == [third.pk]
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.filter(pk=second.pk).update(is_default=True)


def test_a_book_has_twenty_pages(owner: User) -> None:
    for _ in range(addresses.MOST_ADDRESSES):
        add(owner)
    answer = api(owner).post("/api/addresses/", HOME, format="json")
    assert (answer.status_code, answer.json()["error"]) == (409, {"code": "address_book_full", "detail": {"most": 20}})
    assert Address.objects.count() == 20


@pytest.mark.parametrize("beyond", [False, True])
def test_somebody_elses_book_is_not_there(owner: User, beyond: bool) -> None:
    address = add(owner)
    other = api(make_user())
    path = f"/api/addresses/{10**19 if beyond else address.pk}/"
    answers = [
        other.get(path),
        other.patch(path, {"line": "mine"}, format="json"),
        other.delete(path),
        other.post(f"{path}default/"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert other.get("/api/addresses/").json() == []
    address.refresh_from_db()
    assert address.details == HOME


def test_regions_level_by_level(owner: User) -> None:
    client = api(owner)
    provinces = client.get("/api/regions/").json()
    assert (len(provinces), provinces[0]) == (31, {"code": "11", "name": "北京市", "has_children": True})
    assert client.get("/api/regions/?parent=31").json() == [{"code": "3101", "name": "市辖区", "has_children": True}]
    assert {"code": "310104", "name": "徐汇区", "has_children": False} in client.get("/api/regions/?parent=3101").json()
    assert client.get("/api/regions/?parent=99").status_code == 404


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (HOME, "310104"),
        ({"region": "上海市 徐汇区"}, "310104"),
        ({"region": "上海徐汇区"}, "310104"),
        ({"region": "浙江省 杭州市 西湖区"}, "330106"),
        ({"region": "浙江省 杭州市"}, "3301"),
        ({"region": "广西"}, "45"),
        ({"region": "Atlantis"}, ""),
        (ABROAD, "US"),
        (None, ""),
    ],
)
def test_the_place_of_an_address(address: dict[str, Any] | None, place: str) -> None:
    assert regions.place_of(address) == place
