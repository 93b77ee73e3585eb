"""A message that a verdict puts into the shadow: its author goes on seeing it as it was, everyone else does not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from chat.channels import selectors
from chat.channels.selectors import direct_snapshots, group_snapshots
from chat.conversations.services import open_direct
from chat.messages import rooms
from chat.messages.changes import pin_message, react
from chat.messages.services import Draft, commit_messages
from chat.search.selectors import find_messages
from chat.search.services import index_said
from community.accounts.models import User
from community.moderation.models import Case
from community.moderation.services.decisions import Verdict, decide, undo
from community.moderation.services.reports import report
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.social import services as social
from live.room.selectors import has_hidden_of, room_seen_by, room_snapshot
from tests.chat.channels.replay import comparable, replay
from tests.support.announced import Announced

pytestmark = pytest.mark.django_db

See = Callable[[User], list[dict[str, Any]]]


@pytest.fixture(params=["show", "group", "dm"])
def channel(request: pytest.FixtureRequest, ann: User, bo: User) -> str:
    if request.param == "dm":
        social.follow(user_id=ann.pk, other_id=bo.pk)
        return f"dm:{open_direct(opened_by=bo.pk, user_id=ann.pk).pk}"
    return f"{request.param}:{request.getfixturevalue(request.param).pk}"


def said(channel: str, author: User, text: str, reply_to: int | None = None) -> dict[str, Any]:
    room = rooms.load_room(channel)
    draft = Draft(channel, room.conversation_id, author.pk, None, text, text, room.keeper, reply_to=reply_to)
    [card] = commit_messages([draft])
    return dict(card)  # type: ignore[arg-type]


def snapshot_of(channel: str, user: User) -> dict[str, Any]:
    """As somebody gets it who comes in, or back."""
    kind, _, id = channel.partition(":")
    pair = (user.pk, int(id))
    if kind == "show":
        snapshot = room_snapshot(int(id), viewers=0)
        return dict(room_seen_by(user.pk, snapshot) if has_hidden_of(user.pk, snapshot) else snapshot)
    return dict((group_snapshots if kind == "group" else direct_snapshots)([pair])[pair])


def shown(messages: list[Any]) -> list[tuple[str, str | None]]:
    """What is read: the words, and the words that are quoted; without the lines of a group."""
    said = [one for one in messages if not one.get("hidden") and "line" not in one]
    return [(one["text"], one["reply"]["text"] if "reply" in one else None) for one in said]


def shadow(message: dict[str, Any], by: User, reporter: User, **more: Any) -> Case:
    case = report(reporter_id=reporter.pk, target=f"message:{message['id']}", reason="spam")
    return decide(by=by.pk, case_id=case.pk, verdict=Verdict("shadow", secs=600, **more))


BEFORE = [("buy tea", None), ("no thanks", "buy tea")]


def test_its_author_sees_it_as_it_was_and_nobody_else_does(channel, ann, bo, mod, published) -> None:
    message = said(channel, bo, "buy tea")
    said(channel, ann, "no thanks", reply_to=message["seq"])
    was = snapshot_of(channel, bo)["messages"]
    published.clear()
    case = shadow(message, mod, ann)
    mine, theirs = snapshot_of(channel, bo)["messages"], snapshot_of(channel, ann)["messages"]
    assert (shown(mine), shown(theirs)) == (BEFORE, [("no thanks", "")])
    # But for the numbers that order changes.
    numbers = {"version", "change"}
    assert [{k: v for k, v in one.items() if k not in numbers | {"reply"}} for one in mine] == [
        {k: v for k, v in one.items() if k not in numbers | {"reply"}} for one in was
    ]
    kept = [event for event in published.wires(f"user:{bo.pk}") if event["type"] == "chat.kept"]
    told = published.wires(channel)
    assert [(event["channel"], event["message"]["text"]) for event in kept] == [(channel, "buy tea")]
    assert [(event["type"], event["message"]["text"]) for event in told if event["type"].startswith("chat.")] == [
        ("chat.hidden", "")
    ]
    assert kept[0]["message"]["version"] == told[0]["message"]["version"]
    # Before the room hears of it, so that it does not go for a moment.
    assert published.types.index("chat.kept") < published.types.index("chat.hidden")
    assert not [event for event in published.wires(f"user:{ann.pk}") if event["type"] == "chat.kept"]
    published.clear()
    undo(by=mod.pk, case_id=case.pk)
    assert [shown(snapshot_of(channel, user)["messages"]) for user in (bo, ann)] == [BEFORE, BEFORE]
    assert "chat.restored" in published.types


@pytest.mark.parametrize("channel", ["group", "dm"], indirect=True)
def test_wherever_it_is_looked_for(channel, ann, bo, mod) -> None:
    message = said(channel, bo, "buy tea")
    said(channel, ann, "no thanks", reply_to=message["seq"])
    pin_message(channel=channel, user_id=ann.pk, seq=message["seq"], pinned=True)
    index_said()
    shadow(message, mod, ann)
    id = int(channel.partition(":")[2])
    for user, read, pinned in ((bo, BEFORE, [("buy tea", None)]), (ann, [("no thanks", "")], [])):
        page = selectors.page(user_id=user.pk, conversation_id=id, limit=50)["messages"]
        changes = selectors.changes(user_id=user.pk, conversation_id=id, since=0, limit=50)["messages"]
        assert shown(page) == shown(sorted(changes, key=lambda one: one["seq"])) == read
        assert shown(snapshot_of(channel, user)["pinned"]) == pinned
        found = [one["message"] for one in find_messages(user_id=user.pk, text="buy", limit=30)["found"]]
        assert shown(found) == pinned
    # And one may go on doing with it what one may with one's own.
    assert react(channel=channel, user_id=bo.pk, seq=message["seq"], emoji="👍", added=True)["text"] == "buy tea"
    assert shown(snapshot_of(channel, ann)["messages"])[-1:] == [("no thanks", "")]


def test_what_was_said_earlier_goes_into_the_shadow_with_it_and_comes_back(channel, ann, bo, mod) -> None:
    if channel.startswith("dm:"):
        pytest.skip("what was said between two is no sanction's business")
    for text in ("one", "two"):
        said(channel, bo, text)
    held = add_sanction(by=mod.pk, user_id=bo.pk, scope=channel, kind="shadow_mute", reason="spam", hides_earlier=True)
    words = [("one", None), ("two", None)]

    def read_by(user: User) -> list[tuple[str, str | None]]:
        return shown(snapshot_of(channel, user)["messages"])

    assert (read_by(bo), read_by(ann)) == (words, [])
    lift_sanction(by=mod.pk, sanction_id=held.pk)
    assert (read_by(bo), read_by(ann)) == (words, words)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("channel", ["group", "dm"], indirect=True)
def test_its_author_replays_it_in_any_order(channel, ann, bo, mod, published: Announced, seed: int) -> None:
    message = said(channel, bo, "buy tea")
    said(channel, ann, "no thanks", reply_to=message["seq"])
    pin_message(channel=channel, user_id=ann.pk, seq=message["seq"], pinned=True)
    before = deepcopy(snapshot_of(channel, bo))
    published.clear()
    shadow(message, mod, ann)
    wanted = {channel, f"user:{bo.pk}"}
    events = [event.wire() for event in published if wanted & set(event.channels())]
    assert "chat.kept" in {event["type"] for event in events}
    Random(seed).shuffle(events)
    after = comparable(snapshot_of(channel, bo))
    assert replay(before, events, me=bo.pk) == after
    assert replay(snapshot_of(channel, bo), events, me=bo.pk) == after
