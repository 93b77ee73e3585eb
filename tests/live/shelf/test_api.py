from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from live.shelf.selectors import item_card, shelf_of
from live.shelf.topic import PinParams, ShelfMethods
from project.kernel.database import database
from project.kernel.errors import Forbidden, LoginRequired, NotFound
from project.realtime.topics import Caller
from tests.support.factories import make_host, make_sku, make_user

pytestmark = pytest.mark.django_db


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


def test_everyone_sees_the_shelf(show, items) -> None:
    answer = client_of().get(f"/api/shows/{show.pk}/shelf/")
    assert answer.json() == shelf_of(show.pk)
    assert [item["number"] for item in answer.json()] == [1, 2, 3, 4]
    assert set(answer.json()[0]) == {"id", "number", "sold_out", "pinned", "product"}
    assert client_of().get("/api/shows/999999/shelf/").status_code == 404


def test_the_host_fills_and_orders_the_shelf(show) -> None:
    client = client_of(show.host)
    path = f"/api/shows/{show.pk}/shelf/"
    first, second = (client.post(path, {"product": make_sku().product_id}) for _ in range(2))
    assert (first.status_code, first.json()["number"], second.json()["number"]) == (201, 1, 2)
    ids = [second.json()["id"], first.json()["id"]]
    assert [item["id"] for item in client.put(f"{path}order/", {"items": ids}).json()] == ids
    assert client.patch(f"{path}{ids[0]}/", {"sold_out": True}).json()["sold_out"] is True
    assert client.delete(f"{path}{ids[0]}/").status_code == 204
    assert [item["id"] for item in client.get(path).json()] == ids[1:]


def test_bad_input_is_refused(show, items) -> None:
    client = client_of(show.host)
    path = f"/api/shows/{show.pk}/shelf/"
    before = shelf_of(show.pk)
    assert client.post(path, {"product": 999999}).json()["error"]["fields"] == {"product": ["does_not_exist"]}
    assert client.post(path, {}).status_code == 400
    assert client.patch(f"{path}{items[0].pk}/", {}).status_code == 400
    assert client.put(f"{path}order/", {"items": ["x"]}).status_code == 400
    answer = client.put(f"{path}order/", {"items": [items[0].pk]})
    assert (answer.status_code, answer.json()) == (409, {"error": {"code": "shelf_has_changed"}})
    assert shelf_of(show.pk) == before


@pytest.mark.parametrize(("who", "status"), [("guest", 401), ("viewer", 403), ("other host", 403)])
def test_nobody_else_changes_it(show, items, who, status) -> None:
    client = client_of({"guest": None, "viewer": make_user(), "other host": make_host()}[who])
    path = f"/api/shows/{show.pk}/shelf/"
    before = shelf_of(show.pk)
    answers = [
        client.post(path, {"product": make_sku().product_id}),
        client.delete(f"{path}{items[0].pk}/"),
        client.patch(f"{path}{items[0].pk}/", {"sold_out": True}),
        client.put(f"{path}order/", {"items": [item.pk for item in reversed(items)]}),
    ]
    assert [answer.status_code for answer in answers] == [status] * 4
    assert shelf_of(show.pk) == before


class TestMethods:
    pytestmark = pytest.mark.django_db(transaction=True)

    async def test_the_host_pins_and_unpins(self, show, items) -> None:
        host, methods = Caller(user_id=show.host_id), ShelfMethods()
        params = PinParams(show=show.pk, item=items[2].pk)
        assert await methods.pin(caller=host, params=params) == {"pinned": [items[2].pk]}
        assert await methods.unpin(caller=host, params=params) == {"pinned": []}

    async def test_the_staff_may_too(self, show, items) -> None:
        staff = await database(make_user, is_staff=True)
        params = PinParams(show=show.pk, item=items[0].pk)
        assert await ShelfMethods().pin(caller=Caller(user_id=staff.pk), params=params) == {"pinned": [items[0].pk]}

    async def test_nobody_else_may(self, show, items, published) -> None:
        stranger = Caller(user_id=(await database(make_host)).pk)
        params = PinParams(show=show.pk, item=items[0].pk)
        for handler in (ShelfMethods().pin, ShelfMethods().unpin):
            with pytest.raises(Forbidden):
                await handler(caller=stranger, params=params)
            with pytest.raises(LoginRequired):
                await handler(caller=Caller(user_id=10**9), params=params)
            with pytest.raises(NotFound):
                await handler(caller=stranger, params=PinParams(show=10**9, item=1))
        assert (await database(item_card, items[0].pk))["pinned"] is False
        assert published == []
