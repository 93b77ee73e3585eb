"""What the engine keeps in Redis for a channel, and the scripts that change it. Used by sync and async code alike.

    souk:{show:7}:top         {run, epoch, offset}: the top of the channel's stream, and the Redis it was written in
    souk:{show:7}:log         stream; entry `<offset>-0` holds one item
    souk:{show:7}:seen:<id>   batches that were published already
    souk:{show:7}             Pub/Sub: one message a batch

An item is bytes without a newline; what they mean is the protocol's business.

A Redis restored from an older snapshot has the old epoch and a rewound stream. So every script compares the run id of
the Redis that runs it with the one noted at the top; in another run, the stream begins anew with another epoch. To ask
for it costs about 4 of the 12 µs that publishing one item takes Valkey 9, and needs no key of its own: all keys of a
channel lie in one slot of a Redis Cluster.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from project.realtime import router
from project.realtime.topics import Topic

# The stream of orders to all processes (`project.realtime.orders`): no topic is of this kind, no client enters it.
ORDERS = "souk:orders"
ORDERS_KEPT = (10_000, 3600)
TOP_SECS = 7 * 24 * 3600
SEEN_SECS = 600
# Redis does nothing else while a script runs: about a millisecond.
MOST_CHANNELS_A_SCRIPT = 100

_RUN = """
local info = redis.call('INFO', 'server')
local at = string.find(info, 'run_id:', 1, true) + 7
local run = string.sub(info, at, at + 39)
"""

# After _RUN.
_TOP = """
local top = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'offset')
local epoch, offset = top[2], tonumber(top[3] or '0')
if top[1] ~= run then
  epoch, offset = ARGV[1], 0
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'run', run, 'epoch', epoch, 'offset', 0)
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""

_APPEND = f"""
if ARGV[6] ~= '' and not redis.call('SET', KEYS[3], '1', 'NX', 'EX', ARGV[5]) then return -1 end
{_TOP}
local first = offset + 1
for i = 9, #ARGV do
  offset = offset + 1
  redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[3], offset .. '-0', 'd', ARGV[i])
end
redis.call('HSET', KEYS[1], 'offset', offset)
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[7], first .. ' ' .. epoch .. ' ' .. table.concat(ARGV, '\\n', 8))
return offset
"""

# KEYS top, log, seen. ARGV epoch for a new stream, top secs, log size, log secs, seen secs, batch id, Pub/Sub channel,
# time in ms, items. Answers the new offset, or -1 when the batch had been published before.
PUBLISH = f"{_RUN}{_APPEND}"

# The same for many channels that are kept alike, each as it would be alone. KEYS top, log, seen of each. ARGV the first
# six as above, time in ms, and of each channel the number of its items, then the items.
PUBLISH_EACH = f"""
{_RUN}
local function publish(KEYS, ARGV)
{_APPEND}
end
local at = 8
for i = 1, #KEYS, 3 do
  local given = {{unpack(ARGV, 1, 6)}}
  given[7], given[8] = string.sub(KEYS[i], 1, -5), ARGV[7]
  for n = 1, tonumber(ARGV[at]) do given[8 + n] = ARGV[at + n] end
  at = at + #given - 7
  publish({{KEYS[i], KEYS[i + 1], KEYS[i + 2]}}, given)
end
"""

# KEYS Pub/Sub channel. ARGV message. A script, because it finds its way in a Redis Cluster by its key.
PUSH = "return redis.call('PUBLISH', KEYS[1], ARGV[1])"

# KEYS top, log. ARGV epoch for a new stream, top secs, XRANGE or XREVRANGE ('' for the top alone), from, to, most.
READ = f"""
{_RUN}
{_TOP}
local entries = {{}}
if ARGV[3] ~= '' then entries = redis.call(ARGV[3], KEYS[2], ARGV[4], ARGV[5], 'COUNT', ARGV[6]) end
return {{epoch, offset, entries}}
"""


# KEYS tops. Answers epoch, offset of each; an empty epoch where it is of another run.
TOPS = f"""
{_RUN}
local tops = {{}}
for i, key in ipairs(KEYS) do
  local top = redis.call('HMGET', key, 'run', 'epoch', 'offset')
  local known = top[1] == run
  tops[2 * i - 1], tops[2 * i] = known and top[2] or '', known and tonumber(top[3]) or 0
end
return tops
"""


class Call(NamedTuple):
    """A script with its arguments."""

    script: str
    keys: list[str]
    args: Sequence[Any]

    @property
    def command(self) -> tuple[Any, ...]:
        """By the script's digest: raises NoScriptError in a Redis that has not seen it."""
        return ("EVALSHA", _digest(self.script), len(self.keys), *self.keys, *self.args)

    @property
    def whole_command(self) -> tuple[Any, ...]:
        return ("EVAL", self.script, len(self.keys), *self.keys, *self.args)


