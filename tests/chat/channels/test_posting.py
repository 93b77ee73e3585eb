"""Who may write in a group: asked in the batch itself, so that a right that was taken back counts at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.channels import news, posting
from chat.channels.guarding import Moderation
from chat.channels.news import ListNews
from chat.conversations.models import Group, Member
from chat.conversations.services import create_group, dissolve, join_group, leave_group, mark_read, remove_member
from chat.messages import guards, rooms, services
from chat.messages.models import Message
from chat.messages.services import Draft, commit_messages, send
from community.accounts.models import Role, User
from community.moderation import known
from community.moderation.services.sanctions import add_sanction
from project.kernel.database import database
from project.kernel.errors import NotFound
from tests.support.factories import make_user


def draft(group: Group, author: User, text: str = "hi", key: str = "") -> Draft:
    room = posting.room_of_group(group.pk)
    return Draft(f"group:{group.pk}", group.pk, author.pk, None, text, key or text, room.keeper)


def cursor_of(group: Group, user: User) -> tuple[int, int]:
    member = Member.objects.get(conversation_id=group.pk, user=user)
    return member.read_seq, member.version


@pytest.mark.django_db
def test_members_write_and_others_do_not(group_of_two, ann, bo, cy, published) -> None:
    published.clear()
    answers = commit_messages([draft(group_of_two, who) for who in (ann, cy, bo)])
    assert [getattr(answer, "code", "") or answer["seq"] for answer in answers] == [1, "not_found", 2]
    assert published.types == ["chat.sent", "chat.sent"]
    assert {channel for event in published for channel in event.channels()} == {f"group:{group_of_two.pk}"}


@pytest.mark.django_db
def test_a_right_that_was_taken_back_counts_in_the_next_batch(group_of_two, ann, bo) -> None:
    waiting = [draft(group_of_two, bo, "late"), draft(group_of_two, ann, "on time")]
    remove_member(removed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk)
    late, on_time = commit_messages(waiting)
    assert (late.code, on_time["seq"]) == ("not_found", 1)
    dissolving = [draft(group_of_two, ann, "too late")]
    dissolve(dissolved_by=ann.pk, group_id=group_of_two.pk)
    assert commit_messages(dissolving)[0].code == "group_closed"
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_what_one_says_one_has_read_and_nobody_else(group_of_two, ann, bo) -> None:
    commit_messages([draft(group_of_two, ann, "1"), draft(group_of_two, bo, "2"), draft(group_of_two, ann, "3")])
    assert (cursor_of(group_of_two, ann), cursor_of(group_of_two, bo)) == ((3, 0), (2, 0))
    mark_read(user_id=bo.pk, conversation_id=group_of_two.pk, seq=3)
    commit_messages([draft(group_of_two, ann, "1")])
    assert (cursor_of(group_of_two, ann), cursor_of(group_of_two, bo)) == ((3, 0), (3, 1))


@pytest.mark.django_db
def test_a_batch_costs_as_many_queries_whoever_writes_and_wherever(ann) -> None:
    groups = [create_group(founder_id=ann.pk, title=f"Tea {n}") for n in range(3)]
    people = [make_user() for _ in range(10)]
    for group in groups:
        for person in people:
            join_group(user_id=person.pk, group_id=group.pk)
    few = [draft(groups[0], people[0], "few")]
    many = [draft(group, person, "many") for group in groups for person in people]
    counts = []
    for drafts in (few, many):
        known.look()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            commit_messages(drafts)
        counts.append(len(queries))
    # Beside what a message costs anyway: the authors' memberships, and their cursors.
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_there_must_be_such_a_group(db: Any) -> None:
    for channel in ("group:0", "group:999999"):
        with pytest.raises(NotFound):
            rooms.load_room(channel)


@pytest.mark.django_db(transaction=True)
async def test_a_message_moves_the_conversation_in_the_lists_of_members(
    group_of_two: Group, ann: User, bo: User, published: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    heard = ListNews(every_secs=0.01)
    monkeypatch.setattr(posting, "_news", heard)
    channel = f"group:{group_of_two.pk}"
    published.clear()
    message = await send(channel=channel, author_id=bo.pk, text="hi", key="k")
    await heard.settled()
    touched = [event for event in published if event.type == "conversation.touched"]
    assert {event.user_to for event in touched} == {ann.pk, bo.pk}
    assert all((event.channel, event.message) == (channel, message) for event in touched)
    # Of a large group nobody is told.
    settings.LIST_NEWS_MEMBERS = 1
    published.clear()
    await send(channel=channel, author_id=bo.pk, text="hi", key="l")
    await heard.settled()
    assert published.types == ["chat.sent"]


@pytest.mark.django_db(transaction=True)
async def test_what_is_said_in_the_shadow_is_in_nobody_s_list(
    group_of_two: Group, bo: User, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = ListNews(every_secs=0.01)
    monkeypatch.setattr(posting, "_news", heard)
    monkeypatch.setattr(guards, "_guards", [Moderation()])
    channel = f"group:{group_of_two.pk}"
    mod = await database(make_user, roles=[Role.Name.MODERATOR])
    await database(add_sanction, by=mod.pk, user_id=bo.pk, scope=channel, kind="shadow_mute", reason="spam")
    published.clear()
    assert (await send(channel=channel, author_id=bo.pk, text="psst", key="k"))["text"] == "psst"
    await heard.settled()
    # Told by two threads, in whichever order.
    assert sorted(published.types) == ["chat.sent"] + ["conversation.touched"] * 2
    assert [(event.wire()["message"]["text"], event.wire()["message"]["hidden"]) for event in published] == [
        ("", True)
    ] * 3


@pytest.mark.django_db(transaction=True)
def test_who_joined_after_a_message_is_not_told_of_it(group: Group, ann: User, bo: User, published: Any) -> None:
    with transaction.atomic():
        commit_messages([draft(group, ann)])
    join_group(user_id=bo.pk, group_id=group.pk)
    published.clear()
    news.tell([f"group:{group.pk}"])
    assert [event.user_to for event in published] == [ann.pk]


@pytest.mark.django_db(transaction=True)
async def test_whoever_left_is_refused_within_the_second_that_a_rule_is_remembered(group_of_two, bo) -> None:
    channel = f"group:{group_of_two.pk}"
    await send(channel=channel, author_id=bo.pk, text="hi", key="k")
    await database(leave_group, user_id=bo.pk, group_id=group_of_two.pk)
    with pytest.raises(NotFound):
        await send(channel=channel, author_id=bo.pk, text="and bye", key="l")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with nothing said and no rule remembered."""
    monkeypatch.setattr(services, "_pace", services.Pace(burst=1000, secs=1))
