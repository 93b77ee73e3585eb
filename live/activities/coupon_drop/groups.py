"""Coupons dropped in a group, for its members, by whoever runs it and may give coupons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from chat.conversations.selectors import group_channel, managing_member
from commerce.promotions import services as promotions
from commerce.promotions.cards import DropState
from commerce.promotions.selectors import drop_of
from live.activities.offering import group_to_offer_in, show_offered

MEMBER = "member"


def offer_drop(
    *,
    launched_by: int,
    group_id: int,
    coupon: int | Mapping[str, Any],
    quantity: int,
    countdown_secs: int,
    duration_secs: int,
    key: str,
) -> DropState:
    """Drop coupons in a group and show the drop there as a message: members claim them in the chat, nobody else does.

    For the owner and managers who are hosts, or of the staff; `coupon` as `schedule_drop` takes it. The same key again
    answers the same drop, and says nothing more. Raises NotFound, Forbidden, Invalid, KeyReused, CouponNotOffered,
    CouponOver, CouponsGone, TooManyDrops, and what the group refuses the message with.
    """
    group = group_to_offer_in(user_id=launched_by, group_id=group_id)
    channel = group_channel(group_id)
    with transaction.atomic():
        drop = promotions.schedule_drop(
            channel=channel,
            launched_by=launched_by,
            coupon=coupon,
            quantity=quantity,
            countdown_secs=countdown_secs,
            duration_secs=duration_secs,
            conditions=[{"kind": MEMBER, "least": 1, "of": {"channel": channel, "title": group.title}}],
            key=key,
        )
        show_offered(offered_by=launched_by, group_id=group_id, about=f"drop:{drop.pk}")
    return drop_of(drop.pk)


def stop_offered(*, stopped_by: int, group_id: int, drop_id: int) -> DropState:
    """For the owner and managers of the group. Raises NotFound, Forbidden, NotOpen."""
    managing_member(user_id=stopped_by, group_id=group_id)
    return drop_of(promotions.stop_drop(drop_id=drop_id).pk)
