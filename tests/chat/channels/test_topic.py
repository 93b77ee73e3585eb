from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import pytest

from chat.channels import selectors
from chat.channels.selectors import group_snapshots
from chat.conversations.models import Group
from chat.conversations.selectors import unread_totals
from chat.conversations.services import (
    change_group,
    create_group,
    join_group,
    leave_group,
    open_direct,
    remove_member,
    set_muted,
)
from chat.files.services import keep_upload
from chat.messages.models import Message
from community.accounts.models import User
from community.social import services as social
from project.kernel.database import database
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group(ann: User) -> Group:
    return create_group(founder_id=ann.pk, title="Tea")


async def test_members_enter_and_get_the_group(group_of_two, ann, bo, connect) -> None:
    one, two = await connect(ann), await connect(bo)
    channel = f"group:{group_of_two.pk}"
    said = await one.call("chat.send", {"channel": channel, "text": "hello", "key": "k"})
    pair = (bo.pk, group_of_two.pk)
    assert await two.enter(channel) == (await database(group_snapshots, [pair]))[pair]
    assert (await one.enter(channel))["membership"]["read_seq"] == said["message"]["seq"]
    await two.call("chat.send", {"channel": channel, "text": "hello Ann", "key": "k"})
    assert (await one.event("chat.sent"))["message"]["author"]["display_name"] == "Bo"
    stats = await one.ask("presence_stats", {"channel": channel})
    assert stats == {"num_clients": 2, "num_users": 2}


async def test_others_learn_nothing(group, cy, connect) -> None:
    stranger, guest = await connect(cy), await connect()
    channel = f"group:{group.pk}"
    assert await stranger.enter(channel) == await stranger.enter("group:999999") == {"error": "not_found"}
    assert await guest.enter(channel) == {"error": "login_required"}
    for method, params in (
        ("chat.send", {"channel": channel, "text": "hi", "key": "k"}),
        ("conversation.read", {"channel": channel, "seq": 1}),
    ):
        assert await stranger.call(method, params) == {"error": "not_found"}
        assert await guest.call(method, params) == {"error": "login_required"}
    for name in ("presence_stats", "history"):
        assert "error" in await stranger.ask(name, {"channel": channel})


@pytest.mark.parametrize("how", ["removed", "gone"])
async def test_whoever_is_out_hears_no_more(group_of_two, ann, bo, connect, how) -> None:
    channel = f"group:{group_of_two.pk}"
    phone, tablet, other = await connect(bo), await connect(bo), await connect(ann)
    for client in (phone, tablet, other):
        await client.enter(channel)
    if how == "removed":
        await database(remove_member, removed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk)
    else:
        await database(leave_group, user_id=bo.pk, group_id=group_of_two.pk)
    async with asyncio.timeout(1):
        await phone.put_out(channel)
        await tablet.put_out(channel)
    await other.call("chat.send", {"channel": channel, "text": "among us", "key": "k"})
    await other.event("chat.sent")
    assert await phone.enter(channel) == {"error": "not_found"}
    assert not [event for event in phone.events + tablet.events if event["type"] == "chat.sent"]
    assert other.pushed_out == []


async def test_whoever_comes_back_may_enter_again(group_of_two, bo, connect) -> None:
    channel = f"group:{group_of_two.pk}"
    client = await connect(bo)
    await client.enter(channel)
    await database(leave_group, user_id=bo.pk, group_id=group_of_two.pk)
    await client.put_out(channel)
    await database(join_group, user_id=bo.pk, group_id=group_of_two.pk)
    assert (await client.enter(channel))["membership"]["role"] == "member"


async def test_many_who_come_at_once_share_their_reads(group, connect, monkeypatch) -> None:
    people = [await database(make_user) for _ in range(30)]
    for person in people:
        await database(join_group, user_id=person.pk, group_id=group.pk)
    read: list[int] = []

    def counted(pairs: Any) -> Any:
        read.append(len(pairs))
        return group_snapshots(pairs)

    monkeypatch.setattr(selectors, "group_snapshots", counted)
    clients = [await connect(person) for person in people]
    snapshots = await asyncio.gather(*(client.enter(f"group:{group.pk}") for client in clients))
    assert [snapshot["members"]["count"] for snapshot in snapshots] == [31] * 30
    assert (sum(read), len(read) < 10) == (30, True)


