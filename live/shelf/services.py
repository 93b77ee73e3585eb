"""Changing a shelf. Whoever may: see `live.shows.selectors.show_run_by`. Each change locks the show first."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Max

from commerce.catalog.selectors import products_on_sale
from live.shelf import selectors
from live.shelf.errors import ShelfFull, ShelfHasChanged, TooManyPins
from live.shelf.events import ItemChanged, ItemPinned, ItemUnpinned, ShelfChanged
from live.shelf.models import Pin, ShelfItem
from live.shows.errors import ShowIsOver
from live.shows.models import Show
from live.shows.services import lock_show, next_version
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, NotFound
from project.realtime.outbox import publish_on_commit

MOST_ITEMS = 200
MOST_PINS = 3
# While a shelf is put in another order, its items wait above every number in use.
_ASIDE = 1_000_000


def add_item(*, show_id: int, product_id: int) -> ShelfItem:
    """Put a product at the end of the shelf; one that stands there already stays where it is.

    Raises NotFound, ShowIsOver, ShelfFull, and Invalid for a product that is not on sale.
    """
    with transaction.atomic():
        show = _lock(show_id)
        if known := show.items.filter(product_id=product_id).first():
            return known
        if not products_on_sale().filter(pk=product_id).exists():
            raise Invalid(fields={"product": ["does_not_exist"]})
        count = show.items.count()
        if count >= MOST_ITEMS:
            raise ShelfFull(detail={"most_items": MOST_ITEMS})
        last: int = show.items.aggregate(last=Max("number"))["last"] or 0
        item = ShelfItem.objects.create(show=show, product_id=product_id, number=last + 1)
        publish_on_commit(ShelfChanged(count=count + 1, version=next_version(show=show), show_to=show_id))
    return item


def remove_item(*, show_id: int, item_id: int) -> None:
    """Take an item off. The others keep the numbers that the host said aloud. Raises NotFound, ShowIsOver."""
    with transaction.atomic():
        show = _lock(show_id)
        item = _item(show_id, item_id)
        was_pinned = hasattr(item, "pin")
        item.delete()
        version = next_version(show=show)
        if was_pinned:
            pinned = selectors.pinned_ids(show_id)
            publish_on_commit(ItemUnpinned(item=item_id, pinned=pinned, version=version, show_to=show_id))
        publish_on_commit(ShelfChanged(count=selectors.count_of(show_id), version=version, show_to=show_id))


def reorder(*, show_id: int, item_ids: Sequence[int]) -> None:
    """Number the items 1, 2, 3 … in this order. Raises NotFound, ShowIsOver, ShelfHasChanged."""
    with transaction.atomic():
        show = _lock(show_id)
        items = {item.pk: item for item in selectors.items_of(show_id)}
        if len(item_ids) != len(items) or set(item_ids) != items.keys():
            raise ShelfHasChanged
        moved = [items[item_id] for number, item_id in enumerate(item_ids, 1) if items[item_id].number != number]
        if not moved:
            return
        # One number is one item's at any moment, so those that move step aside first.
        ShelfItem.objects.filter(pk__in=[item.pk for item in moved]).update(number=F("number") + _ASIDE)
        for number, item_id in enumerate(item_ids, 1):
            items[item_id].number = number
        ShelfItem.objects.bulk_update(moved, ["number"])
        version = next_version(show=show)
        shown = selectors.cards_of([item for item in moved if hasattr(item, "pin")])
        publish_on_commit(
            *(ItemChanged(item=card, version=version, show_to=show_id) for card in shown),
            ShelfChanged(count=len(items), version=version, show_to=show_id),
        )


def set_sold_out(*, show_id: int, item_id: int, sold_out: bool) -> None:
    """Set or take away the host's own mark. Raises NotFound, ShowIsOver."""
    with transaction.atomic():
        show = _lock(show_id)
        item = _item(show_id, item_id)
        if item.sold_out == sold_out:
            return
        item.sold_out = sold_out
        item.save(update_fields=["sold_out"])
        publish_on_commit(
            *(
                ItemChanged(item=card, version=next_version(show=show), show_to=show_id)
                for card in selectors.cards_of([item])
            )
        )


def pin(*, show_id: int, item_id: int) -> list[int]:
    """Explain an item now; answers all that are pinned, the earliest first. A pinned item stays where it is.

    Raises NotFound, ShowIsOver, TooManyPins.
    """
    with transaction.atomic():
        show = _lock(show_id)
        item = _item(show_id, item_id)
        pinned = selectors.pinned_ids(show_id)
        if item_id in pinned:
            return pinned
        if len(pinned) >= MOST_PINS:
            raise TooManyPins(detail={"most_pins": MOST_PINS})
        Pin.objects.create(item=item, pinned_at=database_now())
        pinned = [*pinned, item_id]
        card = selectors.item_card(item_id)
        publish_on_commit(ItemPinned(item=card, pinned=pinned, version=next_version(show=show), show_to=show_id))
    return pinned


def unpin(*, show_id: int, item_id: int) -> list[int]:
    """Answers what is still pinned; an item that is not pinned stays so. Raises NotFound."""
    with transaction.atomic():
        show = lock_show(show_id=show_id)
        _item(show_id, item_id)
        unpinned, _ = Pin.objects.filter(item_id=item_id).delete()
        pinned = selectors.pinned_ids(show_id)
        if unpinned:
            version = next_version(show=show)
            publish_on_commit(ItemUnpinned(item=item_id, pinned=pinned, version=version, show_to=show_id))
    return pinned


def unpin_all(*, show_id: int) -> None:
    """Nothing is explained any more. Raises NotFound."""
    with transaction.atomic():
        show = lock_show(show_id=show_id)
        gone = selectors.pinned_ids(show_id)
        if not gone:
            return
        Pin.objects.filter(item__show_id=show_id).delete()
        version = next_version(show=show)
        publish_on_commit(
            *(ItemUnpinned(item=item_id, pinned=[], version=version, show_to=show_id) for item_id in gone)
        )


def _lock(show_id: int) -> Show:
    show = lock_show(show_id=show_id)
    if show.state == Show.State.ENDED:
        raise ShowIsOver
    return show


def _item(show_id: int, item_id: int) -> ShelfItem:
    item = selectors.items_of(show_id).filter(pk=item_id).first()
    if item is None:
        raise NotFound
    return item
