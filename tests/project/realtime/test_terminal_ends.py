"""Whom a server sends away for good stays away, though daphne drops the reason of a close: the published SDKs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from centrifuge import Client, ClientEventHandler, ClientState, ConnectedContext, DisconnectedContext
from django.conf import settings

from community.accounts import services
from community.accounts.models import User
from project.kernel.database import database
from project.realtime import codes, control
from tests.project.realtime.conftest import Server
from tests.project.realtime.test_daphne import daphne
from tests.support.factories import make_user
from tests.support.stack import Stack

__all__ = ["daphne"]
pytestmark = pytest.mark.django_db(transaction=True)

NODE = [str(settings.BASE_DIR / "deploy/tools/with-node"), "node", "--experimental-websocket"]
SCRIPT = Path(__file__).with_name("terminal_end.mjs")


class Ends(ClientEventHandler):
    def __init__(self) -> None:
        self.connections = 0
        self.ended: asyncio.Future[DisconnectedContext] = asyncio.get_running_loop().create_future()

    async def on_connected(self, ctx: ConnectedContext) -> None:
        self.connections += 1

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        self.ended.set_result(ctx)


async def somebody(stack: Stack) -> tuple[User, str]:
    def begin() -> tuple[User, str]:
        user = make_user()
        return user, stack.token_of(user)

    return await database(begin)


async def ban(user: User) -> None:
    await asyncio.to_thread(control.end_connections, user_id=user.pk, code=codes.BANNED)


async def test_the_python_sdk_stays_away(daphne: Server, live_stack: Stack) -> None:
    user, token = await somebody(live_stack)
    client = Client(daphne.url, events=(ends := Ends()), token=token, min_reconnect_delay=0.05)
    await client.connect()
    await client.ready(timeout=20)
    await ban(user)
    end = await asyncio.wait_for(ends.ended, 20)
    assert (end.code, end.reason) == (4503, "banned")
    await asyncio.sleep(1)
    assert (client.state, ends.connections) == (ClientState.DISCONNECTED, 1)


async def test_the_python_sdk_does_not_come_back_with_a_forged_token(daphne: Server) -> None:
    client = Client(daphne.url, events=(ends := Ends()), token="forged", min_reconnect_delay=0.05)
    await client.connect()
    end = await asyncio.wait_for(ends.ended, 20)
    assert (end.code, end.reason) == (3500, "invalid token")
    await asyncio.sleep(1)
    assert (client.state, ends.connections) == (ClientState.DISCONNECTED, 0)


async def told(port: int, token: str) -> asyncio.subprocess.Process:
    arguments = [str(SCRIPT), str(settings.BASE_DIR / "frontend/node_modules"), str(port), token]
    return await asyncio.create_subprocess_exec(*NODE, *arguments, stdout=asyncio.subprocess.PIPE)


async def test_the_javascript_sdk_stays_away(daphne: Server, live_stack: Stack) -> None:
    user, token = await somebody(live_stack)
    script = await told(daphne.port, token)
    assert script.stdout
    async with asyncio.timeout(60):
        assert await script.stdout.readline() == b"connecting 0\n"
        assert await script.stdout.readline() == b"connected\n"
        await ban(user)
        assert await script.stdout.read() == b"disconnected 4503 banned\n"
        assert await script.wait() == 0


async def test_the_javascript_sdk_comes_back_to_a_session_that_is_over_and_is_refused(
    daphne: Server, live_stack: Stack
) -> None:
    user, token = await somebody(live_stack)
    script = await told(daphne.port, token)
    assert script.stdout
    async with asyncio.timeout(60):
        assert await script.stdout.readline() == b"connecting 0\n"
        assert await script.stdout.readline() == b"connected\n"

        await database(services.deactivate, user=user)
        assert await script.stdout.readline() == b"connecting 4001\n"
        assert await script.stdout.read() == b"disconnected 3500 invalid token\n"
        assert await script.wait() == 0
