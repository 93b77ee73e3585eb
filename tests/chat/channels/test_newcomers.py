"""Who joined a group that keeps its past to itself gets nothing of it from the channel's stream either."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from centrifuge import Client, PublicationContext, SubscribedContext, SubscriptionEventHandler
from centrifuge.types import StreamPosition
from django.db import transaction

from chat.channels import posting
from chat.conversations.models import Group
from chat.conversations.services import change_group, join_group
from chat.messages.changes import edit_message
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from project.kernel.database import database
from tests.support.sdk import leave
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)


def say(group: Group, author: User, *texts: str) -> None:
    keeper = posting.room_of_group(group.pk).keeper
    with transaction.atomic():
        commit_messages([Draft(f"group:{group.pk}", group.pk, author.pk, None, text, text, keeper) for text in texts])


class Ear(SubscriptionEventHandler):
    def __init__(self) -> None:
        self.entered: list[SubscribedContext] = []
        self.texts: list[str] = []

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        self.entered.append(ctx)

    async def on_publication(self, ctx: PublicationContext) -> None:
        self.texts.append(ctx.pub.data.get("message", {}).get("text"))


async def recovered(stack: Stack, user: User, group: Group, *, since: StreamPosition) -> tuple[Any, ...]:
    """What the SDK gets that was there at a position: whether it recovers, what it hears, the history, the snapshot."""

    token = await asyncio.to_thread(stack.token_of, user)
    client = Client(stack.web[0].websocket_url, token=token)
    ear = Ear()
    subscription = client.new_subscription(f"group:{group.pk}", ear, recoverable=True)
    # As after a reconnect.
    subscription._recover, subscription._offset, subscription._epoch = True, since.offset, since.epoch
    try:
        await client.connect()
        await subscription.subscribe()
        await subscription.ready(timeout=20)
        history = await subscription.history(limit=100)
        [entered] = ear.entered
        past = [publication.data.get("message", {}).get("text") for publication in history.publications]
        shown = [message["text"] for message in entered.data["messages"]]
        return entered.recovered, ear.texts, past, shown
    finally:
        await leave(client)


async def test_the_stream_of_a_group_begins_for_each_member_where_they_joined(
    live_stack: Stack, group: Group, ann: User, bo: User
) -> None:
    await asyncio.to_thread(live_stack.start, web=1)
    channel = f"group:{group.pk}"
    await database(change_group, changed_by=ann.pk, group_id=group.pk, history="since_joining")
    await database(say, group, ann, "a secret", "another")
    await database(join_group, user_id=bo.pk, group_id=group.pk)
    await database(say, group, ann, "hello Bo")
    beginning = StreamPosition(offset=0, epoch="")
    everything = [None, "a secret", "another", "hello Bo"]
    assert await recovered(live_stack, ann, group, since=beginning) == (True, everything, everything, everything[1:])
    assert await recovered(live_stack, bo, group, since=beginning) == (False, [], [None, "hello Bo"], ["hello Bo"])

    # What becomes of an earlier message is no more for newcomers than the message.
    await database(edit_message, channel=channel, user_id=ann.pk, seq=1, text="another secret")
    assert (await recovered(live_stack, bo, group, since=beginning))[:3] == (False, [], [None, "hello Bo"])
    await database(change_group, changed_by=ann.pk, group_id=group.pk, history="all")
    assert (await recovered(live_stack, bo, group, since=beginning))[0] is True
