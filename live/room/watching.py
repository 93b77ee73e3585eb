"""How long people have watched a show while it was on air."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from redis.exceptions import RedisError

from live.room.rounds import Rounds
from live.shows.selectors import channel_of, is_live
from project.kernel.database import database
from project.kernel.errors import Busy
from project.kernel.gather import Gather
from project.realtime.attendance import SLOT_SECS, Attendance, attended_secs

# Twice a slot, so that a round that is late misses none.
EVERY_SECS = SLOT_SECS / 2


class Watching:
    """Every process notes its own viewers. Who is away, has the room in the background, or watches before or after the
    show, is not counted."""

    def __init__(self, *, every_secs: float = EVERY_SECS) -> None:
        self._attendance = Attendance()
        self._rounds = Rounds(self.note, every_secs=every_secs)

    def start(self, show_id: int) -> None:
        self._rounds.start(show_id)

    def stop(self, show_id: int) -> None:
        self._rounds.stop(show_id)
        self._attendance.forget(channel_of(show_id))

    async def note(self, show_id: int) -> None:
        """Raises RedisError."""
        if await database(is_live, show_id):
            await self._attendance.note(channel_of(show_id))


async def _read(asked: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    by_channel: dict[str, list[int]] = defaultdict(list)
    for channel, user_id in asked:
        by_channel[channel].append(user_id)
    return {
        (channel, user_id): secs
        for channel, user_ids in by_channel.items()
        for user_id, secs in zip(user_ids, await attended_secs(channel, user_ids), strict=True)
    }


_gather = Gather(_read)


async def watched_secs(channel: str, user_id: int) -> int:
    """How long a user has watched the show of a channel; people who ask at once share one read. Raises Busy."""
    try:
        return await _gather.get((channel, user_id)) or 0
    except (RedisError, TimeoutError) as error:
        raise Busy from error
