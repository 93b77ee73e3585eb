"""How many are watching: distinct people in the room now, guests too, counted over all processes."""

from __future__ import annotations

from redis.exceptions import RedisError

from live.room.events import ViewersCounted
from live.room.rounds import Rounds
from live.room.services import note_audience
from live.shows.selectors import channel_of
from project.kernel.clock import now_ms
from project.kernel.database import database
from project.realtime import presence
from project.realtime.outbox import publish_on_commit

EVERY_SECS = 2.0
# Now and then the count is said again: the process that said the last one may be gone.
SAY_AGAIN_AFTER_ROUNDS = 15
MINUTE_MS = 60_000


async def viewers_now(show_id: int) -> int:
    """Zero when Redis does not answer."""
    try:
        return (await presence.count(channel_of(show_id))).people
    except RedisError:
        return 0


class Audience:
    """Every process with viewers counts, and the first that sees another number says it to the room."""

    def __init__(self, *, every_secs: float = EVERY_SECS) -> None:
        self._every_secs = every_secs
        self._rounds = Rounds(self.count, every_secs=every_secs)
        # What this process said last, and how many rounds ago; the minute that it noted last.
        self._said: dict[int, tuple[int, int]] = {}
        self._noted: dict[int, int] = {}

    def start(self, show_id: int) -> None:
        self._rounds.start(show_id)

    def stop(self, show_id: int) -> None:
        self._rounds.stop(show_id)
        self._said.pop(show_id, None)
        self._noted.pop(show_id, None)

    async def count(self, show_id: int) -> None:
        """Raises RedisError."""
        viewers = (await presence.count(channel_of(show_id))).people
        said, rounds = self._said.get(show_id, (-1, 0))
        if viewers != said or rounds >= SAY_AGAIN_AFTER_ROUNDS:
            if await presence.elected(f"viewers:{show_id}", self._every_secs * 0.9):
                await database(publish_on_commit, ViewersCounted(count=viewers, show_to=show_id))
                self._said[show_id] = viewers, 0
        else:
            self._said[show_id] = said, rounds + 1
        await self._note(show_id, viewers)

    async def _note(self, show_id: int, viewers: int) -> None:
        minute = now_ms() // MINUTE_MS
        if self._noted.get(show_id) == minute:
            return
        self._noted[show_id] = minute
        if await presence.elected(f"audience:{show_id}:{minute}", 90):
            await database(note_audience, show_id=show_id, minute_ms=minute * MINUTE_MS, viewers=viewers)
