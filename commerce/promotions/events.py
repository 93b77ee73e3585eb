"""What people learn about their coupons, and rooms about drops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commerce.promotions.cards import DropState, GrantCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponGranted(Event):
    """A coupon is the person's own, on all devices; from a `drop`, as the `position`-th of it."""

    type: ClassVar[str] = "coupon.granted"
    user_to: int
    grant: GrantCard
    drop: int | None = None
    position: int | None = None

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DropEvent(Event):
    """The whole state of a drop, in the drop's own channel and where it was launched."""

    drop: DropState

    def channels(self) -> list[str]:
        return [f"drop:{self.drop['id']}", self.drop["channel"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DropScheduled(DropEvent):
    type: ClassVar[str] = "drop.scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOpened(DropEvent):
    type: ClassVar[str] = "drop.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropClosed(DropEvent):
    type: ClassVar[str] = "drop.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCounted(Event):
    """How many of a drop were given, in all; an older `version` than the one known is to be ignored."""

    type: ClassVar[str] = "drop.counted"
    durable: ClassVar[bool] = False

    drop: int
    version: int
    given: int

    def channels(self) -> list[str]:
        return [f"drop:{self.drop}"]
