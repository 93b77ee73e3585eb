from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chat.conversations.cards import ConversationCard, DirectCard, GroupCard, MembershipCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    """The group as it is now; an older `group["version"]` is to be ignored. `closed_at`: it was dissolved."""

    type: ClassVar[str] = "group.changed"

    group: GroupCard

    def channels(self) -> list[str]:
        return [f"group:{self.group['id']}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersCounted(Event):
    """How many are in the group; an older `version` is to be ignored."""

    type: ClassVar[str] = "members.counted"
    durable: ClassVar[bool] = False

    count: int
    version: int
    group_to: int

    def channels(self) -> list[str]:
        return [f"group:{self.group_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMoved(Event):
    """A member of a group that is not large has read up to `seq`; null: this membership has ended.

    What a member says, that member has read: it is not told besides. An event of a smaller `membership`, or with a
    smaller `seq` of the same one, is older.
    """

    type: ClassVar[str] = "read.moved"
    durable: ClassVar[bool] = False

    user: int
    membership: int
    seq: int | None
    group_to: int

    def channels(self) -> list[str]:
        return [f"group:{self.group_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTold(Event):
    """As `read.moved` of this `channel`, where a block keeps who has read and another member apart: those alone are
    told who may see it.
    """

    type: ClassVar[str] = "read.told"
    durable: ClassVar[bool] = False

    channel: str
    user: int
    membership: int
    seq: int | None
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectChanged(Event):
    """The direct chat as it is now; an older `dm["version"]` is to be ignored."""

    type: ClassVar[str] = "dm.changed"

    dm: DirectCard

    def channels(self) -> list[str]:
        return [f"dm:{self.dm['id']}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAdded(Event):
    """It belongs to this person's list, and looks like this: each part by its own version."""

    type: ClassVar[str] = "conversation.added"

    conversation: ConversationCard
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRemoved(Event):
    """This `membership` (its id) has ended; one with a greater id is a later one, and goes on."""

    type: ClassVar[str] = "conversation.removed"

    channel: str
    membership: int
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Event):
    """One's own place in a conversation as it is now: read up to, muted, pinned, role."""

    type: ClassVar[str] = "conversation.changed"

    channel: str
    membership: MembershipCard
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequested(Event):
    """Somebody waits to be let into a group: its owner and managers may be told."""

    type: ClassVar[str] = "join.requested"

    request_id: int
    group_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinDecided(Event):
    """A request was decided: who asked may be told."""

    type: ClassVar[str] = "join.decided"

    request_id: int
    group_id: int
    user_id: int
    accepted: bool
