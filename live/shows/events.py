from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from live.shows.cards import ShowState
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShowEvent(Event):
    """`show` is the show as clients see it, whole; an older `show["version"]` is to be ignored."""

    type: ClassVar[str] = "show"

    show: ShowState

    def channels(self) -> list[str]:
        return [f"show:{self.show_id}"]

    @property
    def show_id(self) -> int:
        return self.show["id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChanged(_ShowEvent):
    """Its title, cover or time has changed."""

    type: ClassVar[str] = "show.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStarted(_ShowEvent):
    type: ClassVar[str] = "show.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEnded(_ShowEvent):
    """It is over for good: what ran in it (pins, sales, video) is to be stopped."""

    type: ClassVar[str] = "show.ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LikesCounted(Event):
    """All likes that a show ever got; totals only grow, so a smaller one is older."""

    type: ClassVar[str] = "likes.counted"
    durable: ClassVar[bool] = False

    total: int
    show_to: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]
