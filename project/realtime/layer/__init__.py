"""A channel layer for Channels consumers: what is sent is delivered, or its receiver is told that it was not.

Source: Channels' "Channel Layer Specification" and `channels.layers.BaseChannelLayer`. What this one adds:

- A channel that overflows, or that may have missed messages while Redis was away, gets all that arrived and then an
  `Undelivered` from `receive`: its consumer ends, and its client comes back. Nothing goes missing in silence.
- `send` raises ChannelFull for normal channels, and for those of the same process. A channel of another process that
  is full is told there. Capacity is counted for each channel.
- A message that sits unread for `expiry` seconds is discarded, counted and logged, as the specification has it.
- A process holds one Redis subscription a group, and one for itself. Groups may have any channel as a member: one of
  another process, or a normal one.
- A consumer that is gone has left its groups, whether it discarded itself or crashed.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Mapping
from typing import Any

from channels.layers import BaseChannelLayer
from django.conf import settings

from project.realtime.layer.errors import ChannelOverflow, PositionLost, Undelivered
from project.realtime.layer.letters import Letter, pack, unpack
from project.realtime.layer.office import Office

__all__ = ["ChannelLayer", "ChannelOverflow", "PositionLost", "Undelivered"]

# Waiting messages of a group are held once a process, and a place in a channel takes 100 bytes.
CAPACITY = 10_000


class ChannelLayer(BaseChannelLayer):  # type: ignore[misc]
    """`expiry` and `group_expiry` in seconds; `capacity` in messages a channel, `channel_capacity` the same by glob.

    `prefix` keeps deployments on one Redis apart; `redis_url` is REDIS_URL where it is not given. Every method that
    speaks with Redis raises RedisError, and TimeoutError when Redis does not answer.
    """

    extensions = ["groups", "flush"]

    def __init__(
        self,
        *,
        redis_url: str = "",
        prefix: str = "asgi",
        expiry: float = 60,
        group_expiry: float = 86_400,
        capacity: int = CAPACITY,
        channel_capacity: Mapping[Any, int] | None = None,
    ) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        self.channel_capacity = self.compile_capacities(channel_capacity or {})
        self.group_expiry = group_expiry
        self.require_valid_group_name(prefix)
        self._redis_url, self._prefix = redis_url, prefix
        self._lock = threading.Lock()
        self._office_here: Office | None = None
        self._stop: weakref.finalize[..., ChannelLayer] | None = None

    async def new_channel(self, prefix: str = "specific") -> str:
        """A channel of this process. It ends, and leaves its groups, when this very object is forgotten by all."""
        office = self._office()
        await office.opened()
        name = office.new_name(prefix)
        self.require_valid_channel_name(name)
        return name

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Raises ChannelFull, and TypeError, OverflowError or ValueError for what is no message."""
        self.require_valid_channel_name(channel)
        packed = pack(message)
        office = self._office()
        if "!" not in channel:
            await office.do(office.put(channel, packed))
        elif office.owns(channel):
            # Through Redis too: it keeps its place between what the same sender sends to groups.
            office.mailboxes.reserve(channel)
            try:
                await office.do(office.post(Letter(str(channel), packed, counted=True)))
            except BaseException:
                office.mailboxes.release(channel)
                raise
        else:
            await office.do(office.post(Letter(str(channel), packed)))

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message. Raises Undelivered behind the last one when some did not reach the channel."""
        self.require_valid_channel_name(channel)
        office = self._office()
        if "!" in channel:
            if not office.owns(channel):
                raise ValueError(f"{channel} is a channel of another process")
            return unpack(await office.mailboxes.receive(str(channel), lambda: None))
        try:
            entry = await office.mailboxes.receive(str(channel), lambda: office.want(channel))
        except BaseException:
            office.return_surplus(channel)
            raise
        return unpack(entry.partition(b" ")[2])

    async def group_add(self, group: str, channel: str) -> None:
        """Returns once what is sent to the group from now on reaches the channel."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        office = self._office()
        await office.do(office.join(str(group), str(channel)))

    async def group_discard(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        office = self._office()
        await office.do(office.leave(str(group), str(channel)))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Never raises ChannelFull: a member that is full is told."""
        self.require_valid_group_name(group)
        packed = pack(message)
        office = self._office()
        await office.do(office.send_to_group(str(group), packed))

    async def flush(self) -> None:
        """Return once the layer is as new, in all processes."""
        office = self._office()
        await office.do(office.flush())

    async def close(self) -> None:
        """Hang up on Redis. Whoever uses the layer again is connected again, with new channels."""
        with self._lock:
            self._office_here = None
            stop, self._stop = self._stop, None
        if stop is not None:
            await asyncio.to_thread(stop)

    def _office(self) -> Office:
        office = self._office_here
        if office is not None and office.pid == os.getpid():
            return office
        with self._lock:
            if self._office_here is None or self._office_here.pid != os.getpid():
                limits = BaseChannelLayer(capacity=self.capacity, channel_capacity=self.channel_capacity)
                self._office_here = Office(
                    redis_url=self._redis_url or settings.REDIS_URL,
                    prefix=self._prefix,
                    expiry=self.expiry,
                    group_expiry=self.group_expiry,
                    # Not of this object: it shall go when nobody has it any more, and its office with it.
                    capacity_of=limits.get_capacity,
                )
                self._stop = weakref.finalize(self, self._office_here.stop)
            return self._office_here
