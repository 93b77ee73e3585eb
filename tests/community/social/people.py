"""What two people are to each other, read past the selectors; and what a device keeps of `user:<id>`."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from django.db.models import Q

from community.accounts.models import User
from community.social.models import Block, Follow, FriendRequest, Friendship, Standing
from tests.support.announced import Announced


def edges() -> set[tuple[str, int, int]]:
    """Every row: `("follow", 1, 2)`, `("friends", low, high)`, `("request", sender, recipient)`, `("block", …)`."""
    return {
        *(("follow", row.follower_id, row.followee_id) for row in Follow.objects.all()),
        *(("friends", row.low_id, row.high_id) for row in Friendship.objects.all()),
        *(("request", row.sender_id, row.recipient_id) for row in FriendRequest.objects.all()),
        *(("block", row.blocker_id, row.blocked_id) for row in Block.objects.all()),
    }


def counted(user: User) -> tuple[int, int, int, int]:
    """As the standing has it: followers, following, friends, requests."""
    row = Standing.objects.filter(pk=user.pk).first() or Standing()
    return row.followers, row.following, row.friends, row.requests


def recounted(user: User) -> tuple[int, int, int, int]:
    """The same, counted from the rows."""
    return (
        Follow.objects.filter(followee=user).count(),
        Follow.objects.filter(follower=user).count(),
        Friendship.objects.filter(Q(low=user) | Q(high=user)).count(),
        FriendRequest.objects.filter(recipient=user).count(),
    )


EVENTS = {
    "standing.counted",
    "follow.added",
    "follow.removed",
    "friend.requested",
    "friend.accepted",
    "friend.declined",
    "friend.withdrawn",
    "friend.removed",
    "block.added",
    "block.removed",
}


def types_of(published: Announced) -> list[str]:
    """What was announced about people; what the inbox says of it is tested on its own."""
    return [type for type in published.types if not type.startswith("notice.")]


def replay(snapshot: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """`{"people": standing, "relations": {id: relation}}` of a device, after events that came in whatever order."""
    kept = deepcopy(snapshot)
    versions = dict.fromkeys(kept["relations"], kept["people"]["version"])
    for event in events:
        if event["type"].startswith("notice."):
            continue
        version = event["standing"]["version"]
        if version >= kept["people"]["version"]:
            kept["people"] = event["standing"]
        assert event["type"] in EVENTS
        other = event["person"] if event["type"] == "standing.counted" else event["person"]["id"]
        if version >= versions.get(other, 0):
            versions[other] = version
            kept["relations"][other] = event["relation"]
    return kept
