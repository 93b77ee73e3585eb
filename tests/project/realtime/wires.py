"""A Redis in a list, and processes whose link to it delivers late, twice, never, or in any order: as a plan says."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
from redis.exceptions import ConnectionError as RedisIsAway

from project.realtime.codes import SHUTDOWN
from project.realtime.connection import Connection
from project.realtime.deadlines import Deadlines
from project.realtime.engine import PING_SECS, Engine
from project.realtime.positions import is_behind
from project.realtime.store import Batch, History, Top
from project.realtime.topics import Caller, Topic
from tests.project.realtime.hall import Written

CHANNEL = "yard:7"
KEPT = 5


class YardTopic(Topic, kind="yard"):
    """Whoever enters waits at the door until it is opened."""

    history_size = KEPT

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[None]] = []

    async def join(self, *, caller: Caller, id: int) -> None:
        self.waiting.append(door := asyncio.get_running_loop().create_future())
        await door


class Stream:
    """What is published in `yard:7`; `truth` keeps it all, the stream its newest part."""

    def __init__(self) -> None:
        self.truth: list[list[bytes]] = [[]]
        self.kept: list[tuple[int, bytes]] = []

    @property
    def epoch(self) -> str:
        return f"e{len(self.truth)}"

    @property
    def top(self) -> int:
        return len(self.truth[-1])

    def append(self, count: int) -> Batch:
        first = self.top + 1
        payloads = [b'"%b-%d"' % (self.epoch.encode(), offset) for offset in range(first, first + count)]
        self.truth[-1] += payloads
        self.kept = [*self.kept, *enumerate(payloads, first)][-KEPT:]
        return Batch(first, self.epoch, payloads)

    def begin_anew(self) -> None:
        self.truth.append([])
        self.kept = []

    def lapse(self) -> None:
        self.kept = []

    def read(self, since: int | None, most: int) -> History:
        found = [] if since is None else [item for item in self.kept if item[0] > since][:most]
        return History(self.epoch, self.top, found)


class Read:
    """A process asks; the stream is read at one moment, and the answer arrives at another."""

    def __init__(self, stream: Stream, since: int | None, most: int) -> None:
        self._stream, self._since, self._most = stream, since, most
        self.answer: asyncio.Future[History] = asyncio.get_running_loop().create_future()
        self.found: History | None = None

    def execute(self) -> None:
        if self.found is None:
            self.found = self._stream.read(self._since, self._most)

    def arrive(self) -> None:
        self.execute()
        if not self.answer.done():
            assert self.found is not None
            self.answer.set_result(self.found)

    def fail(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(RedisIsAway("on purpose"))


class Process(Engine):
    """An engine with the wire that its Pub/Sub messages come by."""

    def __init__(self, stream: Stream) -> None:
        self.channels, self.connections = {}, set()
        self._entered, self._tasks = set(), set()
        self._wheel = [set() for _ in range(PING_SECS)]
        self._orders = SimpleNamespace(heard=0)  # type: ignore[assignment]
        self.shards = SimpleNamespace(of=lambda name: self)  # type: ignore[assignment]
        self.stale = self.behind = Deadlines(3600, lambda one: None)
        self.stream = stream
        self.wire: list[Batch] = []
        self.reads: list[Read] = []
        self.listens = False

    async def subscribe(self, name: str) -> None:
        self.listens = True

    async def unsubscribe(self, name: str) -> None:
        self.listens = False

    async def history(self, name: str, *, since: int | None = None, most: int = 0, **options: Any) -> History:
        self.reads.append(read := Read(self.stream, since, most))
        return await read.answer

    def deliver(self, batch: Batch) -> None:
        if channel := self.channels.get(CHANNEL):
            channel.receive(batch)

    def compare(self) -> None:
        channel = self.channels.get(CHANNEL)
        if channel and is_behind(channel, Top(self.stream.epoch, self.stream.top)):
            channel.check()

    def flush(self) -> None:
        if channel := self.channels.get(CHANNEL):
            channel._flush()


class Client:
    """A client as the SDKs are: it believes what it is told, and comes back with the position that it has."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.position: tuple[str, int] | None = None
        # Positions that it had: it may come back to one, as from a device that was asleep.
        self.past: list[tuple[str, int]] = []
        self.subscribed = False
        self._asked: tuple[str, int] | None = None
        self.work: asyncio.Task[None] | None = None
        self.connection: Connection | None = None
        self.out = Written()

    @property
    def idle(self) -> bool:
        return self.work is None or self.work.done()

    async def connect(self, process: Process) -> None:
        if self.connection:
            self.connection.close(SHUTDOWN)
            await self.connection.gone()
        self.subscribed = False
        Engine._of_loop[asyncio.get_running_loop()] = process
        self.out = Written()
        self.connection = Connection(out=self.out, session_key="")
        await self.connection.on_frame(b'{"id":1,"connect":{}}')
        self.out.payloads.clear()

    def send(self, command: dict[str, Any]) -> None:
        assert self.connection
        self.work = asyncio.create_task(self.connection.on_frame(msgspec.json.encode({"id": 2, **command})))

    def subscribe(self, position: tuple[str, int] | None) -> None:
        request: dict[str, Any] = {"channel": CHANNEL}
        if position:
            request |= {"recover": True, "epoch": position[0], "offset": position[1]}
        self._asked = position
        self.send({"subscribe": request})

    def unsubscribe(self) -> None:
        self.subscribed = False
        self.send({"unsubscribe": {"channel": CHANNEL}})

    def listen(self) -> None:
        """Take in what came, and check every word of it."""
        payloads, self.out.payloads = self.out.payloads, []
        for payload in payloads:
            for line in payload.split(b"\n"):
                self._hear(msgspec.json.decode(line))

    def _hear(self, said: dict[str, Any]) -> None:
        if result := said.get("subscribe"):
            self.subscribed = True
            if result.get("recovered"):
                assert self._asked is not None
                assert (result["epoch"], result["offset"]) == self._asked
            else:
                assert "publications" not in result
            self._move(result["epoch"], result["offset"])
            for publication in result.get("publications", ()):
                self._take(publication)
        elif push := said.get("push"):
            if "disconnect" in push:
                self.subscribed = False
                return
            assert self.subscribed
            if "unsubscribe" in push:
                assert push["unsubscribe"]["code"] == 2500
                self.subscribed = False
            elif "offset" in push["pub"]:
                self._take(push["pub"])
        elif error := said.get("error"):
            assert error["temporary"]

    def _take(self, publication: dict[str, Any]) -> None:
        assert self.position is not None
        epoch, offset = self.position
        assert publication["offset"] == offset + 1
        assert publication["data"] == f"{epoch}-{offset + 1}"
        self._move(epoch, offset + 1)

    def _move(self, epoch: str, offset: int) -> None:
        self.position = epoch, offset
        self.past.append(self.position)
