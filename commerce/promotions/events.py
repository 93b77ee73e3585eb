"""What people learn about their coupons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.promotions.cards import GrantCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponGranted(Event):
    """A coupon is the person's own, on all devices."""

    type: ClassVar[str] = "coupon.granted"
    user_to: int
    grant: GrantCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
