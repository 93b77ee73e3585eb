"""Who follows the host of a show: what a drop in it may ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from community.social.selectors import followers_among
from live.shows.selectors import hosts_of
from project.kernel.database import database
from project.kernel.gather import Gather


async def _read(asked: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    return await database(_follows, asked)


def _follows(asked: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    """1 for those who follow. A query for each show and one more, however many people ask."""
    by_show: dict[int, set[int]] = defaultdict(set)
    for channel, user_id in asked:
        kind, _, show_id = channel.partition(":")
        if kind == "show":
            by_show[int(show_id)].add(user_id)
    return {
        (f"show:{show_id}", user_id): 1
        for show_id, host_id in hosts_of(by_show).items()
        for user_id in followers_among(host_id, by_show[show_id])
    }


_gather = Gather(_read)


async def followed(channel: str, user_id: int) -> int:
    """1 where the user follows the host of the channel's show, else 0; people who ask at once share one read."""
    return await _gather.get((channel, user_id)) or 0
