"""Whoever logs out, or may do less than before, loses open sockets within a second, wherever they are held."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect

from community.accounts import services
from community.accounts.models import User
from project.kernel.database import database
from tests.support.factories import make_user
from tests.support.stack import Stack, WebServer


@pytest.fixture
async def sockets() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def opened(
    sockets: AsyncExitStack, server: WebServer, *, token: str = "", cookie: str = "", origin: str | None = None
) -> tuple[ClientConnection, Any]:
    """A socket, and what the server said to `connect`."""
    headers = {"Cookie": cookie} if cookie else {}
    opening = connect(server.websocket_url, additional_headers=headers, origin=origin)  # type: ignore[arg-type]
    raw = await sockets.enter_async_context(opening)
    await raw.send(msgspec.json.encode({"id": 1, "connect": {"token": token} if token else {}}).decode())
    return raw, msgspec.json.decode((await asyncio.wait_for(raw.recv(), 10)).split("\n")[0])  # type: ignore[arg-type]


async def closed(raw: ClientConnection) -> tuple[dict[str, Any], float]:
    """The disconnect push, and when it came."""
    async with asyncio.timeout(10):
        while True:
            for line in str(await raw.recv()).split("\n"):
                push = msgspec.json.decode(line).get("push", {})
                if "disconnect" in push:
                    return push["disconnect"], time.monotonic()


async def test_sockets_of_a_session_that_ends_are_closed_within_a_second(
    live_stack: Stack, sockets: AsyncExitStack
) -> None:
    def begin() -> tuple[User, Client, str, str, str]:
        user = make_user()
        live_stack.start(web=2)
        browser, other = Client(), Client()
        browser.force_login(user)
        other.force_login(user)
        token = browser.post("/api/realtime/token").json()["token"]
        cookie = f"sessionid={browser.cookies['sessionid'].value}"
        return user, browser, token, cookie, f"sessionid={other.cookies['sessionid'].value}"

    user, browser, token, cookie, other_cookie = await database(begin)
    first, second = live_stack.web
    by_token, _ = await opened(sockets, first, token=token)
    by_cookie, answer = await opened(sockets, second, cookie=cookie, origin=first.url)
    assert list(answer["connect"]["subs"]) == [f"user:{user.pk}"]
    elsewhere, _ = await opened(sockets, second, cookie=other_cookie, origin=first.url)

    began = time.monotonic()
    await database(browser.delete, "/_allauth/browser/v1/auth/session")
    for raw in (by_token, by_cookie):
        reason, at = await closed(raw)
        assert reason == {"code": 4001, "reason": "session ended", "reconnect": True}
        assert at - began < 1
    # The token names a session that has ended, and is refused for good; the cookie is a guest's now.
    _, refused = await opened(sockets, second, token=token)
    assert refused["push"]["disconnect"]["code"] == 3500
    _, answer = await opened(sockets, first, cookie=cookie, origin=first.url)
    assert "subs" not in answer["connect"]

    began = time.monotonic()
    await database(services.deactivate, user=user)
    _, at = await closed(elsewhere)
    assert at - began < 1


async def test_a_cookie_counts_only_with_an_origin_of_ours(live_stack: Stack, sockets: AsyncExitStack) -> None:
    def begin() -> str:
        user = make_user()
        live_stack.start(web=1)
        return live_stack.cookie_of(user)

    cookie = await database(begin)
    (server,) = live_stack.web
    _, answer = await opened(sockets, server, cookie=cookie)
    assert "subs" not in answer["connect"]
    for origin in ("https://elsewhere.example", "null", f"{server.url}.elsewhere.example", server.url.upper()):
        with pytest.raises(Exception, match="HTTP 403"):
            await opened(sockets, server, cookie=cookie, origin=origin)
