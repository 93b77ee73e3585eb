"""How a drop begins: so many of a coupon are promised to those who will claim them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from commerce.promotions import conditions as registry
from commerce.promotions.cards import DropCondition
from commerce.promotions.errors import CouponNotOffered, CouponOver, CouponsGone, TooManyDrops
from commerce.promotions.events import DropOpened, DropScheduled
from commerce.promotions.models import Coupon, CouponDrop
from commerce.promotions.selectors import RUNNING, promised
from commerce.promotions.services.drops import announce
from commerce.promotions.services.giving import usable_until
from commerce.promotions.services.offers import make_coupon
from project.kernel.clock import database_now
from project.kernel.errors import Invalid, KeyReused, NotFound

MOST_COUNTDOWN_SECS = 300
DURATION_SECS = (10, 3600)
MOST_COUPONS = 100_000
MOST_RUNNING = 3
MOST_LEAST = 86_400

State = CouponDrop.State


def schedule_drop(
    *,
    channel: str,
    launched_by: int,
    coupon: int | Mapping[str, Any],
    quantity: int,
    countdown_secs: int,
    duration_secs: int,
    conditions: Sequence[DropCondition] = (),
    key: str,
) -> CouponDrop:
    """Schedule a drop; without a countdown it opens at once.

    `coupon` is the id of one of the way "drop", or the terms of a new one: the model's fields but for its way, number
    and dates. The same key again answers the same drop. Raises Invalid, NotFound (the coupon), KeyReused,
    CouponNotOffered, CouponOver, CouponsGone (there are not as many left), TooManyDrops.
    """
    with transaction.atomic():
        known = CouponDrop.objects.select_related("coupon").filter(launched_by_id=launched_by, key=key).first()
        if known:
            return _same(known, channel, coupon, quantity)
        _check(quantity, countdown_secs, duration_secs, conditions)
        if CouponDrop.objects.filter(channel=channel, state__in=RUNNING).count() >= MOST_RUNNING:
            raise TooManyDrops
        starts_at = database_now() + timedelta(seconds=countdown_secs)
        ends_at = starts_at + timedelta(seconds=duration_secs)
        if isinstance(coupon, int):
            coupon_id = _promise(coupon, quantity, starts_at, ends_at)
        else:
            dates = {"starts_at": starts_at, "ends_at": ends_at}
            terms = {
                "currency": settings.DEFAULT_CURRENCY,
                **coupon,
                **dates,
                "way": Coupon.Way.DROP,
                "total": quantity,
            }
            coupon_id = make_coupon(terms=terms, by_id=launched_by).pk
        drop = CouponDrop.objects.create(
            coupon_id=coupon_id,
            channel=channel,
            launched_by_id=launched_by,
            key=key,
            quantity=quantity,
            conditions=list(conditions),
            state=State.SCHEDULED if countdown_secs else State.OPEN,
            starts_at=starts_at,
            ends_at=ends_at,
            version=1,
        )
        announce(DropScheduled if countdown_secs else DropOpened, drop)
        return drop


def _promise(coupon_id: int, quantity: int, starts_at: datetime, ends_at: datetime) -> int:
    """Lock the coupon: what is promised of it changes in one place at a time."""
    coupon = Coupon.objects.select_for_update().filter(pk=coupon_id, way=Coupon.Way.DROP).first()
    if coupon is None:
        raise NotFound(detail={"coupon": coupon_id})
    if coupon.stopped_at or coupon.ends_at < ends_at:
        raise CouponNotOffered(detail={"why": "ended"})
    if coupon.starts_at > starts_at:
        raise CouponNotOffered(detail={"why": "not_started"})
    if usable_until(coupon, ends_at) <= ends_at:
        raise CouponOver
    if coupon.total is not None and coupon.granted + promised(coupon_id) + quantity > coupon.total:
        raise CouponsGone(detail={"today": False})
    return coupon_id


def _check(quantity: int, countdown_secs: int, duration_secs: int, conditions: Sequence[DropCondition]) -> None:
    fields: dict[str, list[str]] = {}
    if not 1 <= quantity <= MOST_COUPONS:
        fields["quantity"] = ["out_of_range"]
    if not 0 <= countdown_secs <= MOST_COUNTDOWN_SECS:
        fields["countdown"] = ["out_of_range"]
    if not DURATION_SECS[0] <= duration_secs <= DURATION_SECS[1]:
        fields["duration"] = ["out_of_range"]
    asked = [one["kind"] for one in conditions]
    if len(set(asked)) != len(asked) or not registry.kinds().issuperset(asked):
        fields["conditions"] = ["invalid"]
    elif not all(1 <= one["least"] <= MOST_LEAST for one in conditions):
        fields["conditions"] = ["out_of_range"]
    if fields:
        raise Invalid(fields=fields)


def _same(drop: CouponDrop, channel: str, coupon: int | Mapping[str, Any], quantity: int) -> CouponDrop:
    """The drop that was launched with this key, if that is what is asked for again. Raises KeyReused."""
    if isinstance(coupon, int):
        is_same = drop.coupon_id == coupon
    else:
        is_same = all(getattr(drop.coupon, name) == value for name, value in coupon.items())
    if not is_same or (drop.channel, drop.quantity) != (channel, quantity):
        raise KeyReused
    return drop
