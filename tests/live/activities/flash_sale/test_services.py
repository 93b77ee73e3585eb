from __future__ import annotations

from typing import Any

import pytest

from commerce.catalog.models import Sku
from commerce.flash_sales.errors import AlreadyRunning
from commerce.flash_sales.models import FlashSale
from commerce.inventory.errors import OutOfStock
from commerce.inventory.models import Stock
from live.activities.flash_sale.services import launch_sale, stop_sale
from live.shelf.models import ShelfItem
from live.shelf.services import remove_item
from live.shows.errors import NotLive
from live.shows.models import Show
from live.shows.services import end_show
from project.kernel.errors import Forbidden, Invalid, NotFound, NotOpen
from tests.support.factories import make_host, make_sale, make_shelf_item, make_show, make_sku, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def show() -> Show:
    return make_show()


@pytest.fixture
def sku(show: Show) -> Sku:
    return make_shelf_item(show=show).product.skus.get()


def launch(show: Show, sku: Sku, **changes: Any) -> Any:
    asked = {
        "launched_by": show.host_id,
        "show_id": show.pk,
        "sku_id": sku.pk,
        "price": 1900,
        "total": 10,
        "limit": 2,
        "countdown_secs": 10,
        "duration_secs": 60,
        "key": "k",
    }
    return launch_sale(**(asked | changes))


def test_the_host_launches_and_stops_a_sale(show, sku, published) -> None:
    sale = launch(show, sku)
    assert (sale["channel"], sale["state"], sale["version"]) == (f"show:{show.pk}", "scheduled", 1)
    assert (sale["items"][0]["price"]["amount"], sale["items"][0]["total"], sale["items"][0]["limit"]) == (1900, 10, 2)
    assert launch(show, sku) == sale
    stopped = stop_sale(stopped_by=show.host_id, sale_id=sale["id"])
    assert (stopped["state"], stopped["close_reason"]) == ("closed", "stopped")
    assert published.types == ["sale.scheduled", "sale.closed"]
    with pytest.raises(NotOpen):
        stop_sale(stopped_by=show.host_id, sale_id=sale["id"])


def test_the_same_again_is_answered_whatever_has_become_of_the_shelf(show, sku, published) -> None:
    sale = launch(show, sku, countdown_secs=0)
    remove_item(show_id=show.pk, item_id=ShelfItem.objects.get(product=sku.product_id).pk)
    assert launch(show, sku, countdown_secs=0) == sale
    with pytest.raises(Invalid):
        launch(show, sku, key="another")
    end_show(show_id=show.pk)
    assert launch(show, sku, countdown_secs=0)["id"] == sale["id"]
    with pytest.raises(NotLive):
        launch(show, sku, key="another")
    assert FlashSale.objects.count() == 1


def test_the_staff_may_too(show, sku) -> None:
    staff = make_user(is_staff=True).pk
    sale = launch(show, sku, launched_by=staff, countdown_secs=0)
    assert sale["state"] == "open"
    assert stop_sale(stopped_by=staff, sale_id=sale["id"])["state"] == "closed"


def refused(error: type[Exception], call: Any, published: Any) -> Exception:
    before = list(FlashSale.objects.values()), list(Stock.objects.values()), list(published)
    with pytest.raises(error) as caught:
        call()
    assert (list(FlashSale.objects.values()), list(Stock.objects.values()), list(published)) == before
    return caught.value


def test_nobody_else_may(show, sku, published) -> None:
    sale = launch(show, sku)
    for user in (make_user(), make_host(), make_user(roles=["moderator"])):
        refused(Forbidden, lambda user=user: launch(show, sku, launched_by=user.pk, key="l"), published)
        refused(Forbidden, lambda user=user: stop_sale(stopped_by=user.pk, sale_id=sale["id"]), published)


def test_only_what_is_on_the_shelf(show, sku, published) -> None:
    elsewhere = make_sku()
    error = refused(Invalid, lambda: launch(show, elsewhere), published)
    assert error.fields == {"sku": ["not_on_the_shelf"]}


@pytest.mark.parametrize("state", ["scheduled", "ended"])
def test_only_on_air(show, sku, state, published) -> None:
    Show.objects.filter(pk=show.pk).update(state=state)
    refused(NotLive, lambda: launch(show, sku), published)


def test_what_the_sale_itself_refuses(show, sku, published) -> None:
    refused(OutOfStock, lambda: launch(show, sku, total=101), published)
    refused(Invalid, lambda: launch(show, sku, price=sku.price + 1), published)
    launch(show, sku)
    refused(AlreadyRunning, lambda: launch(show, sku, key="another"), published)


def test_a_sale_of_elsewhere_is_not_found(show, published) -> None:
    elsewhere = make_sale(channel="group:1")
    refused(NotFound, lambda: stop_sale(stopped_by=show.host_id, sale_id=elsewhere.pk), published)
    refused(NotFound, lambda: stop_sale(stopped_by=show.host_id, sale_id=10**9), published)


def test_the_end_of_a_show_is_the_end_of_its_sales(show, sku, published) -> None:
    sale, other = launch(show, sku), make_sale(channel=f"show:{show.pk}0")
    published.clear()
    end_show(show_id=show.pk)
    assert published.types == ["show.ended", "sale.closed"]
    assert FlashSale.objects.get(pk=sale["id"]).state == "closed"
    assert FlashSale.objects.get(pk=other.pk).state == "open"
    assert Stock.objects.get(sku=sku).reserved == 0
