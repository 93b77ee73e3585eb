"""Whoever comes back with an offset gets each event once; whoever moderates no more gets none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from centrifuge import (
    Client,
    ClientEventHandler,
    PublicationContext,
    ServerPublicationContext,
    ServerSubscribedContext,
    SubscribedContext,
    SubscriptionEventHandler,
    UnsubscribedContext,
)

from community.accounts.models import Role, User
from community.accounts.services import revoke_role
from community.moderation.services.decisions import Verdict, decide
from community.moderation.services.reports import report
from community.moderation.services.sanctions import add_sanction, lift_sanction
from live.shows.models import Show
from project.kernel.database import database
from tests.community.moderation.conftest import say
from tests.support.sdk import leave
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)


CASES = 3


class Heard:
    """What came, in order."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._more = asyncio.Condition()

    async def note(self, what: Any) -> None:
        self.items.append(what)
        async with self._more:
            self._more.notify_all()

    async def until(self, condition: Callable[[list[Any]], bool]) -> None:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: condition(self.items))


class DeskEar(SubscriptionEventHandler):
    def __init__(self) -> None:
        self.heard, self.doors = Heard(), Heard()

    async def on_publication(self, ctx: PublicationContext) -> None:
        if ctx.pub.offset:
            case = ctx.pub.data["case"]
            await self.heard.note((ctx.pub.data["type"], case["id"], case["version"]))

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        await self.doors.note(("in", ctx.was_recovering, ctx.recovered))

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        await self.doors.note(("out", ctx.code, ctx.reason))


class OwnEar(ClientEventHandler):
    def __init__(self) -> None:
        self.heard, self.doors = Heard(), Heard()

    async def on_publication(self, ctx: ServerPublicationContext) -> None:
        if ctx.pub.data["type"].startswith("sanction."):
            sanction = ctx.pub.data["sanction"]
            await self.heard.note((ctx.pub.data["type"], sanction["id"], sanction["version"]))

    async def on_subscribed(self, ctx: ServerSubscribedContext) -> None:
        await self.doors.note(("in", ctx.was_recovering, ctx.recovered))


def client_of(stack: Stack, user: User, ear: ClientEventHandler | None = None) -> Client:
    token = stack.token_of(user)
    return Client(stack.websocket_url, ear, token=token, min_reconnect_delay=0.05, max_reconnect_delay=0.2)


async def test_the_desk_is_replayed_to_moderators_alone(
    live_stack: Stack, show: Show, ann: User, bo: User, mod: User, other_mod: User
) -> None:
    def begin() -> tuple[Client, list[str]]:
        live_stack.start(web=1)
        said = [say(f"show:{show.pk}", ann, f"buy {n}") for n in range(CASES)]
        return client_of(live_stack, mod), [f"message:{message['id']}" for message in said]

    client, targets = await database(begin)
    ear = DeskEar()
    desk = client.new_subscription("desk:0", ear, recoverable=True)
    try:
        await client.connect()
        await desk.subscribe()
        await desk.ready(timeout=20)
        cases = [await database(report, reporter_id=bo.pk, target=targets[0], reason="spam")]
        await ear.heard.until(lambda heard: len(heard) == 1)

        await client._conn.close()
        cases += [await database(report, reporter_id=bo.pk, target=target, reason="spam") for target in targets[1:]]
        await database(decide, by=other_mod.pk, case_id=cases[0].pk, verdict=Verdict("keep"))
        await database(decide, by=other_mod.pk, case_id=cases[1].pk, verdict=Verdict("remove"))
        changes = [(case, 1) for case in cases] + [(case, 2) for case in cases[:2]]
        events = [("case.changed", case.pk, version) for case, version in changes]
        await ear.heard.until(lambda heard: len(heard) >= len(events))
        assert ear.heard.items == events
        assert ear.doors.items == [("in", False, False), ("in", True, True)]

        await database(revoke_role, user=mod, name=Role.Name.MODERATOR)
        await ear.doors.until(lambda doors: len(doors) == 3)
        assert ear.doors.items[2] == ("out", 403, "forbidden")
        await database(decide, by=other_mod.pk, case_id=cases[2].pk, verdict=Verdict("keep"))
        # With the position that is still known, and from the beginning.
        await desk.subscribe()
        await ear.doors.until(lambda doors: len(doors) == 4)
        desk._recover, desk._offset, desk._epoch = True, 0, ""
        await desk.subscribe()
        await ear.doors.until(lambda doors: len(doors) == 5)
        assert ear.doors.items[3:] == [("out", 403, "forbidden")] * 2
        assert ear.heard.items == events
    finally:
        await leave(client)


async def test_what_one_is_held_to_is_told_once_after_a_cut(
    live_stack: Stack, show: Show, ann: User, mod: User
) -> None:
    ear = OwnEar()

    def begin() -> Client:
        live_stack.start(web=1)
        return client_of(live_stack, ann, ear)

    client = await database(begin)
    muting = {"by": mod.pk, "user_id": ann.pk, "scope": f"show:{show.pk}", "reason": "spam", "secs": 600}
    try:
        await client.connect()
        await client.ready(timeout=20)
        first = await database(add_sanction, kind="mute", **muting)
        await ear.heard.until(lambda heard: len(heard) == 1)

        await client._conn.close()
        await database(lift_sanction, by=mod.pk, sanction_id=first.pk)
        await database(add_sanction, kind="shadow_mute", **muting)
        second = await database(add_sanction, kind="warning", **muting)
        await ear.heard.until(lambda heard: len(heard) >= 3)
        third = await database(add_sanction, kind="mute", **muting)
        await ear.heard.until(lambda heard: len(heard) >= 4)
        assert ear.heard.items == [
            ("sanction.added", first.pk, 1),
            ("sanction.lifted", first.pk, 2),
            ("sanction.added", second.pk, 1),
            ("sanction.added", third.pk, 1),
        ]
        assert ear.doors.items == [("in", False, False), ("in", True, True)]
    finally:
        await leave(client)
