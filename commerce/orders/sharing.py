"""Cards of orders in chats: the buyer may show one's own. Without an amount, which is nobody else's business."""

from __future__ import annotations

from collections.abc import Collection

from chat.messages.cards import ShareCard
from chat.messages.sharing import Share
from commerce.orders.models import OrderLine


def share(shares: Collection[Share], /) -> dict[Share, ShareCard]:
    """One query, however many they are."""
    lines = OrderLine.objects.filter(
        order__number__in={one.id for one in shares}, order__buyer__in={one.user_id for one in shares}
    )
    found: dict[Share, ShareCard] = {}
    for line in lines.select_related("order").order_by("-pk"):
        # The first line of each is the last one that is put here.
        found[Share(line.order.buyer_id, line.order.number)] = {
            "about": f"order:{line.order.number}",
            "title": {"zh": line.title_zh, "en": line.title_en},
            "picture": line.picture or None,
            "amount": None,
            "currency": None,
        }
    return {one: found[one] for one in shares if one in found}
