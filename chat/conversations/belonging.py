"""Who is a member of a group: what is given away may be for members alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chat.conversations.selectors import open_memberships
from project.kernel.database import database
from project.kernel.gather import Gather


async def _read(asked: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    return await database(_belongs, asked)


def _belongs(asked: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    """1 for members. One query, however many people ask about however many groups."""
    pairs = {}
    for channel, user_id in asked:
        kind, _, group_id = channel.partition(":")
        if kind == "group":
            pairs[user_id, int(group_id)] = channel
    if not pairs:
        return {}
    return {(pairs[pair], pair[0]): 1 for pair in open_memberships(pairs)}


_gather = Gather(_read)


async def belonging(channel: str, user_id: int) -> int:
    """1 where the user is in the group `group:<id>`, else 0; people who ask at once share one read."""
    return await _gather.get((channel, user_id)) or 0
