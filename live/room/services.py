from __future__ import annotations

from django.db import transaction

from commerce.flash_sales import services as flash_sales
from commerce.flash_sales.cards import SaleState
from commerce.flash_sales.selectors import sale_of
from commerce.flash_sales.services import Offer
from live.room.models import AudienceMinute
from live.shelf.selectors import has_sku
from live.shows.errors import NotLive
from live.shows.models import Show
from live.shows.selectors import channel_of, show_run_by_id
from live.shows.services import lock_show
from project.kernel.clock import from_ms
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
    """Stop a sale of a show, for its host and the staff. Raises NotFound, Forbidden, NotOpen."""
    show_run_by_id(stopped_by, _show_of(sale_of(sale_id)["channel"]))
    return sale_of(flash_sales.stop_sale(sale_id=sale_id).pk)


def stop_all_sales(*, show_id: int) -> None:
    flash_sales.stop_sales_in(channel=channel_of(show_id))


def note_audience(*, show_id: int, minute_ms: int, viewers: int) -> None:
    """Keep how many watched in a minute of a show on air; the first count of a minute is the one."""
    if Show.objects.filter(pk=show_id, state=Show.State.LIVE).exists():
        AudienceMinute.objects.get_or_create(show_id=show_id, minute=from_ms(minute_ms), defaults={"viewers": viewers})


def _show_of(channel: str) -> int:
    """Raises NotFound for a sale that was not launched in a show."""
    kind, _, show_id = channel.partition(":")
    if kind != "show":
        raise NotFound
    return int(show_id)
