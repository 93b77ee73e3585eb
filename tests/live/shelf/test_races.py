from __future__ import annotations

import asyncio

import pytest

from live.shelf.errors import TooManyPins
from live.shelf.models import ShelfItem
from live.shelf.selectors import pinned_ids
from live.shelf.services import add_item, pin
from live.shows.services import go_live
from project.kernel.database import database
from tests.support.factories import make_shelf_item, make_show, make_sku

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def show():
    return make_show(state="scheduled")


@pytest.fixture
def items(show):
    return [make_shelf_item(show=show) for _ in range(6)]


@pytest.fixture
def products():
    return [make_sku().product_id for _ in range(5)]


async def test_hosts_at_two_desks_pin_no_more_than_three(show, items, published) -> None:
    answers = await asyncio.gather(
        *(database(pin, show_id=show.pk, item_id=item.pk) for item in items), return_exceptions=True
    )
    assert [type(answer) for answer in answers].count(TooManyPins) == 3
    assert len(await database(pinned_ids, show.pk)) == 3
    assert sorted(event.version for event in published) == [1, 2, 3]
    assert sorted(len(event.pinned) for event in published) == [1, 2, 3]


async def test_an_item_pinned_twice_at_once_is_pinned_once(show, items, published) -> None:
    answers = await asyncio.gather(*(database(pin, show_id=show.pk, item_id=items[0].pk) for _ in range(5)))
    assert answers == [[items[0].pk]] * 5
    assert len(published) == 1


async def test_items_that_come_at_once_get_numbers_of_their_own(show, products) -> None:
    await asyncio.gather(*(database(add_item, show_id=show.pk, product_id=product) for product in products * 2))
    numbers = ShelfItem.objects.order_by("number").values_list("number", flat=True)
    assert await database(list, numbers) == [1, 2, 3, 4, 5]


async def test_a_show_begins_once(show, published) -> None:
    await asyncio.gather(*(database(go_live, show_id=show.pk) for _ in range(5)))
    assert published.types == ["show.started"]
