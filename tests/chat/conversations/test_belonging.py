"""Whether somebody is in a group: what is given away may be for its members."""

from __future__ import annotations

import asyncio

import pytest

from chat.conversations import belonging as belongings
from chat.conversations.belonging import belonging
from chat.conversations.models import Group
from chat.conversations.services import create_group, dissolve, join_group, leave_group
from community.accounts.models import User
from project.kernel.database import database
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


async def test_who_is_in_this_group(group: Group, bo: User) -> None:
    other = await database(create_group, founder_id=bo.pk, title="Coffee friends")
    channel = f"group:{group.pk}"
    assert await belonging(channel, bo.pk) == 0
    await database(join_group, user_id=bo.pk, group_id=group.pk)
    assert [await belonging(channel, bo.pk), await belonging(f"group:{other.pk}", bo.pk)] == [1, 1]
    assert [await belonging(name, bo.pk) for name in ("group:999999", f"show:{group.pk}")] == [0, 0]
    await database(leave_group, user_id=bo.pk, group_id=group.pk)
    await database(dissolve, dissolved_by=bo.pk, group_id=other.pk)
    assert [await belonging(channel, bo.pk), await belonging(f"group:{other.pk}", bo.pk)] == [0, 0]


async def test_a_crowd_that_asks_at_once_shares_a_read(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [await database(make_user) for _ in range(5)]
    for person in people[:3]:
        await database(join_group, user_id=person.pk, group_id=group.pk)
    reads: list[int] = []
    read = belongings.those_who_belong

    def counted(asked):  # type: ignore[no-untyped-def]
        reads.append(len(asked))
        return read(asked)

    monkeypatch.setattr(belongings, "those_who_belong", counted)
    found = await asyncio.gather(*(belonging(f"group:{group.pk}", person.pk) for person in people))
    assert (found, reads) == ([1, 1, 1, 0, 0], [5])
