"""Who is in a channel now: distinct people, on however many connections and processes; and, where asked for, each
connection with what clients are told of it.

Each process keeps its own people per channel in Redis and touches them every few seconds; those of a process that died
go by themselves. Counting is one union over the processes that are alive.

    souk:{show:7}:processes         sorted set: process → when it lapses (seconds since the epoch)
    souk:{show:7}:people:<process>  set of people (`u42`, `g…`)
    souk:{show:7}:infos:<process>   hash: client id → its info (JSON)
    souk:{show:7}:clients           hash: process → number of its connections
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from project.realtime import publisher
from project.realtime.redis_link import end
from project.realtime.shards import Shard, Shards, first_error
from project.realtime.store import Call, Keys

log = logging.getLogger(__name__)

TTL_SECS = 30
REFRESH_SECS = 10
WRITE_SECS = 0.25

_ALIVE = """
for _, process in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])) do
  redis.call('ZREM', KEYS[1], process)
  redis.call('HDEL', KEYS[2], process)
end
local alive = redis.call('ZRANGE', KEYS[1], 0, -1)
"""

# KEYS processes, clients. ARGV now, prefix of the sets. Answers {connections, distinct people}.
COUNT = f"""
{_ALIVE}
if #alive == 0 then return {{0, 0}} end
local sets, clients = {{}}, 0
for i, process in ipairs(alive) do
  sets[i] = ARGV[2] .. process
  clients = clients + tonumber(redis.call('HGET', KEYS[2], process) or '0')