@lru_cache
def _digest(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


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


def kept(channel: str) -> tuple[int, int]:
    """How many publications of a channel are kept, and for how many seconds."""
    if channel == ORDERS:
        return ORDERS_KEPT
    found = router.topic_of(channel)
    topic = found[0] if found else Topic
    return topic.history_size, topic.history_secs


def publish_call(channel: str, items: list[bytes], batch_id: str = "", *, keep: tuple[int, int] | None = None) -> Call:
    """Append to the channel's stream and push; only push where the channel keeps no history.

    `keep`: how many publications and for how many seconds, where no topic says so.
    """
    size, secs = kept(channel) if keep is None else keep
    if not size:
        return push_call(channel, items)
    keys = Keys.of(channel)
    return Call(
        PUBLISH,
        [keys.top, keys.log, f"{keys.channel}:seen:{batch_id}"],
        [_new_epoch(), TOP_SECS, size, secs, SEEN_SECS, batch_id, keys.channel, _now_ms(), *items],
    )


def publish_each_calls(pushes: Iterable[tuple[str, list[bytes]]], batch_id: str) -> list[Call]:
    """As `publish_call` for each channel and its items, in few scripts. Not for a cluster: a script has one slot."""
    alike: dict[tuple[int, int], list[tuple[str, list[bytes]]]] = {}
    for channel, items in pushes:
        alike.setdefault(kept(channel), []).append((channel, items))
    calls: list[Call] = []
    for keep, of_them in alike.items():
        for start in range(0, len(of_them), MOST_CHANNELS_A_SCRIPT):
            some = of_them[start : start + MOST_CHANNELS_A_SCRIPT]
            if keep[0] and len(some) > 1:
                calls.append(_publish_each_call(some, batch_id, *keep))
            else:
                calls += [publish_call(channel, items, batch_id, keep=keep) for channel, items in some]
    return calls


def _publish_each_call(pushes: Sequence[tuple[str, list[bytes]]], batch_id: str, size: int, secs: int) -> Call:
    names: list[str] = []
    args: list[Any] = [_new_epoch(), TOP_SECS, size, secs, SEEN_SECS, batch_id, _now_ms()]
    for channel, items in pushes:
        keys = Keys.of(channel)
        names += keys.top, keys.log, f"{keys.channel}:seen:{batch_id}"
        args.append(len(items))
        args += items
    return Call(PUBLISH_EACH, names, args)


def push_call(channel: str, items: list[bytes]) -> Call:
    """Push without offsets."""
    return Call(PUSH, [Keys.of(channel).channel], [b"-  %d\n%b" % (_now_ms(), b"\n".join(items))])


def read_call(channel: str, *, since: int | None, most: int, last: str = "+", reverse: bool = False) -> Call:
    """Publications after `since` (None: none of them), or with `reverse` those before it (None: from the top), and
    the stream's top."""
    if not most or (since is None and not reverse):
        part = ("", "", "", 0)
    elif reverse:
        part = ("XREVRANGE", "+" if since is None else f"{max(since - 1, 0)}-0", "-", most)
    else:
        assert since is not None
        part = ("XRANGE", f"{since + 1}-0", last, most)
    keys = Keys.of(channel)
    return Call(READ, [keys.top, keys.log], [_new_epoch(), TOP_SECS, *part])


class History(NamedTuple):
    """A part of a channel's stream, and where its top was at the same moment."""

    epoch: str
    offset: int
    publications: list[tuple[int, bytes]]

    @classmethod
    def of(cls, answer: list[Any]) -> History:
        """What READ answered."""
        epoch, offset, entries = answer
        publications = [(int(entry.partition(b"-")[0]), fields[1]) for entry, fields in entries]
        return cls(epoch.decode(), int(offset), publications)


class Top(NamedTuple):
    epoch: str
    offset: int


def tops_call(channels: Sequence[str]) -> Call:
    """Where the streams stand, without a change to them. In a cluster, one channel a call."""
    return Call(TOPS, [Keys.of(channel).top for channel in channels], ())


def tops(answers: Iterable[list[Any]]) -> list[Top]:
    """What such calls answered, one Top a channel; its epoch is empty where the stream is to begin anew."""
    return [
        Top(epoch.decode(), int(offset))
        for answer in answers
        for epoch, offset in zip(answer[::2], answer[1::2], strict=True)
    ]


def _now_ms() -> int:
    return round(time.time() * 1000)


def _new_epoch() -> str:
    # No secret, and drawn for each publication: `secrets` would ask the kernel, for 5 µs. Seeded anew in a fork.
    return f"{random.getrandbits(32):08x}"


class Batch(NamedTuple):
    """A Pub/Sub message, read: durable payloads count up from `first`; of ephemeral ones `first` is None.

    `published_at`: seconds since the epoch by the publisher's clock; 0 for what was read from the stream.
    """

    first: int | None
    epoch: str
    payloads: list[bytes]
    published_at: float = 0.0


def read_message(message: bytes) -> Batch:
    head, *payloads = message.split(b"\n")
    first, epoch, at_ms = head.split(b" ")
    return Batch(None if first == b"-" else int(first), epoch.decode(), payloads, int(at_ms) / 1000)
