from __future__ import annotations

import pytest

from live.shelf import selectors, services
from live.shelf.errors import ShelfFull, ShelfHasChanged, TooManyPins
from live.shelf.models import Pin, ShelfItem
from live.shelf.selectors import item_card, pinned_ids, shelf_of
from live.shelf.services import add_item, pin, remove_item, reorder, set_sold_out, unpin, unpin_all
from live.shows.errors import ShowIsOver
from live.shows.models import Show
from live.shows.services import end_show
from project.kernel.errors import Invalid, NotFound
from tests.support.factories import make_product, make_shelf_item, make_show, make_sku

pytestmark = pytest.mark.django_db


def numbers(show: Show) -> list[tuple[int, int]]:
    return [(card["number"], card["id"]) for card in shelf_of(show.pk)]


def version_of(show: Show) -> int:
    return Show.objects.get(pk=show.pk).version


def test_items_are_numbered_in_the_order_they_come(show, published) -> None:
    items = [add_item(show_id=show.pk, product_id=make_sku().product_id) for _ in range(3)]
    assert numbers(show) == [(1, items[0].pk), (2, items[1].pk), (3, items[2].pk)]
    assert [event.wire() | {"at": 0} for event in published] == [
        {"type": "shelf.changed", "at": 0, "count": n, "version": n} for n in (1, 2, 3)
    ]
    assert {channel for event in published for channel in event.channels()} == {f"show:{show.pk}"}


def test_a_product_stands_once_on_a_shelf(show, published) -> None:
    product = make_sku().product
    first = add_item(show_id=show.pk, product_id=product.pk)
    assert add_item(show_id=show.pk, product_id=product.pk) == first
    assert len(published) == 1
    assert add_item(show_id=make_show().pk, product_id=product.pk) != first


def test_only_what_is_on_sale_comes_on_a_shelf(show, published) -> None:
    hidden = make_sku(product=make_product(visible=False)).product
    for product_id in (hidden.pk, make_product().pk, 10**9):
        with pytest.raises(Invalid) as refused:
            add_item(show_id=show.pk, product_id=product_id)
        assert refused.value.fields == {"product": ["does_not_exist"]}
    assert not ShelfItem.objects.exists()
    assert (version_of(show), published) == (0, [])


def test_a_shelf_has_an_end(show, items, monkeypatch, published) -> None:
    monkeypatch.setattr(services, "MOST_ITEMS", 4)
    with pytest.raises(ShelfFull):
        add_item(show_id=show.pk, product_id=make_sku().product_id)
    assert len(shelf_of(show.pk)) == 4
    assert published == []


def test_numbers_stay_what_the_host_said_aloud(show, items, published) -> None:
    remove_item(show_id=show.pk, item_id=items[1].pk)
    assert [number for number, _ in numbers(show)] == [1, 3, 4]
    assert published.types == ["shelf.changed"]
    assert published[0].wire()["count"] == 3
    added = add_item(show_id=show.pk, product_id=make_sku().product_id)
    assert added.number == 5


def test_a_removed_item_is_unpinned(show, items, published) -> None:
    for item in items[:2]:
        pin(show_id=show.pk, item_id=item.pk)
    published.clear()
    remove_item(show_id=show.pk, item_id=items[0].pk)
    assert published.types == ["item.unpinned", "shelf.changed"]
    assert published[0].wire() | {"at": 0} == {
        "type": "item.unpinned",
        "at": 0,
        "item": items[0].pk,
        "pinned": [items[1].pk],
        "version": 3,
    }


def test_another_order_gives_other_numbers(show, items, published) -> None:
    pin(show_id=show.pk, item_id=items[3].pk)
    pin(show_id=show.pk, item_id=items[1].pk)
    published.clear()
    order = [items[n].pk for n in (3, 1, 0, 2)]
    reorder(show_id=show.pk, item_ids=order)
    assert numbers(show) == list(enumerate(order, 1))
    # Of the pinned ones, the one that has another number is shown anew.
    assert [event.wire() | {"at": 0} for event in published] == [
        {"type": "item.changed", "at": 0, "item": item_card(items[3].pk), "version": 3},
        {"type": "shelf.changed", "at": 0, "count": 4, "version": 3},
    ]
    reorder(show_id=show.pk, item_ids=order)
    assert len(published) == 2


