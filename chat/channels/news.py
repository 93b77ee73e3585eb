"""What moves a conversation in the lists of its members: told to each of them, while they are not too many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from chat.channels.events import ConversationTouched
from chat.conversations.selectors import listeners_of
from chat.messages.selectors import last_of
from project.kernel.database import database
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)

EVERY_SECS = 0.5


class ListNews:
    """The last message of each conversation is told at once, then at most every `every_secs`: lists show no other.

    Not kept: whoever was away reads the list anew.
    """

    def __init__(self, *, every_secs: float = EVERY_SECS) -> None:
        self._every_secs = every_secs
        self._touched: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, channel: str) -> None:
        """Something was said there. Call it on the loop."""
        self._touched.add(channel)
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._tell())

    async def settled(self) -> None:
        """Wait until everybody has been told."""
        if self._task and self._task.get_loop() is asyncio.get_running_loop():
            await self._task

    async def _tell(self) -> None:
        while self._touched:
            touched, self._touched = self._touched, set()
            try:
                await database(tell, touched)
            except (DatabaseError, RedisError) as error:
                log.warning("%d lists are not told: %r", len(touched), error)
            await asyncio.sleep(self._every_secs)


def tell(touched: Collection[str]) -> None:
    """Tell the members of these channels what was said last, as everybody may see it. Two queries."""
    channels = {int(channel.partition(":")[2]): channel for channel in touched}
    # Read anew: the card that its author gets may be for nobody else.
    last = last_of(channels)
    events = [
        ConversationTouched(channel=channels[conversation_id], message=last[conversation_id], user_to=user_id)
        for conversation_id, user_id, joined_seq in listeners_of(last, most=settings.LIST_NEWS_MEMBERS)
        # Who joined a moment later may not be meant to read it.
        if joined_seq < last[conversation_id]["seq"]
    ]
    if events:
        publish_on_commit(*events)
