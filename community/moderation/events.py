from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from community.moderation.cards import AppealCard, LookCard, ReportedCard, RoomRules, SanctionCard, SanctionRecord
from project.kernel.events import Event

DESK = "desk:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionEvent(Event):
    """What the reader is held to, as it is now; an older `sanction["version"]` is to be ignored."""

    type: ClassVar[str] = "sanction"
    user_to: int
    sanction: SanctionCard

    def channels(self) -> list[str]:
        # Who writes in a shadow is not told.
        return [] if self.sanction["kind"] == "shadow_mute" else [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionAdded(SanctionEvent):
    """The reader was warned, or may do less."""

    type: ClassVar[str] = "sanction.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionChanged(SanctionEvent):
    """An appeal was made, or decided."""

    type: ClassVar[str] = "sanction.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionLifted(SanctionEvent):
    """It holds no more."""

    type: ClassVar[str] = "sanction.lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionChanged(Event):
    """What somebody is held to in a group that the reader runs, as it is now; older versions are ignored."""

    type: ClassVar[str] = "restriction.changed"
    sanction: SanctionRecord
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChanged(Event):
    """What holds in the room or group now; older `rules["version"]` are to be ignored."""

    type: ClassVar[str] = "room.changed"
    rules: RoomRules
    channel_to: str

    def channels(self) -> list[str]:
        return [self.channel_to]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(Event):
    """A case as it is now: opened, reported again, hidden, decided or taken up again; older versions are ignored."""

    type: ClassVar[str] = "case.changed"
    case: ReportedCard

    def channels(self) -> list[str]:
        return [DESK]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealChanged(Event):
    """An appeal as it is now; `mine` is left false for everyone."""

    type: ClassVar[str] = "appeal.changed"
    appeal: AppealCard

    def channels(self) -> list[str]:
        return [DESK]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChanged(Event):
    """Messages begin to wait for a moderator, or wait no more."""

    type: ClassVar[str] = "held.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCounted(Event):
    """So many messages wait for a moderator; an older `version` than the one known is to be ignored."""

    type: ClassVar[str] = "held.counted"
    durable: ClassVar[bool] = False
    count: int
    version: int

    def channels(self) -> list[str]:
        return [DESK]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLooked(Event):
    """A moderator has a case before them, or (`case` 0) none; it is so for half a minute."""

    type: ClassVar[str] = "case.looked"
    durable: ClassVar[bool] = False
    look: LookCard

    def channels(self) -> list[str]:
        return [DESK]
