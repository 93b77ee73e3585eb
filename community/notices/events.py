"""What all devices of a person learn about the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from community.notices.cards import InboxCard, NoticeCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAdded(Event):
    """There is a notice, or news about one: then it has the same id and a larger `seq`."""

    type: ClassVar[str] = "notice.added"
    user_to: int
    notice: NoticeCard
    inbox: InboxCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRead(Event):
    """`notice`, or every notice where it is null, is read as far as its `seq` is not above `through`."""

    type: ClassVar[str] = "notice.read"
    user_to: int
    notice: int | None
    through: int
    inbox: InboxCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRemoved(Event):
    """What it told of is not so any more (a request was taken back)."""

    type: ClassVar[str] = "notice.removed"
    user_to: int
    notice: int
    inbox: InboxCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
