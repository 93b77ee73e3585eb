"""What two people may do to each other because of how they stand: the one place that decides it.

Whatever shows or lets through something personal asks here: direct messages, mentions, presence. What is told of many
at once goes by the same blocks: who is writing in a group, what was read there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from community.social.selectors import apart_among, are_friends, blocked_between, is_following

# `request`: what a stranger writes waits in a box of its own until it is let in.
Door = Literal["open", "request", "closed"]


def may_dm(*, sender_id: int, recipient_id: int) -> Door:
    """How a direct message arrives. Open between friends and from those whom the recipient follows. 1–3 queries."""
    if sender_id == recipient_id or blocked_between(sender_id, recipient_id):
        return "closed"
    if are_friends(sender_id, recipient_id) or is_following(follower_id=recipient_id, followee_id=sender_id):
        return "open"
    return "request"


def may_mention(*, author_id: int, person_id: int) -> bool:
    return not blocked_between(author_id, person_id)


def mentionable(*, author_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` whom the author may mention. One query."""
    return set(among) - apart_among(author_id, among)


def may_see_presence(*, viewer_id: int, person_id: int) -> bool:
    return not blocked_between(viewer_id, person_id)


def present_to(*, viewer_id: int, among: Collection[int]) -> set[int]:
    """Those of `among` whose presence the viewer may see. One query."""
    return set(among) - apart_among(viewer_id, among)
