"""The studio's figures, counted about once a second while somebody looks at them."""

from __future__ import annotations

from live.room import cards
from live.room.audience import viewers_now
from live.room.events import StatsCounted
from live.room.rounds import Rounds
from live.room.selectors import stats_of
from project.kernel.database import database
from project.realtime import presence
from project.realtime.outbox import publish_on_commit

EVERY_SECS = 1.0
SAY_AGAIN_AFTER_ROUNDS = 30


class Figures:
    """Every process with a studio open counts, and the first that sees other figures says them."""

    def __init__(self, *, every_secs: float = EVERY_SECS) -> None:
        self._every_secs = every_secs
        self._rounds = Rounds(self.count, every_secs=every_secs)
        self._said: dict[int, tuple[cards.Figures | None, int]] = {}

    def start(self, show_id: int) -> None:
        self._rounds.start(show_id)

    def stop(self, show_id: int) -> None:
        self._rounds.stop(show_id)
        self._said.pop(show_id, None)

    async def count(self, show_id: int) -> None:
        """Raises RedisError, NotFound."""
        stats = await database(stats_of, show_id, viewers=await viewers_now(show_id))
        said, rounds = self._said.get(show_id, (None, 0))
        if stats == said and rounds < SAY_AGAIN_AFTER_ROUNDS:
            self._said[show_id] = said, rounds + 1
        elif await presence.elected(f"stats:{show_id}", self._every_secs * 0.9):
            await database(publish_on_commit, StatsCounted(stats=stats, show_to=show_id))
            self._said[show_id] = stats, 0