async def test_newcomers_read_what_they_may(group, ann, bo, connect) -> None:
    channel = f"group:{group.pk}"
    owner = await connect(ann)
    await owner.call("chat.send", {"channel": channel, "text": "before", "key": "1"})
    await database(join_group, user_id=bo.pk, group_id=group.pk)
    newcomer = await connect(bo)
    assert [message["text"] for message in (await newcomer.enter(channel))["messages"]] == ["before"]
    await database(change_group, changed_by=ann.pk, group_id=group.pk, history="since_joining")
    await owner.call("chat.send", {"channel": channel, "text": "after", "key": "2"})
    again = await connect(bo)
    snapshot = await again.enter(channel)
    assert ([message["text"] for message in snapshot["messages"]], snapshot["last_seq"]) == (["after"], 2)
    assert len((await (await connect(ann)).enter(channel))["messages"]) == 2


async def test_one_s_devices_hear_what_one_reads(group_of_two, ann, bo, connect) -> None:
    channel = f"group:{group_of_two.pk}"
    await (await connect(ann)).call("chat.send", {"channel": channel, "text": "hello", "key": "k"})
    phone, tablet, other = await connect(bo), await connect(bo), await connect(ann)
    answer = await phone.call("conversation.read", {"channel": channel, "seq": 1})
    assert answer["membership"]["read_seq"] == 1
    heard = await tablet.event("conversation.changed")
    assert (heard["channel"], heard["membership"]) == (channel, answer["membership"])
    assert not [event for event in other.events if event["type"] == "conversation.changed"]


@pytest.mark.parametrize("channel", ["show:1", "group:01", "group:", "dm:x", "user:1"])
async def test_only_conversations_of_members_are_read(bo, connect, channel) -> None:
    client = await connect(bo)
    assert (await client.call("conversation.read", {"channel": channel, "seq": 1}))["error"] == "bad request"


async def test_who_is_blocked_does_not_see_the_other_one_there(ann, bo, connect) -> None:
    direct = await database(open_direct, opened_by=ann.pk, user_id=bo.pk)
    channel = f"dm:{direct.pk}"
    one, two = await connect(ann), await connect(bo)
    await one.enter(channel)
    await two.enter(channel)
    assert (await one.ask("presence_stats", {"channel": channel}))["num_users"] == 2
    await database(social.block, user_id=bo.pk, other_id=ann.pk)
    for client in (one, two):
        assert await client.ask("presence_stats", {"channel": channel}) == {"error": "permission denied"}


@pytest.mark.parametrize("blocker", ["ann", "bo"])
async def test_a_block_keeps_two_members_from_seeing_each_other_write_and_read(
    group_of_two, ann, bo, cy, connect, blocker
) -> None:
    channel = f"group:{group_of_two.pk}"
    await database(join_group, user_id=cy.pk, group_id=group_of_two.pk)
    one, other = (ann, bo) if blocker == "ann" else (bo, ann)
    await database(social.block, user_id=one.pk, other_id=other.pk)
    clients = {user.pk: await connect(user) for user in (ann, bo, cy)}
    snapshots = {id: await client.enter(channel) for id, client in clients.items()}
    assert {id: [read["user"] for read in snapshot["reads"]] for id, snapshot in snapshots.items()} == {
        ann.pk: [ann.pk, cy.pk],
        bo.pk: [bo.pk, cy.pk],
        cy.pk: [ann.pk, bo.pk, cy.pk],
    }
    said = await clients[cy.pk].call("chat.send", {"channel": channel, "text": "hello", "key": "k"})
    seq = said["message"]["seq"]
    for user in (ann, bo):
        await clients[user.pk].call("chat.typing", {"channel": channel})
        await clients[user.pk].call("conversation.read", {"channel": channel, "seq": seq})
        # The third one is told of both, where a block is not theirs.
        typing = await clients[cy.pk].event("typing.told")
        read = await clients[cy.pk].event("read.told")
        assert (typing["channel"], typing["user"]["id"]) == (channel, user.pk)
        assert (read["channel"], read["user"], read["seq"]) == (channel, user.pk, seq)
    await clients[cy.pk].call("chat.typing", {"channel": channel})
    for user in (ann, bo):
        assert (await clients[user.pk].event("chat.typing"))["user"]["id"] == cy.pk
        told = [
            event for event in clients[user.pk].events if event["type"] in ("typing.told", "read.told", "read.moved")
        ]
        assert told == []


