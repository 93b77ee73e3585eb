"""Flash sales in a group, for its members, by whoever runs it and has something to sell."""

from __future__ import annotations

from django.db import transaction

from chat.conversations.selectors import group_channel, managing_member
from commerce.flash_sales import services as flash_sales
from commerce.flash_sales.cards import SaleState
from commerce.flash_sales.selectors import sale_of, was_launched
from commerce.flash_sales.services import Offer
from live.activities.flash_sale.selectors import sells_sku
from live.activities.offering import group_to_offer_in, show_offered
from project.kernel.errors import Invalid


def offer_sale(
    *,
    launched_by: int,
    group_id: int,
    sku_id: int,
    price: int,
    total: int,
    limit: int,
    countdown_secs: int,
    duration_secs: int,
    key: str,
) -> SaleState:
    """Launch a flash sale in a group and show it there as a message: members claim in the chat, nobody else does.

    For the owner and managers who are hosts, of what stands on a shelf of one of their own shows, and for the staff;
    `price` in minor units. The same key again answers the same sale, and says nothing more. Raises NotFound, Forbidden,
    Invalid (with the field `sku` for one that they do not sell), KeyReused, OutOfStock, AlreadyRunning, and what the
    group refuses the message with.
    """
    group_to_offer_in(user_id=launched_by, group_id=group_id)
    if not was_launched(by=launched_by, key=key) and not sells_sku(launched_by, sku_id):
        raise Invalid(fields={"sku": ["not_on_the_shelf"]})
    with transaction.atomic():
        sale = flash_sales.schedule_sale(
            channel=group_channel(group_id),
            launched_by=launched_by,
            offers=[Offer(sku_id=sku_id, price=price, total=total, limit=limit)],
            countdown_secs=countdown_secs,
            duration_secs=duration_secs,
            key=key,
        )
        show_offered(offered_by=launched_by, group_id=group_id, about=f"sale:{sale.pk}")
    return sale_of(sale.pk)


def stop_offered(*, stopped_by: int, group_id: int, sale_id: int) -> SaleState:
    """For the owner and managers of the group. Raises NotFound, Forbidden, NotOpen."""
    managing_member(user_id=stopped_by, group_id=group_id)
    return sale_of(flash_sales.stop_sale(sale_id=sale_id).pk)
