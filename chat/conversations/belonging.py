"""Who belongs to a group: what is given away or sold there is for members alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from chat.conversations.selectors import open_memberships
from community.moderation.selectors.standing import keeps_out
from project.kernel.database import database
from project.kernel.gather import Gather


def those_who_belong(asked: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of (channel, user id), those where the channel is a group that the user is in and is not banned from.

    In a thread of the database. One query, however many people ask about however many groups; none where no channel
    is a group.
    """
    pairs = {}
    for channel, user_id in asked:
        kind, _, group_id = channel.partition(":")
        if kind == "group":
            pairs[user_id, int(group_id)] = channel
    if not pairs:
        return set()
    found = {(pairs[pair], pair[0]) for pair in open_memberships(pairs)}
    return {(channel, user_id) for channel, user_id in found if not keeps_out(user_id, channel)}


def those_shut_out(asked: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of (channel, user id), those where the channel is a group that the user does not belong to. As above."""
    in_groups = {(channel, user_id) for channel, user_id in asked if channel.startswith("group:")}
    return in_groups - those_who_belong(in_groups)


async def _read(asked: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    return dict.fromkeys(await database(those_who_belong, asked), 1)


_gather = Gather(_read)


async def belonging(channel: str, user_id: int) -> int:
    """1 where the user belongs to the group `group:<id>`, else 0; people who ask at once share one read."""
    return await _gather.get((channel, user_id)) or 0


async def lets_in(channel: str, user_id: int | None) -> bool:
    """Whether somebody may see what was launched in a channel: in a group, who belongs to it; elsewhere everybody."""
    if not channel.startswith("group:"):
        return True
    return user_id is not None and await belonging(channel, user_id) > 0