end
if #sets == 1 then return {{clients, redis.call('SCARD', sets[1])}} end
return {{clients, #redis.call('SUNION', unpack(sets))}}
"""

# KEYS processes, clients. ARGV now, prefix of the hashes. Answers, of each process, {client id, info, …}.
LIST = f"""
{_ALIVE}
local hashes = {{}}
for i, process in ipairs(alive) do hashes[i] = redis.call('HGETALL', ARGV[2] .. process) end
return hashes
"""


Command = tuple[Any, ...]


class Headcount(NamedTuple):
    clients: int
    people: int


def _call(script: str, channel: str, sets: str) -> Call:
    base = Keys.of(channel).channel
    return Call(script, [f"{base}:processes", f"{base}:clients"], [f"{time.time():.3f}", f"{base}:{sets}:"])


def count_sync(channel: str) -> Headcount:
    """Connections and distinct people in a channel now; zero when Redis does not answer."""
    try:
        clients, people = publisher.run(channel, _call(COUNT, channel, "people"))
    except RedisError:
        return Headcount(0, 0)
    return Headcount(int(clients), int(people))


class Room:
    """Who of this process is in one channel, and of whom Redis does not know yet."""

    __slots__ = ("away", "infos", "people", "unwritten_clients", "unwritten_people")

    def __init__(self) -> None:
        self.people: Counter[str] = Counter()
        # Connections that say they are not on screen, by person.
        self.away: dict[str, set[str]] = {}
        self.infos: dict[str, bytes] = {}
        # Who came or went since the last write: whether they are here is looked up when it is written.
        self.unwritten_people: set[str] = set()
        self.unwritten_clients: set[str] = set()

    def write_again(self) -> None:
        self.unwritten_people |= self.people.keys()
        self.unwritten_clients |= self.infos.keys()

    def clear(self) -> None:
        self.write_again()
        self.people.clear()
        self.away.clear()
        self.infos.clear()


class Presence:
    """This process's part of it."""

    def __init__(self, shards: Shards, process: str) -> None:
        self._shards = shards
        self._process = process
        self._rooms: dict[str, Room] = {}
        # Channels in which somebody came or went since the last write.
        self._unwritten: set[str] = set()
        self._touched_at = 0.0
        self._task = asyncio.get_running_loop().create_task(self._keep())
        _of_loop[asyncio.get_running_loop()] = self

    def enter(self, channel: str, person: str, *, client: str = "", info: bytes = b"") -> None:
        """Count a connection of a person; with `info`, also list it."""
        room = self._rooms.setdefault(channel, Room())
        room.people[person] += 1
        if room.people[person] == 1:
            room.unwritten_people.add(person)
        if info:
            room.infos[client] = info
            room.unwritten_clients.add(client)
        self._unwritten.add(channel)

    def leave(self, channel: str, person: str, *, client: str = "", info: bytes = b"") -> None:
        room = self._rooms[channel]
        self.set_away(channel, person, client=client, away=False)
        room.people[person] -= 1
        if room.people[person] == 0:
            del room.people[person]
            room.unwritten_people.add(person)
        if info:
            del room.infos[client]
            room.unwritten_clients.add(client)
        self._unwritten.add(channel)

    def people(self, channel: str) -> list[str]:
        """The distinct people in a channel who are connected to this process."""
        room = self._rooms.get(channel)
        return list(room.people) if room else []

    def set_away(self, channel: str, person: str, *, client: str, away: bool) -> None:
        """Whether a connection of a person in a channel is not on screen, as the client says; it is until then."""
        room = self._rooms.get(channel)
        if room is None:
            return
        known = room.away.get(person, set())
        if not away:
            known.discard(client)
            if not known:
                room.away.pop(person, None)
        # No more than there are: a connection that is not in the channel leaves nothing behind.
        elif len(known) < room.people[person]:
            room.away.setdefault(person, known).add(client)

    def on_screen(self, channel: str) -> list[str]:
        """As `people`, those who have the channel on screen on any of their connections to this process."""
        room = self._rooms.get(channel)
        if room is None:
            return []
        away = room.away
        return [person for person, count in room.people.items() if person not in away or len(away[person]) < count]

    def shard_of(self, channel: str) -> Shard:
        return self._shards.of(channel)

    async def count(self, channel: str) -> Headcount:
        """Connections and distinct people in a channel now. Raises RedisError."""
        await self._write_if_needed(channel)
        clients, people = await self._shards.of(channel).run(_call(COUNT, channel, "people"))
        return Headcount(int(clients), int(people))

    async def clients(self, channel: str) -> dict[str, bytes]:
        """The connections in a channel now that came with an info: client id → info. Raises RedisError."""
        await self._write_if_needed(channel)
        found: dict[str, bytes] = {}
        for flat in await self._shards.of(channel).run(_call(LIST, channel, "infos")):
            found |= {client.decode(): info for client, info in zip(flat[::2], flat[1::2], strict=True)}
        return found

    async def elected(self, name: str, secs: float) -> bool:
        """Whether this process is the one that does `name` for the next `secs` seconds. Raises RedisError."""
        command = ("SET", f"souk:elected:{name}", self._process, "NX", "PX", round(secs * 1000))
        return bool(await self._shards.of(name).execute(*command))

    def rewrite(self, shard: Shard) -> None:
        """A Redis may have forgotten everything: write it anew."""
        for channel, room in self._rooms.items():
            if self._shards.of(channel) is shard:
                room.write_again()
                self._unwritten.add(channel)

    async def close(self) -> None:
        await end(self._task)
        for room in self._rooms.values():
            room.clear()
        self._unwritten |= self._rooms.keys()
        with contextlib.suppress(RedisError):  # then the sets lapse by themselves
            await self._write(self._unwritten)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECS)
            try:
                if self._unwritten:
                    await self._write(self._unwritten)
                if time.monotonic() - self._touched_at > REFRESH_SECS:
                    self._touched_at = time.monotonic()
                    await self._touch()
            except RedisError as error:
                log.warning("presence is not written: %r", error)

    async def _write_if_needed(self, channel: str) -> None:
        if channel in self._unwritten:
            await self._write([channel])

    async def _write(self, channels: Iterable[str]) -> None:
        parts = self._shards.split(channels)
        first_error(
            await asyncio.gather(
                *[self._write_to(shard, names) for shard, names in parts.items()], return_exceptions=True
            )
        )

    async def _write_to(self, shard: Shard, channels: list[str]) -> None:
        commands: list[Command] = []
        taken = []
        for channel in channels:
            room = self._rooms[channel]
            taken.append((channel, room, room.unwritten_people, room.unwritten_clients))
            commands += self._changes(channel, room) + self._signs_of_life(channel, room)
            room.unwritten_people, room.unwritten_clients = set(), set()
            self._unwritten.discard(channel)
            if not room.people:
                del self._rooms[channel]
        try:
            await shard.execute_all(commands)
        except RedisError:
            for channel, room, people, clients in taken:
                room = self._rooms.setdefault(channel, room)
                room.unwritten_people |= people
                room.unwritten_clients |= clients
                self._unwritten.add(channel)
            raise

    async def _touch(self) -> None:
        parts = self._shards.split(self._rooms)
        first_error(
            await asyncio.gather(
                *[
                    shard.execute_all(
                        [command for name in names for command in self._signs_of_life(name, self._rooms[name])]
                    )
                    for shard, names in parts.items()
                ],
                return_exceptions=True,
            )
        )

    def _changes(self, channel: str, room: Room) -> list[Command]:
        base = Keys.of(channel).channel
        people, infos = f"{base}:people:{self._process}", f"{base}:infos:{self._process}"
        commands: list[Command] = []
        if came := [person for person in room.unwritten_people if person in room.people]:
            commands.append(("SADD", people, *came))
        if gone := [person for person in room.unwritten_people if person not in room.people]:
            commands.append(("SREM", people, *gone))
        for client in room.unwritten_clients:
            if client in room.infos:
                commands.append(("HSET", infos, client, room.infos[client]))
            else:
                commands.append(("HDEL", infos, client))
        return commands

    def _signs_of_life(self, channel: str, room: Room) -> list[Command]:
        base = Keys.of(channel).channel
        processes, clients = f"{base}:processes", f"{base}:clients"
        if not room.people:
            return [("ZREM", processes, self._process), ("HDEL", clients, self._process)]
        commands: list[Command] = [
            ("EXPIRE", f"{base}:people:{self._process}", TTL_SECS),
            ("ZADD", processes, time.time() + TTL_SECS, self._process),
            ("HSET", clients, self._process, room.people.total()),
            ("EXPIRE", processes, TTL_SECS * 2),
            ("EXPIRE", clients, TTL_SECS * 2),
        ]
        if room.infos:
            commands.append(("EXPIRE", f"{base}:infos:{self._process}", TTL_SECS))
        return commands


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Presence] = WeakKeyDictionary()


def current() -> Presence:
    """The presence of this loop's engine. Raises KeyError where no engine runs."""
    return _of_loop[asyncio.get_running_loop()]


async def count(channel: str) -> Headcount:
    """Connections and distinct people in a channel now. Raises RedisError."""
    return await current().count(channel)


async def elected(name: str, secs: float) -> bool:
    """Whether this process is the one that does `name` for the next `secs` seconds. Raises RedisError."""
    return await current().elected(name, secs)