@pytest.mark.parametrize("made", ["short", "twice", "strange", "empty"])
def test_an_order_names_every_item_once(show, items, made, published) -> None:
    ids = [item.pk for item in items]
    wrong = {"short": ids[:3], "twice": [*ids[:3], ids[0]], "strange": [*ids[:3], 10**9], "empty": []}[made]
    with pytest.raises(ShelfHasChanged):
        reorder(show_id=show.pk, item_ids=wrong)
    assert [item_id for _, item_id in numbers(show)] == ids
    assert published == []


def test_a_mark_is_announced_when_it_changes(show, items, published) -> None:
    set_sold_out(show_id=show.pk, item_id=items[0].pk, sold_out=True)
    set_sold_out(show_id=show.pk, item_id=items[0].pk, sold_out=True)
    assert [event.wire() | {"at": 0} for event in published] == [
        {"type": "item.changed", "at": 0, "item": item_card(items[0].pk), "version": 1}
    ]
    assert item_card(items[0].pk)["sold_out"] is True


def test_three_items_are_explained_at_most(show, items, published) -> None:
    for count, item in enumerate(items[:3], 1):
        assert pin(show_id=show.pk, item_id=item.pk) == [item.pk for item in items[:count]]
    before = version_of(show), list(published)
    with pytest.raises(TooManyPins):
        pin(show_id=show.pk, item_id=items[3].pk)
    assert (version_of(show), list(published)) == before
    assert pinned_ids(show.pk) == [item.pk for item in items[:3]]
    assert unpin(show_id=show.pk, item_id=items[0].pk) == [items[1].pk, items[2].pk]
    assert pin(show_id=show.pk, item_id=items[3].pk) == [item.pk for item in items[1:]]


def test_a_second_pin_of_an_item_is_harmless(show, items, published) -> None:
    for item in items[:3]:
        pin(show_id=show.pk, item_id=item.pk)
    assert pin(show_id=show.pk, item_id=items[1].pk) == [item.pk for item in items[:3]]
    assert published.types == ["item.pinned"] * 3
    assert published[0].wire() | {"at": 0} == {
        "type": "item.pinned",
        "at": 0,
        "item": item_card(items[0].pk),
        "pinned": [items[0].pk],
        "version": 1,
    }


def test_what_is_not_pinned_stays_so(show, items, published) -> None:
    assert unpin(show_id=show.pk, item_id=items[0].pk) == []
    unpin_all(show_id=show.pk)
    assert (version_of(show), published) == (0, [])


def test_a_show_that_is_over_explains_nothing_and_keeps_its_shelf(show, items, published) -> None:
    for item in items[:2]:
        pin(show_id=show.pk, item_id=item.pk)
    published.clear()
    end_show(show_id=show.pk)
    assert published.types == ["show.ended", "item.unpinned", "item.unpinned"]
    assert [event.pinned for event in published[1:]] == [[], []]
    assert not Pin.objects.exists()
    published.clear()
    for change in (
        lambda: pin(show_id=show.pk, item_id=items[0].pk),
        lambda: add_item(show_id=show.pk, product_id=make_sku().product_id),
        lambda: remove_item(show_id=show.pk, item_id=items[0].pk),
        lambda: reorder(show_id=show.pk, item_ids=[item.pk for item in reversed(items)]),
        lambda: set_sold_out(show_id=show.pk, item_id=items[0].pk, sold_out=True),
    ):
        with pytest.raises(ShowIsOver):
            change()
    assert numbers(show) == [(n, item.pk) for n, item in enumerate(items, 1)]
    assert published == []


def test_an_item_of_another_shelf_is_not_found(show, items, published) -> None:
    other = make_shelf_item(show=make_show())
    for change in (pin, unpin, remove_item, lambda **which: set_sold_out(**which, sold_out=True)):
        with pytest.raises(NotFound):
            change(show_id=show.pk, item_id=other.pk)
    assert ShelfItem.objects.filter(pk=other.pk, sold_out=False).exists()
    assert published == []


def test_a_shelf_costs_the_same_however_long(show, items, django_assert_num_queries) -> None:
    # Items with their products, SKUs, pictures, stock, former prices.
    with django_assert_num_queries(5):
        assert len(shelf_of(show.pk)) == 4


def test_which_skus_stand_on_a_shelf(show, items) -> None:
    sku = items[0].product.skus.get()
    assert selectors.has_sku(show.pk, sku.pk)
    assert not selectors.has_sku(make_show().pk, sku.pk)
    assert not selectors.has_sku(show.pk, make_sku().pk)
