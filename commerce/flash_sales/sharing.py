"""Cards of sales in chats: who launched one may show it where it was launched."""

from __future__ import annotations

from collections.abc import Collection

from chat.messages.cards import ShareCard
from chat.messages.sharing import Share
from commerce.flash_sales.models import FlashSale
from commerce.flash_sales.selectors import states_of


def share(shares: Collection[Share], /) -> dict[Share, ShareCard]:
    """Three queries, however many they are. Of a sale of several SKUs, the first is what is shown."""
    ids = {int(one.id) for one in shares if one.id.isascii() and one.id.isdecimal() and len(one.id) <= 18}
    sales = list(FlashSale.objects.filter(pk__in=ids, channel__startswith="group:"))
    found: dict[Share, ShareCard] = {}
    for sale, state in zip(sales, states_of(sales), strict=True):
        item = state["items"][0]
        found[Share(sale.launched_by_id, str(sale.pk))] = {
            "about": f"sale:{sale.pk}",
            "title": {"zh": item["title"]["zh"], "en": item["title"]["en"]},
            "picture": item["picture"],
            "amount": item["price"]["amount"],
            "currency": item["price"]["currency"],
        }
    return {one: found[one] for one in shares if one in found}
