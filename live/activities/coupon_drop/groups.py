"""Coupons dropped in a group, for its members, by whoever runs it and may give coupons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from chat.conversations.selectors import group_channel, managing_member
from chat.messages import rooms
from chat.messages.attachments import Attaching
from chat.messages.services import Draft, commit_messages
from commerce.promotions import services as promotions
from commerce.promotions.cards import DropState
from commerce.promotions.selectors import drop_of
from community.accounts.models import User
from live.shows.selectors import may_host
from project.kernel.errors import DomainError, Forbidden

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
    group = managing_member(user_id=launched_by, group_id=group_id).conversation.group
    if not may_host(User.objects.get(pk=launched_by)):
        raise Forbidden
    channel = group_channel(group_id)
    room = rooms.load_room(channel)
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
        draft = Draft(
            channel=channel,
            conversation_id=group_id,
            author_id=launched_by,
            role=None,
            text="",
            # No client's key has a space.
            key=f"drop {drop.pk}",
            keeper=room.keeper,
            attaching=Attaching(launched_by, about=f"drop:{drop.pk}"),
        )
        [message] = commit_messages([draft])
        if isinstance(message, DomainError):
            raise message
    return drop_of(drop.pk)


def stop_offered(*, stopped_by: int, group_id: int, drop_id: int) -> DropState:
    """For the owner and managers of the group. Raises NotFound, Forbidden, NotOpen."""
    managing_member(user_id=stopped_by, group_id=group_id)
    return drop_of(promotions.stop_drop(drop_id=drop_id).pk)
