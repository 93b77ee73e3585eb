"""Between the database and the sockets: every client's state equals a fresh snapshot, whatever died or overtook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from centrifuge import Client, PublicationContext, SubscribedContext, SubscriptionEventHandler

from live.room.selectors import room_snapshot
from live.shelf.services import pin, unpin
from live.shows.models import Show
from project.kernel.database import database
from project.realtime import outbox
from project.realtime.models import OutboxBatch
from tests.live.room.replay import comparable, replay
from tests.support.factories import make_shelf_item, make_show
from tests.support.sdk import leave
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6

# Pins an item and dies after COMMIT, before anything is published.
DIES = """
import os, signal
from project.realtime import outbox
from live.shelf.services import pin
outbox.publish_now = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
pin(show_id={show}, item_id={item})
"""


class Viewer(SubscriptionEventHandler):
    """An SDK client in a show's room, with its snapshot and all that it heard."""

    def __init__(self) -> None:
        self.snapshot: dict[str, Any] | None = None
        self.events: list[dict[str, Any]] = []

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        self.snapshot, self.events = ctx.data, []

    async def on_publication(self, ctx: PublicationContext) -> None:
        self.events.append(ctx.pub.data)

    @property
    def state(self) -> dict[str, Any] | None:
        # How many are here changes while the test runs, and is no part of what could be lost.
        return self.snapshot and {**replay(self.snapshot, self.events), "viewers": 0}


@asynccontextmanager
async def viewers_of(show: Show, stack: Stack) -> AsyncIterator[list[Viewer]]:
    viewers = [Viewer() for _ in range(PEOPLE)]
    clients = [Client(stack.web[number % len(stack.web)].websocket_url) for number in range(PEOPLE)]
    subscriptions = [
        client.new_subscription(f"show:{show.pk}", viewer, recoverable=True)
        for client, viewer in zip(clients, viewers, strict=True)
    ]
    try:
        for client, subscription in zip(clients, subscriptions, strict=True):
            await client.connect()
            await subscription.subscribe()
        for subscription in subscriptions:
            await subscription.ready(timeout=30)
        yield viewers
    finally:
        await leave(*clients)


async def all_reach(viewers: list[Viewer], show: Show) -> None:
    """Every viewer's state becomes that of a fresh snapshot."""
    fresh = comparable(await database(room_snapshot, show.pk, viewers=0))
    async with asyncio.timeout(30):
        while not all(viewer.state == fresh for viewer in viewers):
            await asyncio.sleep(0.05)
    assert [viewer.state for viewer in viewers] == [fresh] * PEOPLE


async def test_a_process_that_dies_between_commit_and_publish(live_stack: Stack) -> None:
    await asyncio.to_thread(live_stack.start, web=2)
    show = await database(make_show)
    item = await database(lambda: make_shelf_item(show=show))
    async with viewers_of(show, live_stack) as viewers:
        dying = live_stack.start_python("dies", DIES.format(show=show.pk, item=item.pk))
        await asyncio.to_thread(live_stack.until, lambda: not dying.is_running, secs=30)
        assert dying.last_words() == ""
        await all_reach(viewers, show)
        assert [event["type"] for event in viewers[0].events if event["type"] == "item.pinned"] == ["item.pinned"]
        assert viewers[0].state is not None
        assert [card["id"] for card in viewers[0].state["pinned"]] == [item.pk]
    assert not await database(OutboxBatch.objects.exists)


async def test_two_events_that_overtake_each_other(live_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    await asyncio.to_thread(live_stack.start, web=2)
    show = await database(make_show)
    first, second = [await database(lambda: make_shelf_item(show=show)) for _ in range(2)]

    def pin_and_publish_in_the_other_order() -> None:
        held: list[Any] = []
        publish_now = outbox.publish_now
        with monkeypatch.context() as holding:
            holding.setattr(outbox, "publish_now", lambda events, **options: held.append((events, options)))
            pin(show_id=show.pk, item_id=first.pk)
            pin(show_id=show.pk, item_id=second.pk)
            unpin(show_id=show.pk, item_id=first.pk)
        assert len(held) == 3
        for events, options in reversed(held):
            publish_now(events, **options)

    async with viewers_of(show, live_stack) as viewers:
        await database(pin_and_publish_in_the_other_order)
        await all_reach(viewers, show)
        assert viewers[0].state is not None
        assert [card["id"] for card in viewers[0].state["pinned"]] == [second.pk]
        heard = [event["type"] for event in viewers[0].events if event["type"].startswith("item.")]
        assert heard == ["item.unpinned", "item.pinned", "item.pinned"]


async def test_a_snapshot_taken_between_commit_and_publish(live_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event is then in the snapshot already, and comes once more: it changes nothing."""
    await asyncio.to_thread(live_stack.start)
    show = await database(make_show)
    item = await database(lambda: make_shelf_item(show=show))
    held: list[Any] = []
    publish_now = outbox.publish_now

    def pin_silently() -> None:
        with monkeypatch.context() as holding:
            holding.setattr(outbox, "publish_now", lambda events, **options: held.append((events, options)))
            pin(show_id=show.pk, item_id=item.pk)

    await database(pin_silently)
    async with viewers_of(show, live_stack) as viewers:
        assert [[card["id"] for card in viewer.snapshot["pinned"]] for viewer in viewers if viewer.snapshot] == [
            [item.pk]
        ] * PEOPLE
        for events, options in held:
            await database(publish_now, events, **options)
        async with asyncio.timeout(30):
            while not all("item.pinned" in [event["type"] for event in viewer.events] for viewer in viewers):
                await asyncio.sleep(0.05)
        await all_reach(viewers, show)
