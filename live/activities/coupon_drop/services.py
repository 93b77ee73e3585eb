from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from commerce.promotions import services as promotions
from commerce.promotions.cards import DropCondition, DropState
from commerce.promotions.selectors import drop_of
from live.shows.errors import NotLive
from live.shows.models import Show
from live.shows.selectors import channel_of, show_run_by_id
from live.shows.services import lock_show
from project.kernel.errors import NotFound

WATCHED = "watched"


def launch_drop(
    *,
    launched_by: int,
    show_id: int,
    coupon: int | Mapping[str, Any],
    quantity: int,
    countdown_secs: int,
    duration_secs: int,
    watch_minutes: int,
    key: str,
) -> DropState:
    """Drop coupons in a show on air, for its host and the staff; `coupon` as `schedule_drop` takes it.

    To claim, one must have watched `watch_minutes`. The same key again answers the same drop. Raises NotFound,
    Forbidden, NotLive, Invalid, KeyReused, CouponNotOffered, CouponOver, CouponsGone, TooManyDrops.
    """
    show_run_by_id(launched_by, show_id)
    conditions: list[DropCondition] = [{"kind": WATCHED, "least": watch_minutes * 60}] if watch_minutes else []
    with transaction.atomic():
        # Locked: a show that ends meanwhile ends before this drop, which is then refused, or after it, and stops it.
        show = lock_show(show_id=show_id)
        if show.state != Show.State.LIVE:
            raise NotLive
        drop = promotions.schedule_drop(
            channel=channel_of(show_id),
            launched_by=launched_by,
            coupon=coupon,
            quantity=quantity,
            countdown_secs=countdown_secs,
            duration_secs=duration_secs,
            conditions=conditions,
            key=key,
        )
        return drop_of(drop.pk)


def stop_drop(*, stopped_by: int, drop_id: int) -> DropState:
    """Stop a drop of a show, for its host and the staff. Raises NotFound, Forbidden, NotOpen."""
    kind, _, show_id = drop_of(drop_id)["channel"].partition(":")
    if kind != "show":
        raise NotFound
    show_run_by_id(stopped_by, int(show_id))
    return drop_of(promotions.stop_drop(drop_id=drop_id).pk)


def stop_all_drops(*, show_id: int) -> None:
    promotions.stop_drops_in(channel=channel_of(show_id))
