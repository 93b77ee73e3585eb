"""What the engine keeps in Redis for a channel, and the scripts that change it. Used by sync and async code alike.

    souk:life                 {run, epoch}: which life of which Redis this is
    souk:{show:7}:top         {life, epoch, offset}: the top of the channel's stream
    souk:{show:7}:log         stream; entry `<offset>-0` holds one publication
    souk:{show:7}:seen:<id>   batches that were published already
    souk:{show:7}             Pub/Sub: one message a batch

A Redis restored from an older snapshot has the old epoch and a rewound stream. So every new connection compares
Redis's `run_id` with the one noted; in another life, streams begin anew with another epoch.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from project.realtime import router
from project.realtime.topics import Topic

LIFE_KEY = "souk:life"
CONTROL = "souk:control"
TOP_SECS = 7 * 24 * 3600
SEEN_SECS = 600

BEGIN_LIFE = """
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'run', ARGV[1], 'epoch', ARGV[2])
end
return redis.call('HGET', KEYS[1], 'epoch')
"""

_TOP = """
local life = redis.call('HGET', KEYS[1], 'epoch') or ''
local top = redis.call('HMGET', KEYS[2], 'life', 'epoch', 'offset')
local epoch, offset = top[2], tonumber(top[3] or '0')
if top[1] ~= life then
  epoch, offset = ARGV[1], 0
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[2], 'life', life, 'epoch', epoch, 'offset', 0)
end
redis.call('EXPIRE', KEYS[2], ARGV[2])
"""

# KEYS life, top, log, seen. ARGV epoch for a new stream, top secs, log size, log secs, seen secs, batch id, Pub/Sub
# channel, payloads. Answers the new offset, or -1 when the batch had been published before.
PUBLISH = f"""
if ARGV[6] ~= '' and not redis.call('SET', KEYS[4], '1', 'NX', 'EX', ARGV[5]) then return -1 end
{_TOP}
local first = offset + 1
for i = 8, #ARGV do
  offset = offset + 1
  redis.call('XADD', KEYS[3], 'MAXLEN', ARGV[3], offset .. '-0', 'd', ARGV[i])
end
redis.call('HSET', KEYS[2], 'offset', offset)
redis.call('EXPIRE', KEYS[3], ARGV[4])
redis.call('PUBLISH', ARGV[7], first .. ' ' .. epoch .. '\\n' .. table.concat(ARGV, '\\n', 8))
return offset
"""

# KEYS life, top, log. ARGV epoch for a new stream, top secs, first offset ('' for none), last offset ('+'), most.
READ = f"""
{_TOP}
local entries = {{}}
if ARGV[3] ~= '' then entries = redis.call('XRANGE', KEYS[3], ARGV[3], ARGV[4], 'COUNT', ARGV[5]) end
return {{epoch, offset, entries}}
"""


class Keys(NamedTuple):
    channel: str
    top: str
    log: str

    @classmethod
    def of(cls, channel: str) -> Keys:
        # The braces keep all keys of a channel in one slot of a Redis Cluster.
        base = f"souk:{{{channel}}}"
        return cls(base, f"{base}:top", f"{base}:log")


def channel_of(pubsub_name: bytes) -> str:
    return pubsub_name[len(b"souk:{") : -1].decode()


def new_epoch() -> str:
    return secrets.token_hex(4)


def kept(channel: str) -> tuple[int, int]:
    """How many publications of a channel are kept, and for how many seconds."""
    found = router.topic_of(channel)
    topic = found[0] if found else Topic
    return topic.history_size, topic.history_secs


def publish_call(channel: str, payloads: list[bytes], batch_id: str) -> tuple[list[str], list[str | int | bytes]]:
    """KEYS and ARGV of PUBLISH."""
    keys = Keys.of(channel)
    size, secs = kept(channel)
    return (
        [LIFE_KEY, keys.top, keys.log, f"{keys.channel}:seen:{batch_id}"],
        [new_epoch(), TOP_SECS, size, secs, SEEN_SECS, batch_id, keys.channel, *payloads],
    )


def ephemeral_message(payloads: list[bytes]) -> bytes:
    """A Pub/Sub message without offsets."""
    return b"-\n" + b"\n".join(payloads)


class Batch(NamedTuple):
    """A Pub/Sub message, read: durable payloads count up from `first`; of ephemeral ones `first` is None."""

    first: int | None
    epoch: str
    payloads: list[bytes]


def read_message(message: bytes) -> Batch:
    head, *payloads = message.split(b"\n")
    if head == b"-":
        return Batch(None, "", payloads)
    first, _, epoch = head.partition(b" ")
    return Batch(int(first), epoch.decode(), payloads)
