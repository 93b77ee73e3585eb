"""People who claim over sockets of real servers, all at once; each is one connection, and says what it was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from community.accounts.models import User
from project.kernel.database import database
from tests.support.sessions import log_in
from tests.support.stack import WebServer

# Nobody waits longer for an answer, nor for the end of the socket.
PATIENCE_SECS = 30
AT_ONCE = 20
CLOSED = "closed"


@dataclass
class Claimer:
    """`told` is what was answered, in turn: the id of the claim, the word of a refusal, or `CLOSED`."""

    user_id: int
    socket: ClientConnection
    told: list[int | str] = field(default_factory=list)

    async def claim(self, **params: Any) -> int | str:
        """Raises TimeoutError when the server says nothing, and does not close the socket either."""
        said: int | str
        number = len(self.told) + 2
        async with asyncio.timeout(PATIENCE_SECS):
            try:
                await self.socket.send(json.dumps({"id": number, "rpc": {"method": "sale.claim", "data": params}}))
                reply = await self._reply(number)
                said = reply["error"]["message"] if "error" in reply else reply["rpc"]["data"]["claim"]
            except ConnectionClosed:
                said = CLOSED
        self.told.append(said)
        return said

    async def _reply(self, number: int) -> dict[str, Any]:
        while True:
            for line in str(await self.socket.recv()).splitlines():
                said: dict[str, Any] = json.loads(line)
                if said.get("id") == number:
                    return said
                if not said:
                    await self.socket.send("{}")


@asynccontextmanager
async def claimers(users: Sequence[User], servers: Collection[WebServer]) -> AsyncIterator[list[Claimer]]:
    """One for each user, connected by their cookies, in turn to the servers."""
    keys = await database(lambda: [log_in(user) for user in users])
    turns = [list(servers)[number % len(servers)] for number in range(len(users))]
    gate = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as sockets:

        async def enter(user: User, key: str, server: WebServer) -> Claimer:
            cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
            async with gate:
                opening = connect(server.websocket_url, additional_headers=cookie, origin=server.url)  # type: ignore[arg-type]
                socket = await sockets.enter_async_context(opening)
                claimer = Claimer(user.pk, socket)
                await socket.send(json.dumps({"id": 1, "connect": {}}))
                reply = await claimer._reply(1)
            assert "connect" in reply, reply
            return claimer

        async with asyncio.timeout(PATIENCE_SECS * 2):
            yield await asyncio.gather(*map(enter, users, keys, turns))
