"""People in a show's room who talk and listen through the published SDK, whatever becomes of their connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from centrifuge import Client, PublicationContext, SubscribedContext, SubscriptionEventHandler

from chat.messages.models import Message
from community.accounts.models import User
from live.shows.models import Show
from project.kernel.database import database
from project.realtime.models import OutboxBatch
from tests.support.factories import make_show, make_user
from tests.support.sdk import leave
from tests.support.stack import Stack
from tests.support.switchboard import Switchboard

SPEAKERS, LISTENERS = 8, 4
QUICKLY: dict[str, Any] = {"min_reconnect_delay": 0.05, "max_reconnect_delay": 0.3, "timeout": 3.0}


class Listener(SubscriptionEventHandler):
    """What it was told, in stretches: within one, the server promised that nothing is missing."""

    def __init__(self, url: str, channel: str) -> None:
        self.stretches: list[list[str]] = []
        # By snapshot or publication, by their place in the conversation.
        self.messages: dict[int, str] = {}
        self.recoveries = 0
        # Publications that did not follow the one before them; the SDK would only log what is raised here.
        self.out_of_turn: list[PublicationContext] = []
        self._offset = 0
        self.client = Client(url, **QUICKLY)
        self.subscription = self.client.new_subscription(
            channel, self, recoverable=True, min_resubscribe_delay=0.05, max_resubscribe_delay=0.3
        )

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        if ctx.recovered:
            self.recoveries += 1
            return
        self.stretches.append([])
        self._offset = ctx.stream_position.offset if ctx.stream_position else 0
        self.messages |= {message["seq"]: message["text"] for message in ctx.data["messages"]}

    async def on_publication(self, ctx: PublicationContext) -> None:
        if not ctx.pub.offset:
            return
        if ctx.pub.offset != self._offset + 1:
            self.out_of_turn.append(ctx)
        self._offset = ctx.pub.offset
        if ctx.pub.data["type"] == "chat.sent":
            message = ctx.pub.data["message"]
            self.stretches[-1].append(message["text"])
            self.messages[message["seq"]] = message["text"]


class Speaker:
    """Says one thing after the other; what is not acknowledged is said again, with the same key."""

    def __init__(self, url: str, channel: str, name: str, token: str) -> None:
        self.acknowledged: list[str] = []
        self.trouble = 0
        self._channel, self._name = channel, name
        self.client = Client(url, token=token, **QUICKLY)
        self._over = False

    async def speak(self) -> None:
        while not self._over:
            await self._say(f"{self._name}-{len(self.acknowledged) + 1}")
            await asyncio.sleep(0.05)

    async def _say(self, text: str) -> None:
        while True:
            try:
                await self.client.rpc("chat.send", {"channel": self._channel, "text": text, "key": text})
            except Exception as error:
                if "too_fast" not in str(error):
                    self.trouble += 1
                await asyncio.sleep(0.1)
            else:
                self.acknowledged.append(text)
                return

    def stop(self) -> None:
        """After what is being said."""
        self._over = True


class Audience:
    def __init__(self, show: Show, speakers: list[Speaker], listeners: list[Listener]) -> None:
        self.show, self.speakers, self.listeners = show, speakers, listeners
        self._talk = [asyncio.create_task(speaker.speak()) for speaker in speakers]

    @property
    def acknowledged(self) -> int:
        return sum(len(speaker.acknowledged) for speaker in self.speakers)

    async def hears_more(self, count: int) -> None:
        """Until so many more messages were acknowledged."""
        enough = self.acknowledged + count
        async with asyncio.timeout(60):
            while self.acknowledged < enough:
                await asyncio.sleep(0.02)

    async def falls_silent(self) -> dict[int, str]:
        """All that was said, by its place; once every listener knows it and nothing waits to be published."""
        for speaker in self.speakers:
            speaker.stop()
        async with asyncio.timeout(60):
            await asyncio.gather(*self._talk)
        said = await database(self._said)
        assert Counter(said.values()) == Counter(text for one in self.speakers for text in one.acknowledged)
        assert sorted(said) == list(range(1, len(said) + 1))
        async with asyncio.timeout(60):
            while await database(OutboxBatch.objects.exists):
                await asyncio.sleep(0.05)
            while not all(said.items() <= listener.messages.items() for listener in self.listeners):
                await asyncio.sleep(0.05)
        for listener in self.listeners:
            assert listener.messages == said
            assert listener.out_of_turn == []
        return said

    def _said(self) -> dict[int, str]:
        return dict(Message.objects.filter(conversation=self.show.conversation_id).values_list("seq", "text"))

    async def end(self) -> None:
        for task in self._talk:
            task.cancel()
        await asyncio.gather(*self._talk, return_exceptions=True)
        await leave(*[one.client for one in (*self.speakers, *self.listeners)])


@contextlib.asynccontextmanager
async def an_audience(stack: Stack, board: Switchboard) -> AsyncIterator[Audience]:
    def begin() -> tuple[Show, list[tuple[User, str]]]:
        users = [make_user() for _ in range(SPEAKERS)]
        return make_show(), [(user, stack.token_of(user)) for user in users]

    show, users = await database(begin)
    channel = f"show:{show.pk}"
    listeners = [Listener(board.url, channel) for _ in range(LISTENERS)]
    speakers = [Speaker(board.url, channel, f"s{user.pk}", token) for user, token in users]
    for listener in listeners:
        await listener.client.connect()
        await listener.subscription.subscribe()
    for speaker in speakers:
        await speaker.client.connect()
    for listener in listeners:
        await listener.subscription.ready(timeout=30)
    audience = Audience(show, speakers, listeners)
    try:
        yield audience
    finally:
        await audience.end()
