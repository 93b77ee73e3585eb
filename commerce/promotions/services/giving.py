"""How coupons come to people. The database keeps the limits: of the whole, of the day, of a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from commerce.promotions.cards import Outcome
from commerce.promotions.errors import (
    CodeUnknown,
    CouponLimitReached,
    CouponNotOffered,
    CouponOver,
    CouponsGone,
)
from commerce.promotions.events import CouponGranted
from commerce.promotions.models import Coupon, CouponGrant
from commerce.promotions.newcomers import is_newcomer
from commerce.promotions.selectors import grant_card
from community.accounts.models import User
from community.notices.content import Content
from community.notices.services import notify
from project.kernel.clock import database_now
from project.kernel.errors import NotFound
from project.realtime.outbox import publish_on_commit

Way = Coupon.Way


def take(*, user_id: int, coupon_id: int, ordinal: int = 1) -> CouponGrant:
    """Take a coupon that is there for everyone, or for newcomers: the `ordinal`-th of one person, once.

    Raises NotFound, CouponNotOffered, CouponOver, CouponsGone, CouponLimitReached.
    """
    coupon = Coupon.objects.filter(pk=coupon_id, way__in=[Way.PUBLIC, Way.NEWCOMER]).first()
    if coupon is None:
        raise NotFound
    if coupon.way == Way.NEWCOMER and not is_newcomer(user_id):
        raise CouponNotOffered(detail={"why": "newcomers_only"})
    return _grant(coupon, user_id, ordinal)[0]


def redeem(*, user_id: int, code: str, ordinal: int = 1) -> CouponGrant:
    """Take the coupon of a code; capitals and blanks do not matter.

    Raises CodeUnknown, CouponNotOffered, CouponOver, CouponsGone, CouponLimitReached.
    """
    coupon = Coupon.objects.filter(way=Way.CODE, code=clean_code(code)).first()
    if coupon is None:
        raise CodeUnknown
    return _grant(coupon, user_id, ordinal)[0]


@transaction.atomic
def give(*, coupon_id: int, user_ids: Collection[int], ordinal: int = 1) -> dict[int, Outcome]:
    """Give a targeted coupon to people and tell them. What became of each, by id: who has the `ordinal`-th already
    keeps it, and who comes when all are `gone`, or is `unknown`, does not hold up the others.

    Raises NotFound, CouponNotOffered, CouponOver, CouponLimitReached.
    """
    # Locked before the first of many, so that two who give to some of the same people do not wait for each other.
    coupon = Coupon.objects.select_for_update().filter(pk=coupon_id).first()
    if coupon is None:
        raise NotFound
    if coupon.way != Way.TARGETED:
        raise CouponNotOffered(detail={"why": "not_for_you"})
    active = set(User.objects.filter(pk__in=set(user_ids), is_active=True).values_list("pk", flat=True))
    outcomes: dict[int, Outcome] = {}
    for user_id in sorted(set(user_ids)):
        if user_id not in active:
            outcomes[user_id] = "unknown"
            continue
        try:
            _, is_new = _grant(coupon, user_id, ordinal)
            outcomes[user_id] = "given" if is_new else "had"
        except CouponsGone:
            outcomes[user_id] = "gone"
    notify(
        user_ids=[user_id for user_id, outcome in outcomes.items() if outcome == "given"],
        kind="coupon",
        key=f"coupon:{coupon.pk}:{ordinal}",
        content=Content(people=[], about=f"coupon:{coupon.pk}", title={"zh": coupon.name_zh, "en": coupon.name_en}),
    )
    return outcomes


def clean_code(code: str) -> str:
    return "".join(code.split()).upper()


@transaction.atomic
def _grant(coupon: Coupon, user_id: int, ordinal: int) -> tuple[CouponGrant, bool]:
    """It, and whether it is new."""
    if ordinal > coupon.per_user:
        raise CouponLimitReached(detail={"per_user": coupon.per_user})
    at = database_now()
    grant, is_new = CouponGrant.objects.get_or_create(
        coupon=coupon,
        owner_id=user_id,
        ordinal=ordinal,
        defaults={"usable_until": usable_until(coupon, at), "granted_at": at},
    )
    if is_new:
        if grant.usable_until <= at:
            raise CouponOver
        # Last, since everybody who takes this coupon waits here for one another.
        _count(coupon)
        publish_on_commit(CouponGranted(user_to=user_id, grant=grant_card(grant, at=at)))
    return grant, is_new


def usable_until(coupon: Coupon, at: datetime) -> datetime:
    """Until when a coupon can be used that is given now."""
    ends = [] if coupon.usable_until is None else [coupon.usable_until]
    if coupon.valid_days is not None:
        ends.append(at + timedelta(days=coupon.valid_days))
    return min(ends)


def _count(coupon: Coupon) -> None:
    """Raises CouponNotOffered, CouponsGone."""
    Coupon.objects.select_for_update().get(pk=coupon.pk)
    # The clock is read under the lock: who waits for it over midnight counts for the new day.
    at = database_now()
    today = timezone.localdate(at)
    left = Coupon.objects.filter(
        Q(total=None) | Q(granted__lt=F("total")),
        ~Q(day=today) | Q(day=None) | Q(per_day=None) | Q(granted_today__lt=F("per_day")),
        pk=coupon.pk,
        starts_at__lte=at,
        ends_at__gt=at,
        stopped_at=None,
    )
    counted = left.update(
        granted=F("granted") + 1,
        granted_today=Case(When(day=today, then=F("granted_today") + 1), default=Value(1)),
        day=today,
    )
    if counted:
        return
    coupon.refresh_from_db()
    if coupon.stopped_at or coupon.ends_at <= at:
        raise CouponNotOffered(detail={"why": "ended"})
    if coupon.starts_at > at:
        raise CouponNotOffered(detail={"why": "not_started"})
    raise CouponsGone(detail={"today": coupon.total is None or coupon.granted < coupon.total})