async def test_two_write_to_each_other_and_others_learn_nothing(ann, bo, cy, connect) -> None:
    await database(social.follow, user_id=bo.pk, other_id=ann.pk)
    direct = await database(open_direct, opened_by=ann.pk, user_id=bo.pk)
    channel = f"dm:{direct.pk}"
    one, two, other = await connect(ann), await connect(bo), await connect(cy)
    snapshot = await two.enter(channel)
    assert [person["display_name"] for person in snapshot["dm"]["people"]] == ["Ann", "Bo"]
    said = await one.call("chat.send", {"channel": channel, "text": "hello", "key": "k"})
    assert (await two.event("chat.sent"))["message"] == said["message"]
    # It is in the list of somebody who does not look at it.
    assert (await two.event("conversation.added"))["conversation"]["dm"]["peer"]["display_name"] == "Ann"
    assert (await two.event("conversation.touched"))["message"] == said["message"]
    assert await other.enter(channel) == {"error": "not_found"}
    assert await other.call("chat.send", {"channel": channel, "text": "hi", "key": "k"}) == {"error": "not_found"}


async def test_what_is_unread_stands_in_the_personal_snapshot(ann, bo, group_of_two, connect) -> None:
    channel = f"group:{group_of_two.pk}"
    await (await connect(ann)).call("chat.send", {"channel": channel, "text": "hello", "key": "k"})
    assert await database(unread_totals, [ann.pk, bo.pk]) == {bo.pk: 1}
    await database(set_muted, user_id=bo.pk, conversation_id=group_of_two.pk, muted=True)
    assert await database(unread_totals, [ann.pk, bo.pk]) == {}


async def test_what_is_sent_along_arrives_with_the_message(group_of_two, ann, bo, connect, settings, tmp_path) -> None:
    settings.UPLOADS_ROOT = tmp_path
    channel = f"group:{group_of_two.pk}"
    one, two = await connect(ann), await connect(bo)
    await two.enter(channel)
    upload = await database(
        lambda: keep_upload(owner_id=ann.pk, file=BytesIO(b"text"), size=4, name="<img onerror=alert(1)>.txt")
    )
    said = await one.call(
        "chat.send",
        {
            "channel": channel,
            "text": "  for @Bo",
            "key": "k",
            "mentions": [{"user": bo.pk, "start": 6, "length": 3}],
            "upload": upload.code,
        },
    )
    message = said["message"]
    assert message["mentions"] == [{"user": bo.pk, "start": 4, "length": 3}]
    assert (message["text"], message["file"]["name"]) == ("for @Bo", "<img onerror=alert(1)>.txt")
    assert (await two.event("chat.sent"))["message"] == message
    added = await two.event("mention.added")
    assert (added["channel"], added["seq"]) == (channel, 1)
    assert (await two.event("notice.added"))["notice"]["about"] == f"{channel}/1"
    edited = {"channel": channel, "seq": 1, "text": "for nobody"}
    assert "mentions" not in (await one.call("chat.edit", edited))["message"]
    assert (await two.event("mention.removed"))["version"] == 2


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"mentions": [{"user": 1, "start": 0, "length": 3}]}, "mention_misplaced"),
        ({"mentions": [{"user": None, "start": 3, "length": 4}]}, "mention_all_refused"),
        ({"mentions": [{"user": 2**70, "start": 3, "length": 4}]}, "mention_misplaced"),
        ({"mentions": [{"user": "1", "start": 3, "length": 4}]}, "bad request"),
        ({"mentions": [{"start": 3, "length": 4}]}, "bad request"),
        ({"mentions": [{"user": 1, "start": 3, "length": 4}] * 51}, "bad request"),
        ({"upload": "nothing"}, "attachment_unknown"),
        ({"upload": "x" * 33}, "bad request"),
        ({"card": "product:999999"}, "attachment_unknown"),
        ({"card": "user:1"}, "attachment_unknown"),
        ({"card": "product:1 OR 1=1"}, "bad request"),
        ({"text": ""}, "text_empty"),
        ({"text": "", "upload": ""}, "text_empty"),
        ({"text": "x" * 2001, "card": "product:1"}, "text_too_long"),
    ],
)
async def test_bad_input_says_nothing(group_of_two, bo, connect, more, error) -> None:
    client = await connect(bo)
    asked = {"channel": f"group:{group_of_two.pk}", "text": "hi @all", "key": "k", **more}
    assert await client.call("chat.send", asked) == {"error": error}
    assert not await database(Message.objects.exists)
