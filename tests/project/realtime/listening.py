"""An SDK client that notes what it hears, and somebody who talks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from centrifuge import (
    Client,
    PublicationContext,
    SubscribedContext,
    Subscription,
    SubscriptionEventHandler,
    UnsubscribedContext,
)

from project.realtime import publisher, store
from project.realtime.publisher import Push, publish
from tests.project.realtime.conftest import Server
from tests.support.sdk import leave


class Ear(SubscriptionEventHandler):
    def __init__(self) -> None:
        self.heard: list[int] = []
        self.subscriptions: list[SubscribedContext] = []
        self.unsubscriptions: list[UnsubscribedContext] = []
        self._changed = asyncio.Condition()

    async def on_publication(self, ctx: PublicationContext) -> None:
        await self._note(self.heard, ctx.pub.data["n"])

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        await self._note(self.subscriptions, ctx)

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        await self._note(self.unsubscriptions, ctx)

    async def _note(self, where: list[Any], what: Any) -> None:
        where.append(what)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(condition)


class Listener:
    """An SDK client in a channel."""

    def __init__(self, server: Server, channel: str = "room:7") -> None:
        self.client = Client(server.url, min_reconnect_delay=0.05, max_reconnect_delay=0.2)
        self.ear = Ear()
        self.subscription: Subscription = self.client.new_subscription(
            channel, self.ear, recoverable=True, min_resubscribe_delay=0.05, max_resubscribe_delay=0.2
        )

    async def __aenter__(self) -> Listener:
        await self.client.connect()
        await self.subscription.subscribe()
        await self.ear.until(lambda: self.ear.subscriptions)
        return self

    async def __aexit__(self, *_: object) -> None:
        await leave(self.client)

    async def hears(self, *numbers: int) -> None:
        await self.ear.until(lambda: len(self.ear.heard) >= len(numbers))
        assert self.ear.heard == list(numbers)


@contextlib.asynccontextmanager
async def listening(server: Server, rooms: list[str]) -> AsyncIterator[list[Listener]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Listener(server, room)) for room in rooms]


async def say(*numbers: int, channel: str = "room:7") -> None:
    payloads = [msgspec.json.encode({"n": number}) for number in numbers]
    await asyncio.to_thread(publish, [Push(channel, payloads, [])])


def append_unheard(*numbers: int, channel: str = "room:7") -> None:
    """As if Redis had lost the messages to this process: they are in the stream, and were not pushed."""
    keys = store.Keys.of(channel)
    client = publisher.client(channel)
    size, _ = store.kept(channel)
    top = int(client.hget(keys.top, "offset"))
    for offset, number in enumerate(numbers, top + 1):
        payload = msgspec.json.encode({"n": number})
        client.xadd(keys.log, {"d": payload}, id=f"{offset}-0", maxlen=size, approximate=False)
    # Last: positions may be compared at any moment.
    client.hset(keys.top, "offset", str(top + len(numbers)))
