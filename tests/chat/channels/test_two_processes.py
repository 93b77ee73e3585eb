"""Whoever is removed is out on every process, within a second."""

from __future__ import annotations

import asyncio

import pytest
from centrifuge import Client, SubscriptionEventHandler, UnsubscribedContext

from chat.conversations.services import create_group, join_group, remove_member
from project.kernel.database import database
from tests.support.factories import make_user
from tests.support.sdk import leave
from tests.support.sessions import token_of
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)


class Device(SubscriptionEventHandler):
    def __init__(self) -> None:
        self.out = asyncio.Event()
        self.code = 0

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        self.code = ctx.code
        self.out.set()


async def test_a_removed_member_is_out_of_all_processes(live_stack: Stack) -> None:
    owner, member = await database(make_user), await database(make_user)
    group = await database(create_group, founder_id=owner.pk, title="Tea")
    await database(join_group, user_id=member.pk, group_id=group.pk)
    stack = await asyncio.to_thread(live_stack.start, web=2)
    clients, devices, owners = [], [], []
    for server in stack.web:
        for user, kept in ((member, devices), (owner, owners)):
            token = await database(token_of, user)
            client = Client(server.websocket_url, token=token)
            device = Device()
            subscription = client.new_subscription(f"group:{group.pk}", device)
            await client.connect()
            await subscription.subscribe()
            await subscription.ready(timeout=10)
            clients.append(client)
            kept.append(device)
    await database(remove_member, removed_by=owner.pk, group_id=group.pk, user_id=member.pk)
    async with asyncio.timeout(1):
        await asyncio.gather(*(device.out.wait() for device in devices))
    assert not any(device.out.is_set() for device in owners)
    await leave(*clients)
