from __future__ import annotations

from django.db import transaction

from commerce.flash_sales import services as flash_sales
from commerce.flash_sales.cards import SaleState
from commerce.flash_sales.selectors import sale_of, was_launched
from commerce.flash_sales.services import Offer
from live.activities.flash_sale.groups import stop_offered
from live.shelf.selectors import has_sku
from live.shows.errors import NotLive
from live.shows.models import Show
from live.shows.selectors import channel_of, show_run_by_id
from live.shows.services import lock_show
from project.kernel.errors import Invalid, NotFound


def launch_sale(
    *,
    launched_by: int,
    show_id: int,
    sku_id: int,
    price: int,
    total: int,
    limit: int,
    countdown_secs: int,
    duration_secs: int,
    key: str,
) -> SaleState:
    """Launch a flash sale of a SKU on the show's shelf; `price` in minor units. For the host and the staff.

    The same key again answers the same sale. Raises NotFound, Forbidden, NotLive, Invalid (with the field `sku` for one
    that is not on the shelf), KeyReused, OutOfStock, AlreadyRunning.
    """
    show_run_by_id(launched_by, show_id)
    with transaction.atomic():
        # Locked: a show that ends meanwhile ends before this sale, which is then refused, or after it, and stops it.
        show = lock_show(show_id=show_id)
        # Asked again, it is answered whatever has become of the show and its shelf.
        if not was_launched(by=launched_by, key=key):
            if show.state != Show.State.LIVE:
                raise NotLive
            if not has_sku(show_id, sku_id):
                raise Invalid(fields={"sku": ["not_on_the_shelf"]})
        sale = flash_sales.schedule_sale(
            channel=channel_of(show_id),
            launched_by=launched_by,
            offers=[Offer(sku_id=sku_id, price=price, total=total, limit=limit)],
            countdown_secs=countdown_secs,
            duration_secs=duration_secs,
            key=key,
        )
        return sale_of(sale.pk)


def stop_sale(*, stopped_by: int, sale_id: int) -> SaleState:
    """Stop a sale: of a show, for its host and the staff; of a group, for its owner and managers.

    Raises NotFound, Forbidden, NotOpen.
    """
    kind, _, id = sale_of(sale_id)["channel"].partition(":")
    if kind == "group":
        return stop_offered(stopped_by=stopped_by, group_id=int(id), sale_id=sale_id)
    if kind != "show":
        raise NotFound
    show_run_by_id(stopped_by, int(id))
    return sale_of(flash_sales.stop_sale(sale_id=sale_id).pk)
