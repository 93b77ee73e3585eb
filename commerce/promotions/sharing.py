"""Cards of drops in chats: who launched one may show it where it was launched."""

from __future__ import annotations

from collections.abc import Collection

from chat.messages.cards import ShareCard
from chat.messages.sharing import Share
from commerce.promotions.models import CouponDrop


def share(shares: Collection[Share], /) -> dict[Share, ShareCard]:
    """One query, however many they are."""
    ids = {int(one.id) for one in shares if one.id.isascii() and one.id.isdecimal() and len(one.id) <= 18}
    drops = CouponDrop.objects.filter(pk__in=ids, channel__startswith="group:").select_related("coupon")
    found: dict[Share, ShareCard] = {}
    for drop in drops:
        found[Share(drop.launched_by_id, str(drop.pk))] = {
            "about": f"drop:{drop.pk}",
            "title": {"zh": drop.coupon.name_zh, "en": drop.coupon.name_en},
            "picture": None,
            "amount": None,
            "currency": None,
        }
    return {one: found[one] for one in shares if one in found}
