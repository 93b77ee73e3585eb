"""Somebody who is banned or kicked from a group is in it no more than a stranger, and is back when it is over."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from chat.channels.events import ConversationTouched
from chat.channels.news import tell
from chat.channels.selectors import conversation_list, unread_totals
from chat.conversations.models import Group, JoinRequest, Member
from chat.conversations.services import (
    appoint,
    change_group,
    create_group,
    create_invite,
    decide_request,
    join_by_invite,
    join_group,
    mark_read,
)
from chat.files.services import keep_upload
from chat.messages import rooms
from chat.messages.attachments import Attaching
from chat.messages.changes import react, recall_message
from chat.messages.events import MentionAdded
from chat.messages.reactions import mentioned_by
from chat.messages.services import Draft, commit_messages
from community.accounts.models import Role, User
from community.moderation import known
from community.moderation.errors import Banned
from community.moderation.models import Sanction
from community.moderation.selectors import rights
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.kernel.clock import now
from project.kernel.errors import Forbidden
from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
REFUSED = (403, {"error": {"code": "banned"}})


@pytest.fixture(autouse=True)
def uploads_are_kept_elsewhere(settings: Any, tmp_path: Path) -> None:
    settings.UPLOADS_ROOT = tmp_path


@pytest.fixture
def mod(db: None) -> User:
    return make_user(roles=[Role.Name.MODERATOR])


def say(group: Group, author: User, text: str, *called: User | None, upload: str | None = None) -> Any:
    channel = f"group:{group.pk}"
    mentions = []
    for one in called:
        mentions.append({"user": one.pk if one else None, "start": len(text) + 1, "length": 2})
        text += " @x"
    attaching = Attaching(author.pk, upload=upload) if upload else None
    keeper = rooms.load_room(channel).keeper
    draft = Draft(channel, group.pk, author.pk, None, text, text, keeper, mentions=tuple(mentions), attaching=attaching)
    [answer] = commit_messages([draft])
    assert isinstance(answer, dict), answer
    return answer


def ban(user: User, scope: Group | str, *, by: User, kind: Any = "ban") -> Sanction:
    where = scope if isinstance(scope, str) else f"group:{scope.pk}"
    return add_sanction(by=by.pk, user_id=user.pk, scope=where, kind=kind, reason="abuse")


def seen_by(user: User, group: Group, code: str) -> dict[str, tuple[int, Any]]:
    """All that a member reads of a group over HTTP."""
    client, one = api(user), f"/api/conversations/{group.pk}/"
    paths = {
        "messages": f"{one}messages/",
        "changes": f"{one}changes/?since=0",
        "listed": one,
        "search": f"{one}search/?q=secret",
        "group": f"/api/groups/{group.pk}/",
        "members": f"/api/groups/{group.pk}/members/",
        "file": f"/api/uploads/{code}/",
        "list": "/api/conversations/",
        "search of all": "/api/messages/search/?q=secret",
        "mentions": "/api/mentions/",
    }
    answers = {name: client.get(path) for name, path in paths.items()}
    return {name: (answer.status_code, answer.json()) for name, answer in answers.items()}


@pytest.mark.parametrize(("kind", "scope"), [("ban", "group"), ("kick", "group"), ("ban", "site")])
def test_who_is_banned_reads_nothing_of_the_group_until_it_is_over(
    group_of_two: Group, ann: User, bo: User, mod: User, kind: str, scope: str
) -> None:
    kept = keep_upload(owner_id=ann.pk, file=BytesIO(b"text"), size=4, name="a.txt")
    elsewhere = create_group(founder_id=bo.pk, title="Coffee")
    say(group_of_two, ann, "tea", upload=kept.code)
    member = Member.objects.filter(user=bo, conversation=group_of_two.pk).values()
    before = member.get()
    sanction = ban(bo, group_of_two if scope == "group" else scope, by=mod, kind=kind)
    say(group_of_two, ann, "secret", bo)

    seen = seen_by(bo, group_of_two, kept.code)
    for name in ("messages", "changes", "listed", "search", "group", "members", "file"):
        assert seen[name] == REFUSED, name
    assert "secret" not in str(seen)
    others = [] if scope == "site" else [f"group:{elsewhere.pk}"]
    assert [one["channel"] for one in seen["list"][1]["conversations"]] == others
    assert seen["list"][1]["unread"] == 0
    assert unread_totals([bo.pk]) == {}
    assert (seen["search of all"][1]["found"], seen["mentions"][1]["mentions"]) == ([], [])
    with pytest.raises(Banned):
        mark_read(user_id=bo.pk, conversation_id=group_of_two.pk, seq=2)
    assert member.get() == before
    # Nobody else is any the worse for it.
    assert {status for status, _ in seen_by(ann, group_of_two, kept.code).values()} == {200}

    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    seen = seen_by(bo, group_of_two, kept.code)
    assert {status for status, _ in seen.values()} == {200}
    assert [one["text"] for one in seen["messages"][1]["messages"]] == ["tea", "secret @x"]
    assert len(seen["list"][1]["conversations"]) == 2
    assert seen["list"][1]["unread"] == unread_totals([bo.pk])[bo.pk] == 2
    assert len(seen["search of all"][1]["found"]) == len(seen["mentions"][1]["mentions"]) == 1
    assert member.get() == before


def test_it_is_over_when_its_time_is(group_of_two: Group, ann: User, bo: User, mod: User) -> None:
    sanction = ban(bo, group_of_two, by=mod, kind="kick")
    client = api(bo)
    path = f"/api/conversations/{group_of_two.pk}/messages/"
    assert client.get(path).status_code == 403
    past = now() - timedelta(seconds=1)
    Sanction.objects.filter(pk=sanction.pk).update(starts_at=past - timedelta(seconds=600), expires_at=past)
    known.forget_all()
    assert client.get(path).status_code == 200
    assert len(conversation_list(bo.pk)["conversations"]) == 1


@pytest.mark.parametrize("muted", [False, True])
def test_what_is_unread_elsewhere_is_counted_as_before(
    group_of_two: Group, ann: User, bo: User, mod: User, muted: bool
) -> None:
    other = create_group(founder_id=ann.pk, title="Coffee")
    join_group(user_id=bo.pk, group_id=other.pk)
    Member.objects.filter(user=bo).update(muted=muted)
    for group in (group_of_two, other):
        say(group, ann, "hi", bo)
        say(group, ann, "all", None)
    ban(bo, group_of_two, by=mod)
    assert conversation_list(bo.pk)["unread"] == 2
    assert unread_totals([ann.pk, bo.pk]) == {bo.pk: 2}


def test_nobody_tells_who_is_banned_what_is_said(
    group_of_two: Group, ann: User, bo: User, cy: User, mod: User, published: Any
) -> None:
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    sanction = ban(bo, group_of_two, by=mod)
    published.clear()
    card = say(group_of_two, ann, "secret", bo, cy, None)
    tell([f"group:{group_of_two.pk}"])
    assert {event.user_to for event in published.of(ConversationTouched)} == {ann.pk, cy.pk}
    assert {event.user_to for event in published.of(MentionAdded)} == {cy.pk}
    assert mentioned_by(card["id"], after=0, most=10) == [cy.pk]
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    published.clear()
    say(group_of_two, ann, "back", bo)
    tell([f"group:{group_of_two.pk}"])
    assert {event.user_to for event in published.of(ConversationTouched)} == {ann.pk, bo.pk, cy.pk}
    assert {event.user_to for event in published.of(MentionAdded)} == {bo.pk}


def test_who_is_banned_may_leave_and_does_not_come_in_anew(
    group_of_two: Group, ann: User, bo: User, cy: User, mod: User
) -> None:
    invite = create_invite(created_by=ann.pk, group_id=group_of_two.pk)
    sanction = ban(bo, group_of_two, by=mod)
    client, path = api(bo), f"/api/groups/{group_of_two.pk}"
    assert client.post(f"{path}/leave/").status_code == 204
    answer = client.post(f"{path}/join/", {}, format="json")
    assert (answer.status_code, answer.json()) == REFUSED
    with pytest.raises(Banned):
        join_by_invite(user_id=bo.pk, code=invite.code)
    # One who has asked before is not let in either.
    change_group(changed_by=ann.pk, group_id=group_of_two.pk, join_policy="approval")
    request = join_group(user_id=cy.pk, group_id=group_of_two.pk).request
    assert request is not None
    other = ban(cy, group_of_two, by=mod)
    with pytest.raises(Banned):
        decide_request(decided_by=ann.pk, group_id=group_of_two.pk, request_id=request.pk, accept=True)
    invite.refresh_from_db()
    assert (invite.uses, list(Member.objects.values_list("user", flat=True))) == (0, [ann.pk])
    assert JoinRequest.objects.get().state == "pending"
    for one in (sanction, other):
        lift_sanction(by=mod.pk, sanction_id=one.pk)
    join_by_invite(user_id=bo.pk, code=invite.code)
    decide_request(decided_by=ann.pk, group_id=group_of_two.pk, request_id=request.pk, accept=True)
    assert Member.objects.count() == 3


def test_who_is_banned_does_nothing_there(group_of_two: Group, ann: User, bo: User, mod: User) -> None:
    """Nor as a manager, which one stays in name."""
    appoint(appointed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk, manager=True)
    channel = f"group:{group_of_two.pk}"
    mine, theirs = say(group_of_two, bo, "mine"), say(group_of_two, ann, "theirs")
    react(channel=channel, user_id=bo.pk, seq=theirs["seq"], emoji="👍", added=True)
    sanction = ban(bo, group_of_two, by=mod)
    for deed in (
        lambda: react(channel=channel, user_id=bo.pk, seq=theirs["seq"], emoji="👍", added=False),
        lambda: recall_message(channel=channel, user_id=bo.pk, seq=theirs["seq"]),
        lambda: recall_message(channel=channel, user_id=bo.pk, seq=mine["seq"]),
        lambda: change_group(changed_by=bo.pk, group_id=group_of_two.pk, title="Coffee"),
        lambda: create_invite(created_by=bo.pk, group_id=group_of_two.pk),
    ):
        with pytest.raises(Banned):
            deed()
    client = api(bo)
    for path in (f"/api/groups/{group_of_two.pk}/invites/", f"/api/groups/{group_of_two.pk}/requests/"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == REFUSED
    with pytest.raises(Forbidden):
        rights.moderator_in(bo.pk, channel)
    assert Group.objects.get().title == "Tea friends"
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert rights.moderator_in(bo.pk, channel).rank == rights.RUNS_IT
    assert recall_message(channel=channel, user_id=bo.pk, seq=theirs["seq"])["text"] == ""


def test_a_stranger_with_a_ban_is_told_no_more_than_any(group: Group, cy: User, mod: User) -> None:
    ban(cy, group, by=mod)
    assert api(cy).get(f"/api/groups/{group.pk}/").status_code == 404
    assert api(cy).get(f"/api/conversations/{group.pk}/messages/").status_code == 404
