"""Many at the same moment, against the real database: counts are exact, and nobody is in twice."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
from django.db import connection

from chat.conversations.models import DirectChat, Group, Invite, JoinRequest, Member
from chat.conversations.services import (
    change_group,
    create_group,
    create_invite,
    decide_request,
    join_by_invite,
    join_group,
    leave_group,
    mark_read,
    move_cursors,
    open_direct,
    remove_member,
    transfer,
)
from community.accounts.models import User
from project.kernel.errors import DomainError
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one write at a time"),
]


def people(count: int) -> list[User]:
    return [make_user(password=None) for _ in range(count)]


def counted(group: Group) -> tuple[int, int]:
    """As the group has it, and as the rows have it."""
    return Group.objects.get(pk=group.pk).member_count, Member.objects.filter(conversation_id=group.pk).count()


def test_the_last_place_is_taken_once() -> None:
    owner, *others = people(12)
    group = create_group(founder_id=owner.pk, title="Tea")
    change_group(changed_by=owner.pk, group_id=group.pk, capacity=4)
    answers = at_once([partial(join_group, user_id=other.pk, group_id=group.pk) for other in others])
    assert answers["group_full"] == 8
    assert counted(group) == (4, 4)


def test_the_last_use_of_an_invite_is_one() -> None:
    owner, *others = people(10)
    group = create_group(founder_id=owner.pk, title="Tea", join_policy="invite")
    invite = create_invite(created_by=owner.pk, group_id=group.pk, max_uses=2)
    answers = at_once([partial(join_by_invite, user_id=other.pk, code=invite.code) for other in others])
    assert answers["invite_used_up"] == 7
    assert Invite.objects.get().uses == 2
    assert counted(group) == (3, 3)


def test_one_who_joins_on_many_ways_is_in_once() -> None:
    owner, other = people(2)
    group = create_group(founder_id=owner.pk, title="Tea", join_policy="approval")
    request = join_group(user_id=other.pk, group_id=group.pk).request
    assert request is not None
    invite = create_invite(created_by=owner.pk, group_id=group.pk)
    ways = [
        *[partial(join_by_invite, user_id=other.pk, code=invite.code)] * 4,
        *[partial(decide_request, decided_by=owner.pk, group_id=group.pk, request_id=request.pk, accept=True)] * 4,
    ]
    at_once(ways)
    assert counted(group) == (2, 2)
    assert JoinRequest.objects.get().state == "accepted"
    assert Invite.objects.get().uses <= 1


def test_one_who_asks_many_times_waits_once() -> None:
    owner, other = people(2)
    group = create_group(founder_id=owner.pk, title="Tea", join_policy="approval")
    at_once([partial(join_group, user_id=other.pk, group_id=group.pk)] * 6)
    assert JoinRequest.objects.count() == 1


def test_a_group_has_one_owner_whoever_hands_it_over() -> None:
    owner, *others = people(6)
    group = create_group(founder_id=owner.pk, title="Tea")
    for other in others:
        join_group(user_id=other.pk, group_id=group.pk)
    handing = [partial(transfer, transferred_by=owner.pk, group_id=group.pk, user_id=other.pk) for other in others]
    answers = at_once(handing)
    assert answers["forbidden"] == 4
    assert Member.objects.filter(conversation_id=group.pk, role=Member.Role.OWNER).count() == 1


def test_two_who_open_a_direct_chat_at_once_have_one() -> None:
    ann, bo = people(2)
    calls = [
        partial(open_direct, opened_by=ann.pk, user_id=bo.pk),
        partial(open_direct, opened_by=bo.pk, user_id=ann.pk),
    ]
    assert len(at_once(calls * 4)) == 1
    assert DirectChat.objects.count() == 1
    assert Member.objects.count() == 2


@pytest.mark.parametrize("seed", range(3))
def test_storms_of_joining_leaving_removing_and_reading_keep_the_count(seed: int) -> None:
    random = Random(seed)
    owner, *others = people(8)
    groups = [create_group(founder_id=owner.pk, title=f"Tea {n}") for n in range(2)]
    for group in groups:
        change_group(changed_by=owner.pk, group_id=group.pk, capacity=6)
    ids = [group.pk for group in groups]

    def storm(seed: int) -> None:
        mine = Random(seed)
        for _ in range(12):
            who, where = mine.choice(others).pk, mine.choice(ids)
            step = mine.choice(["join", "join", "leave", "remove", "read", "say"])
            try:
                match step:
                    case "join":
                        join_group(user_id=who, group_id=where)
                    case "leave":
                        leave_group(user_id=who, group_id=where)
                    case "remove":
                        remove_member(removed_by=owner.pk, group_id=where, user_id=who)
                    case "read":
                        mark_read(user_id=who, conversation_id=where, seq=1)
                    case "say":
                        move_cursors({(other.pk, group_id): 1 for other in others for group_id in ids})
            except DomainError:
                pass

    answers = at_once([partial(storm, random.random()) for _ in range(6)])
    assert answers == {None: 6}
    for group in groups:
        kept, rows = counted(group)
        assert kept == rows <= 6
