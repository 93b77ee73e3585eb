"""What people see of how they stand with others."""

from __future__ import annotations

from typing import Literal, TypedDict

from community.accounts.selectors import Card

RequestSide = Literal["sent", "received"]


class StandingCard(TypedDict):
    """Counts; `requests` wait for the person's answer. One with a smaller `version` is older."""

    followers: int
    following: int
    friends: int
    requests: int
    version: int


class RelationCard(TypedDict):
    """What somebody else is to the person who asks. `request`: one that is open, and which way it goes.

    Whether one is blocked oneself is not told.
    """

    following: bool
    followed_by: bool
    friends: bool
    request: RequestSide | None
    blocked: bool


class ProfileCard(Card):
    """`relation` is null for a guest and for oneself."""

    bio: str
    is_host: bool
    followers: int
    following: int
    relation: RelationCard | None
