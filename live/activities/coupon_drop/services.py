from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from chat.conversations.selectors import managing_member
from commerce.promotions import services as promotions
from commerce.promotions.cards import DropCondition, DropState
from commerce.promotions.selectors import drop_of, was_dropped
from live.activities.coupon_drop.groups import stop_offered
from live.shows.errors import NotLive
from live.shows.models import Show
from live.shows.selectors import channel_of, show_run_by_id
from live.shows.services import lock_show
from project.kernel.errors import NotFound

WATCHED, FOLLOWED, MEMBER = "watched", "followed", "member"


def launch_drop(
    *,
    launched_by: int,
    show_id: int,
    coupon: int | Mapping[str, Any],
    quantity: int,
    countdown_secs: int,
    duration_secs: int,
    watch_minutes: int,
    must_follow: bool = False,
    group_id: int | None = None,
    key: str,
) -> DropState:
    """Drop coupons in a show on air, for its host and the staff; `coupon` as `schedule_drop` takes it.

    To claim, one must have watched `watch_minutes`, follow the host if it `must_follow`, and be in the group, which is
    one that who launches it owns or manages. The same key again answers the same drop. Raises NotFound, Forbidden,
    NotLive, Invalid, KeyReused, CouponNotOffered, CouponOver, CouponsGone, TooManyDrops.
    """
    show_run_by_id(launched_by, show_id)
    conditions = _conditions(launched_by, watch_minutes, must_follow, group_id)
    with transaction.atomic():
        # Locked: a show that ends meanwhile ends before this drop, which is then refused, or after it, and stops it.
        show = lock_show(show_id=show_id)
        # Asked again, it is answered whatever has become of the show.
        if show.state != Show.State.LIVE and not was_dropped(by=launched_by, key=key):
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


def _conditions(launched_by: int, watch_minutes: int, must_follow: bool, group_id: int | None) -> list[DropCondition]:
    """What is done at once comes before what takes time. Levels of fans have their place here, once somebody keeps
    them."""
    asked: list[DropCondition] = []
    if must_follow:
        asked.append({"kind": FOLLOWED, "least": 1, "of": None})
    if group_id is not None:
        group = managing_member(user_id=launched_by, group_id=group_id).conversation.group
        asked.append({"kind": MEMBER, "least": 1, "of": {"channel": f"group:{group.pk}", "title": group.title}})
    if watch_minutes:
        asked.append({"kind": WATCHED, "least": watch_minutes * 60, "of": None})
    return asked


def stop_drop(*, stopped_by: int, drop_id: int) -> DropState:
    """Stop a drop: of a show, for its host and the staff; of a group, for its owner and managers.

    Raises NotFound, Forbidden, NotOpen.
    """
    kind, _, id = drop_of(drop_id)["channel"].partition(":")
    if kind == "group":
        return stop_offered(stopped_by=stopped_by, group_id=int(id), drop_id=drop_id)
    if kind != "show":
        raise NotFound
    show_run_by_id(stopped_by, int(id))
    return drop_of(promotions.stop_drop(drop_id=drop_id).pk)
