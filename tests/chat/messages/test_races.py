from __future__ import annotations

import asyncio

import pytest

from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages
from project.kernel.database import database
from project.kernel.group_commit import GroupCommit
from tests.chat.messages.test_commit import draft

pytestmark = pytest.mark.django_db(transaction=True)


async def test_several_processes_number_without_gaps(hall, ann, bo) -> None:
    """Each queue is what a process has; their transactions meet in the database."""
    queues: list[GroupCommit[Draft, dict]] = [GroupCommit(commit_messages, most_items=7) for _ in range(4)]
    drafts = [draft(hall, who, f"{n}", room=1 + n % 2) for n in range(60) for who in (ann, bo)]
    # Every draft is sent twice, to another process the second time.
    sent = [queues[(n + shift) % 4].submit(one) for shift in (0, 1) for n, one in enumerate(drafts)]
    answers = await asyncio.gather(*sent)
    assert answers[:120] == answers[120:]
    for room in (1, 2):
        places = Message.objects.filter(conversation=hall.conversations[room]).order_by("seq")
        assert await database(list, places.values_list("seq", flat=True)) == list(range(1, 61))
