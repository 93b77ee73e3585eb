"""Looks after silent losses: are the tops of the streams what this process has passed on?

Redis's Pub/Sub delivers a message at most once, and a loss shows only in the message after it. So every few seconds the
tops of all channels that somebody is in are read and compared. A channel that is behind reads its stream: what is there
is passed on late; where it is gone, positions are given up and clients recover by themselves.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable

from redis.exceptions import RedisError

from project.realtime import store
from project.realtime.hub import Channel
from project.realtime.shards import Shard, Shards

log = logging.getLogger(__name__)

CHECK_SECS = 10.0
# A message may be on its way. What did not arrive within this time after it was in the stream is looked for.
ARRIVES_WITHIN_SECS = 1.0
CHANNELS_AT_ONCE = 250


class Positions:
    """`channels()` are those to look after."""

    def __init__(self, shards: Shards, channels: Callable[[], Iterable[Channel]]) -> None:
        self._shards = shards
        self._channels = channels

    async def keep(self) -> None:
        while True:
            # At another moment in each process.
            await asyncio.sleep(CHECK_SECS * random.uniform(0.8, 1.2))
            await asyncio.gather(*[self.check(shard, patience_secs=ARRIVES_WITHIN_SECS) for shard in self._shards.all])

    async def check(self, shard: Shard, *, patience_secs: float) -> None:
        """Compare the channels that `shard` holds; those that are behind, and still are after the patience, catch up.

        Where Redis does not answer, the reconnect or the next round sees to it.
        """
        try:
            tops = await self._tops(shard)
        except (RedisError, OSError) as error:
            log.warning("positions are not compared: %r", error)
            return
        behind = [(channel, top) for channel, top in tops if is_behind(channel, top)]
        if behind and patience_secs:
            await asyncio.sleep(patience_secs)
        for channel, top in behind:
            if is_behind(channel, top):
                channel.check()

    async def _tops(self, shard: Shard) -> list[tuple[Channel, store.Top]]:
        mine = [
            channel
            for channel in self._channels()
            if channel.epoch is not None and self._shards.of(channel.name) is shard
        ]
        found: list[tuple[Channel, store.Top]] = []
        for start in range(0, len(mine), CHANNELS_AT_ONCE):
            part = mine[start : start + CHANNELS_AT_ONCE]
            names = [channel.name for channel in part]
            # In a cluster, each channel has a slot of its own.
            calls = (
                [store.tops_call([name]) for name in names] if shard.address.is_cluster else [store.tops_call(names)]
            )
            answers = await shard.run_all(calls)
            found += zip(part, store.tops(answers), strict=True)
        return found


def is_behind(channel: Channel, top: store.Top) -> bool:
    return channel.epoch is not None and (top.epoch != channel.epoch or top.offset > channel.offset)
