"""A coupon on its way through an order: locked when it is opened, used when it is paid, given back when it closes.

All of it inside the order's transaction, and before its stock is touched: whoever needs both takes the coupons first.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from commerce.promotions.errors import CouponNotUsable
from commerce.promotions.models import CouponGrant
from project.kernel.clock import database_now
from project.kernel.queries import Among, compiled

State = CouponGrant.State


def hold(*, grant_ids: Collection[int]) -> None:
    """Nobody else changes them until the transaction ends. Everybody locks them in the same order."""
    _held(grant_ids)


@compiled
def _held(grant_ids: Collection[int]) -> QuerySet[CouponGrant, int]:
    locked = CouponGrant.objects.select_for_update().filter(Among("pk", grant_ids))
    return locked.order_by("pk").values_list("pk", flat=True)


def lock(*, owner_id: int, grant_ids: Collection[int], purchase: str) -> None:
    """They are part of a purchase now and of no other. Raises CouponNotUsable, naming those that cannot be."""
    wanted = set(grant_ids)
    if not wanted:
        return
    at = database_now()
    hold(grant_ids=wanted)
    found = set(_usable(wanted, owner_id, at))
    if found != wanted:
        raise CouponNotUsable(detail={"coupons": sorted(wanted - found)})
    CouponGrant.objects.filter(pk__in=found).update(state=State.LOCKED, reference=purchase)


@compiled
def _usable(grant_ids: Collection[int], owner_id: int, at: datetime) -> QuerySet[CouponGrant, int]:
    usable = CouponGrant.objects.filter(owner_id=owner_id, state=State.USABLE, usable_until__gt=at)
    return usable.filter(Among("pk", grant_ids)).values_list("pk", flat=True)


def use(*, grant_ids: Collection[int], purchase: str) -> bool:
    """They are paid with. True also when they had been given back since, and nothing else was done with them; False,
    and nothing changed, when one of them is part of another purchase.
    """
    wanted = set(grant_ids)
    if not wanted:
        return True
    hold(grant_ids=wanted)
    own = CouponGrant.objects.filter(pk__in=wanted, reference=purchase)
    if own.count() < len(wanted):
        return False
    own.update(state=State.USED, used_at=database_now())
    return True


def give_back(*, grant_ids: Collection[int], purchase: str) -> None:
    """The purchase came to nothing: they can be used again, as long as they would have been."""
    wanted = set(grant_ids)
    if wanted:
        hold(grant_ids=wanted)
        CouponGrant.objects.filter(pk__in=wanted, reference=purchase).update(state=State.USABLE, used_at=None)
