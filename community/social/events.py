"""What the devices of two people learn about the two of them. Each sees it from its own side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from community.accounts.selectors import Card
from community.social.cards import RelationCard, StandingCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationEvent(Event):
    """`relation` is all that `person` is to the reader now; an older `standing["version"]` is to be ignored."""

    type: ClassVar[str] = "relation"
    user_to: int
    person: Card
    relation: RelationCard
    standing: StandingCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowAdded(RelationEvent):
    """The reader follows `person`. Who is followed gets `standing.counted` and, gathered, a notice."""

    type: ClassVar[str] = "follow.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRemoved(RelationEvent):
    """The reader no longer follows `person`."""

    type: ClassVar[str] = "follow.removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequested(RelationEvent):
    """One of the two has asked the other; `relation["request"]` says which way."""

    type: ClassVar[str] = "friend.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendAccepted(RelationEvent):
    """The two are friends."""

    type: ClassVar[str] = "friend.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendDeclined(RelationEvent):
    """The request was answered with no."""

    type: ClassVar[str] = "friend.declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendWithdrawn(RelationEvent):
    """The request was taken back."""

    type: ClassVar[str] = "friend.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRemoved(RelationEvent):
    """The two are friends no longer."""

    type: ClassVar[str] = "friend.removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockAdded(RelationEvent):
    """The reader has blocked `person`."""

    type: ClassVar[str] = "block.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRemoved(RelationEvent):
    """The reader blocks `person` no longer."""

    type: ClassVar[str] = "block.removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCounted(Event):
    """Somebody follows the reader, or no longer: a host hears it thousands of times in a show.

    `relation` is what that somebody (`person` is the id) is to the reader now.
    """

    type: ClassVar[str] = "standing.counted"
    durable: ClassVar[bool] = False
    user_to: int
    person: int
    relation: RelationCard
    standing: StandingCard

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
