"""Makes promotions, in force unless told otherwise."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from commerce.promotions.models import Coupon, CouponDrop, CouponGrant, ThresholdDiscount
from commerce.promotions.services.giving import _grant
from community.accounts.models import User
from project.kernel.clock import now
from tests.support.factories import make_host

_numbers = count(1)


def _offer(fields: dict[str, Any]) -> dict[str, Any]:
    number = next(_numbers)
    start = now() - timedelta(minutes=1)
    return {
        "name_zh": f"优惠 {number}",
        "name_en": f"Offer {number}",
        "starts_at": start,
        "ends_at": start + timedelta(days=1),
        **fields,
    }


def make_coupon(**fields: Any) -> Coupon:
    if "percent_off" not in fields:
        fields.setdefault("off", 500)
    if "usable_until" not in fields:
        fields.setdefault("valid_days", 7)
    return Coupon.objects.create(**_offer(fields))


def make_threshold(*steps: tuple[int, int], **fields: Any) -> ThresholdDiscount:
    return ThresholdDiscount.objects.create(steps=[list(step) for step in steps], **_offer(fields))


def make_grant(owner: User, coupon: Coupon | None = None, **fields: Any) -> CouponGrant:
    """A coupon in somebody's hands, however it came there."""
    return _grant(coupon or make_coupon(**fields), owner.pk, 1)[0]


def make_drop(
    *, quantity: int = 10, coupon: Coupon | None = None, state: str = CouponDrop.State.OPEN, **fields: Any
) -> CouponDrop:
    """A drop of a coupon of its own, open unless told otherwise."""
    start = now() + (timedelta(minutes=1) if state == CouponDrop.State.SCHEDULED else timedelta(minutes=-1))
    if "launched_by" not in fields and "launched_by_id" not in fields:
        fields["launched_by"] = make_host()
    return CouponDrop.objects.create(
        coupon=coupon or make_coupon(way=Coupon.Way.DROP, total=quantity),
        quantity=quantity,
        state=state,
        **{
            "channel": "show:1",
            "key": f"drop-{next(_numbers)}",
            "starts_at": start,
            "ends_at": start + timedelta(minutes=10),
            "version": 1,
            **fields,
        },
    )
