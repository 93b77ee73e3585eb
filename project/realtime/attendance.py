"""How long each person has been in a channel, in all, counted by heartbeats of the server.

Time is cut into slots. A process notes who is with it and has the channel on screen, at least once a slot; a person
counts once a slot, in however many processes, connections and tabs. Who comes back goes on from where they were. It is
an estimate to the slot, and a Redis that forgets it begins anew: nothing that must not be lost may rest on it.

    souk:{show:7}:attended         hash: person → slots
    souk:{show:7}:attended:<slot>  set of people who were counted in this slot
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from project.realtime import presence
from project.realtime.store import Call, Keys

SLOT_SECS = 10
KEPT_SECS = 24 * 3600
MOST_AT_ONCE = 500

# KEYS attended, attended in the slot. ARGV seconds that each is kept, people.
NOTE = """
for i = 3, #ARGV do
  if redis.call('SADD', KEYS[2], ARGV[i]) == 1 then redis.call('HINCRBY', KEYS[1], ARGV[i], 1) end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
"""


class Attendance:
    """This process's part of it: whom it has noted in the slot that is under way."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[int, set[str]]] = {}

    async def note(self, channel: str, *, at: float | None = None) -> None:
        """Count those who are logged in and have the channel on screen now; call it more often than once a slot.

        Raises RedisError; those who were not counted then are so at the next call of the same slot.
        """
        slot = int((time.time() if at is None else at) // SLOT_SECS)
        known_slot, noted = self._noted.get(channel, (slot, set()))
        if known_slot != slot:
            noted = set()
        self._noted[channel] = slot, noted
        here = presence.current()
        new = [person for person in here.on_screen(channel) if person.startswith("u") and person not in noted]
        base = f"{Keys.of(channel).channel}:attended"
        for first in range(0, len(new), MOST_AT_ONCE):
            people = new[first : first + MOST_AT_ONCE]
            call = Call(NOTE, [base, f"{base}:{slot}"], [KEPT_SECS, 3 * SLOT_SECS, *people])
            await here.shard_of(channel).run(call)
            noted.update(people)

    def forget(self, channel: str) -> None:
        """Nobody of this process is in the channel any more."""
        self._noted.pop(channel, None)


async def attended_secs(channel: str, user_ids: Sequence[int]) -> list[int]:
    """How long each of these users has been in a channel. Raises RedisError."""
    shard = presence.current().shard_of(channel)
    slots = await shard.execute("HMGET", f"{Keys.of(channel).channel}:attended", *[f"u{id}" for id in user_ids])
    return [int(count or 0) * SLOT_SECS for count in slots]
