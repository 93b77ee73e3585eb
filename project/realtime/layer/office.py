"""What one layer has in one process: a thread with an event loop that talks to Redis for all others.

Consumers may live in several event loops, and synchronous code has a new one for each call: none of them owns a
connection or a task, so none has to be cleaned up.

    layer:<prefix>:group:<group>    stream: what was sent to a group; and in `souk:{…}:distant` a sorted set, members
                                    that were added by another process than theirs, by the end of their membership
    layer:<prefix>:inbox:<process>  stream: what was sent to channels of a process
    layer:<prefix>:queue:<channel>  see `queues`
    layer:<prefix>:flush            Pub/Sub: everybody forgets everything; in `souk:{…}:<id>` how many have
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import secrets
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from channels.exceptions import ChannelFull

from project.kernel.counting import Total
from project.realtime.layer import letters, queues
from project.realtime.layer.errors import PositionLost
from project.realtime.layer.groups import Group
from project.realtime.layer.letters import Letter, Name
from project.realtime.layer.mailboxes import OVERFLOWS, Mailboxes
from project.realtime.layer.queues import Queue
from project.realtime.layer.streams import Stream
from project.realtime.redis_link import end
from project.realtime.shards import Shard, Shards
from project.realtime.store import (
    PUBLISH,
    Call,
    History,
    Keys,
    channel_of,
    publish_call,
    push_call,
    read_call,
    read_message,
)

log = logging.getLogger(__name__)

LOST = Total("souk_layer_lost_total", "Channels of Channels consumers that may have missed something: receivers end.")

# Who cannot be let in within this time is told so.
ENTER_WITHIN_SECS = 4.0
# A group or a process may be sent as much, while a link is down, before something counts as lost.
KEPT = 10_000
SWEEP_SECS = 30.0
STOP_WITHIN_SECS = 5.0

# As PUBLISH, with one more of KEYS: distant members. Answers those.
PUBLISH_TO_GROUP = f"""
local function publish() {PUBLISH} end
publish()
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[4], string.format('%d.%06d', time[1], time[2]), '+inf')
"""

T = TypeVar("T")


class Office:
    def __init__(
        self, *, redis_url: str, prefix: str, expiry: float, group_expiry: float, capacity_of: Callable[[str], int]
    ) -> None:
        self.pid = os.getpid()
        self.process = secrets.token_hex(8)
        self.mailboxes = Mailboxes(expiry=expiry, capacity_of=capacity_of)
        self._prefix = prefix
        self._expiry_ms, self._group_expiry = math.ceil(expiry * 1000), group_expiry
        self._expiry_secs = math.ceil(expiry)
        self._capacity_of = capacity_of
        self._groups: dict[str, Group] = {}
        self._groups_of: dict[str, set[str]] = {}
        self._queues: dict[str, Queue] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._streams: dict[str, Stream] = {}
        self._forgotten: deque[str] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._shards = Shards(redis_url)
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._opening: asyncio.Task[None]
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started)), name="layer", daemon=True)
        self._thread.start()
        started.wait()

    # From other threads

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done in the office's own loop. To cancel the caller cancels it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def opened(self) -> None:
        """Return once what is sent to this process arrives. Raises TimeoutError."""
        if not self._opening.done():
            await self.do(self._opened())

    def stop(self) -> None:
        """End the thread, which hangs up on Redis first."""
        if os.getpid() != self.pid:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._stopping.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(STOP_WITHIN_SECS)

    def new_name(self, prefix: str) -> Name:
        name = Name(f"{prefix}.{self.process}!{secrets.token_hex(8)}")
        plain = str(name)
        self.mailboxes.hold(plain, weakref.ref(name, lambda _: self._forget(plain)))
        return name

    def owns(self, channel: str) -> bool:
        return channel.partition("!")[0].rpartition(".")[2] == self.process

    def want(self, channel: str) -> None:
        """Somebody waits for a message of a normal channel."""
        self._loop.call_soon_threadsafe(lambda: self._queue(channel).poke())

    def return_surplus(self, channel: str) -> None:
        """Somebody no longer waits for a message of a normal channel."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._return_surplus, channel)

    def _forget(self, channel: str) -> None:
        """Called by the garbage collector, in whatever thread and at whatever moment: take no lock here."""
        self._forgotten.append(channel)
        if os.getpid() != self.pid:
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._bury)

    # Sending: these and the following run in the office's loop

    async def put(self, channel: str, message: bytes) -> None:
        """Into a normal channel. Raises ChannelFull, RedisError."""
        name = self._name("queue", channel)
        capacity = self._capacity_of(channel)
        call = queues.put_call(name, message, expiry_ms=self._expiry_ms, capacity=capacity)
        if not await self._shards.of(name).run(call):
            raise ChannelFull(channel)

    async def post(self, letter: Letter) -> None:
        """To the process that has the channel. Raises RedisError."""
        process = letter.to.partition("!")[0].rpartition(".")[2]
        name = self._name("inbox", process)
        await self._shards.of(name).run(self._publish_call(name, letters.letter_item(letter)))

    async def send_to_group(self, group: str, message: bytes) -> None:
        """Raises RedisError."""
        name = self._name("group", group)
        publish = self._publish_call(name, letters.item_of(message))
        call = Call(PUBLISH_TO_GROUP, [*publish.keys, self._distant_key(group)], publish.args)
        distant: list[bytes] = await self._shards.of(name).run(call)
        for channel in (member.decode() for member in distant):
            if "!" in channel:
                await self.post(Letter(channel, message, group))
                continue
            try:
                await self.put(channel, message)
            except ChannelFull:
                OVERFLOWS.value += 1
                log.warning("%s is full: it does not get what was sent to the group %s", channel, group)

    def _publish_call(self, name: str, item: bytes) -> Call:
        return publish_call(name, [item], keep=(KEPT, self._expiry_secs))

    # Groups

    async def join(self, group: str, channel: str) -> None:
        """Returns once what is sent to the group from now on reaches the channel. Raises TimeoutError, RedisError."""
        if not self.owns(channel):
            key = self._distant_key(group)
            shard = self._shards.of(self._name("group", group))
            await shard.execute("ZADD", key, time.time() + self._group_expiry, channel)
            await shard.execute("EXPIRE", key, math.ceil(self._group_expiry))
            return
        found = self._groups.get(group) or self._open(group)
        found.add(channel)
        self._groups_of.setdefault(channel, set()).add(group)
        try:
            async with asyncio.timeout(ENTER_WITHIN_SECS):
                await asyncio.wait([found.opening])
            # Cancelled: the channel left meanwhile, or was failed, which its receiver is told.
            if not found.opening.cancelled():
                found.opening.result()
        except BaseException:
            await self._leave(group, channel)
            raise

    async def leave(self, group: str, channel: str) -> None:
        """Raises RedisError for a channel that is of another process."""
        is_ours = self.owns(channel)
        if is_ours:
            await self._leave(group, channel)
        shard = self._shards.of(self._name("group", group))
        try:
            await shard.execute("ZREM", self._distant_key(group), channel)
        except Exception as error:
            if not is_ours:
                raise
            log.warning("had another process added %s to %s, it would still be in it: %r", channel, group, error)

    def _open(self, group: str) -> Group:
        name = self._name("group", group)
        found = self._groups[group] = Group(group, self._group_expiry)
        stream = self._streams[name] = Stream(
            lambda since: self._read(name, since),
            lambda item: self._to_group(found, item),
            lambda: self._lose(list(found.members)),
        )
        found.opening = self._spawn(self._follow(name, stream))
        return found

    async def _leave(self, group: str, channel: str) -> None:
        if (found := self._groups.get(group)) and self._remove(found, channel):
            await self._close(found)

    def _remove(self, group: Group, channel: str) -> bool:
        """Whether nobody is left."""
        if not group.remove(channel):
            return False
        joined = self._groups_of[channel]
        joined.discard(group.name)
        if not joined:
            del self._groups_of[channel]
        return not group.members

    async def _close(self, group: Group) -> None:
        if self._groups.get(group.name) is group and not group.members:
            del self._groups[group.name]
            name = self._name("group", group.name)
            stream = self._streams.pop(name)
            await end(group.opening)
            await stream.close()
            if name not in self._streams:
                await self._shards.of(name).unsubscribe(Keys.of(name).channel)

    def _leave_all(self, channels: Iterable[str]) -> None:
        for channel in channels:
            for group in list(self._groups_of.get(channel, ())):
                found = self._groups[group]
                if self._remove(found, channel):
                    self._spawn(self._close(found))

    def _expire(self, group: Group) -> None:
        for channel in group.expired():
            if self._remove(group, channel):
                self._spawn(self._close(group))

    def _bury(self) -> None:
        while self._forgotten:
            channel = self._forgotten.popleft()
            self.mailboxes.drop(channel)
            self._leave_all([channel])

    # What comes from Redis

    def _to_group(self, group: Group, item: bytes) -> None:
        self._expire(group)
        self._leave_all(self.mailboxes.deliver(group.members, letters.message_of(item)))

    def _to_channel(self, item: bytes) -> None:
        letter = letters.letter_of(item)
        if letter.group in self._groups_of.get(letter.to, ()):
            return  # it comes with the group's stream
        self._leave_all(self.mailboxes.deliver([letter.to], letter.message, counted=letter.counted))

    def _lose(self, channels: list[str] | None) -> None:
        failed = self.mailboxes.fail(channels, PositionLost)
        LOST.value += len(failed)
        log.warning("%d channels may have missed messages", len(failed))
        self._leave_all(failed)

    def _received(self, name: bytes, data: bytes) -> None:
        channel = channel_of(name)
        if stream := self._streams.get(channel):
            stream.receive(read_message(data))
        elif channel == self._name("flush"):
            self._forget_everything(data)
        elif queue := self._queues.get(channel.removeprefix(self._name("queue", ""))):
            queue.poke()

    def _reconnected(self, shard: Shard) -> None:
        for name, stream in self._streams.items():
            if self._shards.of(name) is shard:
                stream.check()
        for queue in self._queues.values():
            queue.poke()

    async def _follow(self, name: str, stream: Stream) -> None:
        await self._shards.of(name).subscribe(Keys.of(name).channel)
        await stream.caught_up()

    async def _read(self, name: str, since: int | None) -> History:
        return History.of(await self._shards.of(name).run(read_call(name, since=since, most=KEPT)))

    # Normal channels

    def _queue(self, channel: str) -> Queue:
        found = self._queues.get(channel)
        if found is None:
            name = self._name("queue", channel)
            found = self._queues[channel] = Queue(
                channel,
                name,
                shard=self._shards.of(name),
                mailboxes=self.mailboxes,
                process=self.process,
                expiry_ms=self._expiry_ms,
            )
            task = self._spawn(self._serve(channel, found))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        return found

    async def _serve(self, channel: str, queue: Queue) -> None:
        try:
            await queue.serve()
        finally:
            del self._queues[channel]
        await queue.unsubscribe()

    def _return_surplus(self, channel: str) -> None:
        if entries := self.mailboxes.surplus(channel):
            self._spawn(self._queue(channel).give_back(entries))

    # Flush

    async def flush(self) -> None:
        """Return once everything sent and all groups are forgotten, in Redis and in all processes.

        Raises RedisError, and TimeoutError when some process does not say so. Of a Redis Cluster it knows one node.
        """
        pattern = f"souk:{{{self._name('')}*"
        for shard in self._shards.all:
            cursor: Any = 0
            while True:
                cursor, keys = await shard.execute("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
                for key in keys:
                    await shard.execute("UNLINK", key)
                if not int(cursor):
                    break
        name, token = self._name("flush"), secrets.token_hex(8)
        shard = self._shards.of(name)
        everybody = await shard.run(push_call(name, [token.encode()]))
        async with asyncio.timeout(ENTER_WITHIN_SECS):
            while int(await shard.execute("GET", self._done_key(token)) or 0) < everybody:
                await asyncio.sleep(0.005)

    def _forget_everything(self, data: bytes) -> None:
        self.mailboxes.clear()
        self._leave_all(list(self._groups_of))
        self._streams[self._inbox].begin_anew()
        (token,) = read_message(data).payloads
        self._spawn(self._say_done(token.decode()))

    async def _say_done(self, token: str) -> None:
        shard = self._shards.of(self._name("flush"))
        await shard.execute("INCR", self._done_key(token))
        await shard.execute("EXPIRE", self._done_key(token), 60)

    def _done_key(self, token: str) -> str:
        return f"{Keys.of(self._name('flush')).channel}:{token}"

    # The thread

    async def _opened(self) -> None:
        async with asyncio.timeout(ENTER_WITHIN_SECS):
            await asyncio.shield(self._opening)

    async def _run(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._shards.listen(self._received, self._reconnected)
        self._inbox = self._name("inbox", self.process)
        inbox = self._streams[self._inbox] = Stream(
            lambda since: self._read(self._inbox, since), self._to_channel, lambda: self._lose(None), since=0
        )
        self._opening = self._spawn(self._open_inbox(inbox))
        self._spawn(self._sweep())
        started.set()
        await self._stopping.wait()
        for queue in self._queues.values():
            queue.close()
        if self._serving:
            await asyncio.wait(self._serving, timeout=STOP_WITHIN_SECS / 2)
        await end(*self._tasks)
        for stream in self._streams.values():
            await stream.close()
        await self._shards.close()

    async def _open_inbox(self, inbox: Stream) -> None:
        await self._shards.of(self._name("flush")).subscribe(Keys.of(self._name("flush")).channel)
        await self._follow(self._inbox, inbox)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECS)
            self.mailboxes.sweep()
            for group in list(self._groups.values()):
                self._expire(group)
            for stream in self._streams.values():
                stream.check()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _name(self, *parts: str) -> str:
        return ":".join(("layer", self._prefix, *parts))

    def _distant_key(self, group: str) -> str:
        return f"{Keys.of(self._name('group', group)).channel}:distant"
