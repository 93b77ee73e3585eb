"""A server of the engine alone: one topic, no database behind it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from project import wiring
from project.kernel.errors import Forbidden, NotFound
from project.realtime import router
from project.realtime.consumer import RealtimeConsumer
from project.realtime.engine import Engine
from project.realtime.server.uvicorn_ws import FrontDoor
from project.realtime.topics import Caller, Params, Topic, logged_in, method


class AddParams(Params):
    left: int
    right: int


class RoomTopic(Topic, kind="room"):
    """Any room below 1000 may be entered; 403 is closed to all."""

    presence = True
    history_size = 20

    def __init__(self) -> None:
        self.entries: list[str] = []

    async def join(self, *, caller: Caller, id: int) -> dict[str, Any]:
        if id == 403:
            raise Forbidden
        if id >= 1000:
            raise NotFound
        return {"room": id}

    async def entered(self, *, id: int) -> None:
        self.entries.append(f"entered {id}")

    async def left(self, *, id: int) -> None:
        self.entries.append(f"left {id}")

    @method("sum.add")
    async def add(self, *, caller: Caller, params: AddParams) -> dict[str, int]:
        return {"sum": params.left + params.right}

    @method("sum.secret", requires=logged_in)
    async def secret(self, *, caller: Caller, params: Params) -> dict[str, int]:
        return {"of": caller.id}

    @method("sum.crash")
    async def crash(self, *, caller: Caller, params: Params) -> None:
        raise RuntimeError("on purpose")


@pytest.fixture
def room() -> Iterator[RoomTopic]:
    topic = RoomTopic()
    router.install([topic])
    yield topic
    router.install(wiring.TOPICS)


class Server:
    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"ws://127.0.0.1:{port}/connection/websocket"

    @contextlib.asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Socket]:
        async with connect(self.url, **options) as raw:
            yield Socket(raw)


class Socket:
    """A bare WebSocket that speaks frames, for what no SDK would send."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw
        self._objects: list[dict[str, Any]] = []

    async def send(self, *commands: dict[str, Any]) -> None:
        await self.raw.send(b"\n".join(msgspec.json.encode(command) for command in commands).decode())

    async def receive(self) -> dict[str, Any]:
        """The next object that is no ping."""
        while not self._objects:
            frame = await asyncio.wait_for(self.raw.recv(), 10)
            self._objects = [
                msgspec.json.decode(line) for line in frame.split("\n" if isinstance(frame, str) else b"\n")
            ]
            self._objects = [item for item in self._objects if item]
        return self._objects.pop(0)

    async def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        await self.send(command)
        return await self.receive()

    async def open(self, **request: Any) -> dict[str, Any]:
        return await self.ask({"id": 1, "connect": request})


@pytest.fixture
async def server(room: RoomTopic, valkey: Any) -> AsyncIterator[Server]:
    """uvicorn with our WebSocket class, in this loop."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        RealtimeConsumer(),
        http=FrontDoor(),  # type: ignore[arg-type]
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=3,
    )
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve(sockets=[listener]))
    try:
        yield Server(listener.getsockname()[1])
    finally:
        running.should_exit = True
        await task
        await Engine.current().close()
