"""Normal channels: queues in Redis, from which each message goes to one receiver, whichever process it waits in.

souk:{layer:<prefix>:queue:<channel>}             list of `<ms when it was sent> <message>`, the oldest first
souk:{layer:<prefix>:queue:<channel>}:taken:<id>  what a process has taken last, should the answer not reach it
souk:{layer:<prefix>:queue:<channel>}:given:<id>  a message that was given back
souk:{layer:<prefix>:queue:<channel>}             Pub/Sub: something has come
"""

from __future__ import annotations

import asyncio
import logging
import secrets

from redis.exceptions import RedisError

from project.realtime.layer.mailboxes import Mailboxes
from project.realtime.shards import Shard
from project.realtime.store import Call, Keys

log = logging.getLogger(__name__)

TRY_AGAIN_SECS = 0.2
# A process that has nobody waiting for so long no longer wants to be told what comes.
LINGER_SECS = 30.0

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function expired(entry) return now - tonumber(string.match(entry, '^%d+')) > tonumber(ARGV[1]) end
"""

# KEYS queue. ARGV expiry in ms, capacity, message. Answers 0 when the queue is full.
PUT = f"""
{_NOW}
local head = redis.call('LINDEX', KEYS[1], 0)
while head and expired(head) do
  redis.call('LPOP', KEYS[1])
  head = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('RPUSH', KEYS[1], string.format('%d ', now) .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PUBLISH', KEYS[1], '')
return 1
"""

# KEYS queue, taken. ARGV expiry in ms, token. Answers an entry; with the same token the same one.
TAKE = f"""
{_NOW}
local taken = redis.call('HMGET', KEYS[2], 'token', 'entry')
if taken[1] == ARGV[2] then return taken[2] end
local entry = redis.call('LPOP', KEYS[1])
while entry and expired(entry) do entry = redis.call('LPOP', KEYS[1]) end
if not entry then return false end
redis.call('HSET', KEYS[2], 'token', ARGV[2], 'entry', entry)
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return entry
"""

# KEYS queue, given. ARGV expiry in ms, entry. Does it once, however often it is asked to.
GIVE_BACK = """
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return end
redis.call('LPUSH', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PUBLISH', KEYS[1], '')
"""


def put_call(name: str, message: bytes, *, expiry_ms: int, capacity: int) -> Call:
    return Call(PUT, [Keys.of(name).channel], [expiry_ms, capacity, message])


class Queue:
    """A normal channel, as long as somebody in this process receives from it."""

    def __init__(
        self, channel: str, name: str, *, shard: Shard, mailboxes: Mailboxes, process: str, expiry_ms: int
    ) -> None:
        self.channel, self.name = channel, name
        self._shard = shard
        self._mailboxes = mailboxes
        self._key = Keys.of(name).channel
        self._taken_key = f"{self._key}:taken:{process}"
        self._expiry_ms = expiry_ms
        self._poked = asyncio.Event()
        self._closing = False

    def poke(self) -> None:
        """Something has come, or somebody waits."""
        self._poked.set()

    def close(self) -> None:
        """Let `serve` end, between two messages."""
        self._closing = True
        self.poke()

    async def serve(self) -> None:
        """Take a message for each receiver that waits; return when nobody has waited for a while."""
        await self._shard.subscribe(self._key)
        while not self._closing:
            self._poked.clear()
            wanted = self._mailboxes.wants(self.channel)
            entry = await self._take() if wanted else None
            if entry is not None:
                if not self._mailboxes.hand_over(self.channel, entry):
                    await self.give_back([entry])
                continue
            try:
                async with asyncio.timeout(LINGER_SECS):
                    await self._poked.wait()
            except TimeoutError:
                if not self._mailboxes.wants(self.channel):
                    return

    async def give_back(self, entries: list[bytes]) -> None:
        """What was taken for somebody who no longer waits; the newest first."""
        for entry in entries:
            given_key = f"{self._key}:given:{secrets.token_hex(8)}"
            await self._try(Call(GIVE_BACK, [self._key, given_key], [self._expiry_ms, entry]))

    async def unsubscribe(self) -> None:
        await self._shard.unsubscribe(self._key)

    async def _take(self) -> bytes | None:
        call = Call(TAKE, [self._key, self._taken_key], [self._expiry_ms, secrets.token_hex(8)])
        taken: bytes | None = await self._try(call)
        return taken

    async def _try(self, call: Call) -> bytes | None:
        while True:
            try:
                answer: bytes | None = await self._shard.run(call)
                return answer
            except (RedisError, OSError) as error:
                log.warning("the queue %s cannot be reached now: %r", self.channel, error)
                if self._closing:
                    raise
                await asyncio.sleep(TRY_AGAIN_SECS)
