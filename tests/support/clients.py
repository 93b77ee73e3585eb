"""Clients of the engine in this loop: everything but the socket is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import msgspec
import pytest

from chat.messages import services as messages
from chat.messages.pace import Pace
from community.accounts.models import User
from project.kernel.database import database
from project.realtime.codes import CloseCode
from project.realtime.connection import Connection
from project.realtime.engine import Engine
from tests.support.sessions import log_in

WITHIN_SECS = 10


class Client:
    """Speaks the protocol: `await client.enter("show:7")`, `await client.call("chat.send", {…})`."""

    def __init__(self, session_key: str) -> None:
        self.backlog = 0
        self.closed: CloseCode | None = None
        self.replies: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        # Channels that the server ended the subscription to.
        self.pushed_out: list[str] = []
        self._ids = count(1)
        self._news = asyncio.Event()
        self._connection = Connection(out=self, session_key=session_key)

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        for line in payload.splitlines():
            said = msgspec.json.decode(line)
            if "id" in said:
                self.replies[said["id"]] = said
            elif pub := said.get("push", {}).get("pub"):
                self.events.append({"channel": said["push"]["channel"], **pub["data"]})
            elif "unsubscribe" in said.get("push", {}):
                self.pushed_out.append(said["push"]["channel"])
        self._news.set()

    def close(self, code: CloseCode) -> None:
        self.closed = code
        self._news.set()

    async def ask(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The result, or `{"error": …}`."""
        number = next(self._ids)
        await self._connection.on_frame(msgspec.json.encode({"id": number, name: body}))
        await self._until(lambda: number in self.replies)
        reply = self.replies[number]
        return {"error": reply["error"]["message"]} if "error" in reply else reply[name]

    async def connect(self) -> dict[str, Any]:
        return await self.ask("connect", {})

    async def enter(self, channel: str) -> dict[str, Any]:
        """The snapshot, or `{"error": …}`."""
        reply = await self.ask("subscribe", {"channel": channel})
        return reply.get("data", reply)

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        reply = await self.ask("rpc", {"method": method, "data": params})
        return reply.get("data", reply)

    async def event(self, type: str, **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields, which may have come already; it is taken."""

        def found() -> dict[str, Any] | None:
            for event in self.events:
                if event["type"] == type and all(event.get(name) == value for name, value in fields.items()):
                    return event
            return None

        await self._until(lambda: found() is not None)
        event = found()
        assert event
        self.events.remove(event)
        return event

    async def put_out(self, channel: str) -> None:
        """Wait until the server has ended the subscription."""
        await self._until(lambda: channel in self.pushed_out)

    async def leave(self) -> None:
        await self._connection.gone()

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_SECS):
            while not condition():
                self._news.clear()
                await self._news.wait()


Connect = Callable[..., Awaitable[Client]]


@asynccontextmanager
async def clients(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    """`await connect(user)`; without a user, a guest. Nobody is too fast, and all leave at the end."""
    monkeypatch.setattr(messages, "_pace", Pace(burst=1000, secs=1))
    connected: list[Client] = []

    async def connect(user: User | None = None) -> Client:
        client = Client(await database(log_in, user) if user else "")
        connected.append(client)
        await client.connect()
        return client

    yield connect
    for client in connected:
        await client.leave()
    await Engine.current().close()
