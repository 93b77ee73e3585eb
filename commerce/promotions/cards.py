"""What a person sees of a coupon and of a drop, over HTTP and in events alike. Times are ms since the epoch."""

from __future__ import annotations

from typing import Literal, TypedDict

from commerce.catalog.cards import CategoryCard, Texts
from project.kernel.money import MoneyJSON

WayName = Literal["public", "code", "targeted", "newcomer", "drop"]
DropStateName = Literal["scheduled", "open", "closed"]
DropCloseReason = Literal["gone", "ended", "stopped"]
# What became of a person whom a coupon was to be given to.
Outcome = Literal["given", "had", "gone", "unknown"]


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


class ThresholdStep(TypedDict):
    start: MoneyJSON
    off: MoneyJSON


class ThresholdCard(TypedDict):
    """So much `off` from `start` on: of the `steps` the highest that is reached; with `repeats` for every full amount,
    at most `most_off`.
    """

    key: str
    name: Texts
    steps: list[ThresholdStep]
    repeats: bool
    most_off: MoneyJSON | None


class GrantCard(TypedDict):
    """A coupon that the person has; `id` is what checkout takes. Times in ms."""

    id: int
    coupon: CouponCard
    state: Literal["usable", "locked", "used", "expired"]
    usable_until: int


class ConditionPlace(TypedDict):
    """What a condition is about, where that is not the place of the drop: `group:12`."""

    channel: str
    title: str


class DropCondition(TypedDict):
    """What one must have done to claim: at least so much of a kind.

    `watched`: seconds with the room on screen while on air; `followed`: 1 for who follows the show's host; `member`: 1
    for who is in the group `of`.
    """

    kind: str
    least: int
    of: ConditionPlace | None


class DropProgress(DropCondition):
    """How far the person is."""

    have: int


class DropState(TypedDict):
    """So many coupons for whoever claims first, one a person. `channel` is where they were dropped.

    A coupon can be used for `valid_days`, or until `usable_until`. A state with a smaller `version` is older.
    """

    id: int
    channel: str
    state: DropStateName
    starts_at: int
    ends_at: int
    version: int
    close_reason: DropCloseReason | None
    coupon: CouponCard
    valid_days: int | None
    usable_until: int | None
    quantity: int
    given: int
    conditions: list[DropCondition]


class ClaimedCoupon(TypedDict):
    """What the person got of a drop, and as the how manieth."""

    grant: GrantCard
    position: int


class DropSnapshot(TypedDict):
    """`mine`: what the caller got; `progress`: how far the caller is with each condition, as long as that matters."""

    drop: DropState
    mine: ClaimedCoupon | None
    progress: list[DropProgress]


class DropClaimReply(TypedDict):
    """`grant` is its id; the coupon itself comes in the person's own channel."""

    status: Literal["won"]
    grant: int
    position: int
    usable_until: int
