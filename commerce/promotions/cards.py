"""What a person sees of a coupon, over HTTP and in events alike. Times are ISO 8601."""

from __future__ import annotations

from typing import Literal, TypedDict

from commerce.catalog.cards import CategoryCard, Texts
from project.kernel.money import MoneyJSON

WayName = Literal["public", "code", "targeted", "newcomer", "drop"]


class CouponCard(TypedDict):
    """What it is worth: `off`, or `percent_off` (15: 15 % less) up to `most_off`, from `minimum` on.

    For all goods when neither `categories` nor `products` (ids) are named. Coupons of one `group` exclude each other.
    """

    id: int
    name: Texts
    off: MoneyJSON | None
    percent_off: int
    most_off: MoneyJSON | None
    minimum: MoneyJSON
    group: str
    categories: list[CategoryCard]
    products: list[int]


class GrantCard(TypedDict):
    """A coupon that the person has; `id` is what checkout takes. Times in ms."""

    id: int
    coupon: CouponCard
    state: Literal["usable", "locked", "used", "expired"]
    usable_until: int
