"""What members of a group are held to, for those who run it: what was looked up plus events equals what is looked up
afresh, for each event, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest

from chat.conversations.models import Group
from chat.conversations.services import appoint, join_group
from community.accounts.models import User
from community.moderation.models import Case, Sanction
from community.moderation.services.appeals import appeal, decide_appeal, undo_appeal
from community.moderation.services.decisions import Verdict, decide, undo
from community.moderation.services.reports import report
from community.moderation.services.rules import make_rule
from community.moderation.services.sanctions import add_sanction, lift_sanction
from live.shows.models import Show
from project.kernel.clock import now_ms
from tests.community.moderation.conftest import say, try_to_say
from tests.community.moderation.test_api import client_of
from tests.support.announced import Announced

pytestmark = pytest.mark.django_db

Step = Callable[[], object]
Records = dict[int, dict[str, Any]]

ABOUT_MEMBERS = {"restriction.changed"}


@pytest.fixture
def manager(group: Group, ann: User, cy: User) -> User:
    join_group(user_id=cy.pk, group_id=group.pk)
    appoint(appointed_by=ann.pk, group_id=group.pk, user_id=cy.pk, manager=True)
    return cy


def fresh(group: Group, reader: User) -> Records:
    found = client_of(reader).get("/api/moderation/sanctions/", {"scope": f"group:{group.pk}"}).json()
    return {one["id"]: one for one in found}


def replay(before: Records, events: Iterable[dict[str, Any]]) -> Records:
    kept = dict(before)
    for event in events:
        assert event["type"] in ABOUT_MEMBERS
        sanction = event["sanction"]
        if sanction["id"] not in kept or kept[sanction["id"]]["version"] < sanction["version"]:
            kept[sanction["id"]] = sanction
    at = now_ms()
    return {
        id: one
        for id, one in kept.items()
        if one["lifted_at"] is None and (one["expires_at"] is None or one["expires_at"] > at)
    }


def told(published: Announced, user: User) -> list[dict[str, Any]]:
    return [
        event.wire() for event in published if event.type in ABOUT_MEMBERS and f"user:{user.pk}" in event.channels()
    ]


@pytest.fixture
def steps(group: Group, ann: User, bo: User, mod: User, other_mod: User) -> list[tuple[str, Step]]:
    channel = f"group:{group.pk}"
    holding = {"user_id": bo.pk, "scope": channel, "reason": "spam"}

    def last() -> Sanction:
        return Sanction.objects.latest("pk")

    def verdict() -> object:
        target = f"message:{say(channel, bo, 'buy')['id']}"
        return decide(
            by=mod.pk,
            case_id=report(reporter_id=ann.pk, target=target, reason="spam").pk,
            verdict=Verdict("mute", secs=60),
        )

    def by_rule() -> object:
        make_rule(by=ann.pk, scope=channel, title="W", kind="keyword", params={"words": ["cheap"]}, action="mute")
        return try_to_say(channel, bo, "cheap tea")

    return [
        ("a warning", lambda: add_sanction(by=ann.pk, kind="warning", **holding)),
        ("a mute", lambda: add_sanction(by=ann.pk, kind="mute", secs=600, **holding)),
        ("an appeal", lambda: appeal(user_id=bo.pk, sanction_id=last().pk, text="No.")),
        ("it is overturned", lambda: decide_appeal(by=mod.pk, appeal_id=last().appeal.pk, overturn=True)),
        ("that is taken back", lambda: undo_appeal(by=mod.pk, appeal_id=last().appeal.pk)),
        ("it is upheld", lambda: decide_appeal(by=mod.pk, appeal_id=last().appeal.pk, overturn=False)),
        ("it is lifted", lambda: lift_sanction(by=ann.pk, sanction_id=last().pk)),
        ("a shadow", lambda: add_sanction(by=other_mod.pk, kind="shadow_mute", **holding)),
        ("it is lifted, too", lambda: lift_sanction(by=other_mod.pk, sanction_id=last().pk)),
        ("a verdict", verdict),
        ("that is undone", lambda: undo(by=mod.pk, case_id=Case.objects.get().pk)),
        ("a rule", by_rule),
        ("a ban", lambda: add_sanction(by=ann.pk, kind="ban", **holding)),
    ]


def test_every_step_can_be_replayed(group, ann, manager, bo, steps, published) -> None:
    types = set()
    for name, step in steps:
        before = {reader: fresh(group, reader) for reader in (ann, manager)}
        published.clear()
        step()
        for reader in (ann, manager):
            events = told(published, reader)
            assert events, name
            assert replay(before[reader], events) == fresh(group, reader), name
            # Looked up between COMMIT and publish, it has it already.
            assert replay(fresh(group, reader), events) == fresh(group, reader), name
            types |= {event["type"] for event in events}
        assert told(published, bo) == []
    assert types == ABOUT_MEMBERS


@pytest.mark.parametrize("seed", range(5))
def test_events_may_come_in_any_order(group, manager, steps, published, seed) -> None:
    moments = []
    for name, step in steps:
        moments.append((name, fresh(group, manager)))
        step()
    events = told(published, manager)
    Random(seed).shuffle(events)
    for name, before in moments:
        assert replay(before, events) == fresh(group, manager), name


def test_only_those_who_run_the_group_are_told_and_nobody_of_oneself(
    group: Group, show: Show, ann: User, bo: User, manager: User, mod: User, host: User, published: Announced
) -> None:
    """Nor of what holds elsewhere, or everywhere."""

    def readers() -> set[str]:
        return {one for event in published if event.type in ABOUT_MEMBERS for one in event.channels()}

    for scope in ("site", f"show:{show.pk}"):
        add_sanction(by=mod.pk, user_id=bo.pk, scope=scope, kind="mute", reason="spam")
    assert readers() == set()
    add_sanction(by=mod.pk, user_id=manager.pk, scope=f"group:{group.pk}", kind="mute", reason="spam")
    assert readers() == {f"user:{ann.pk}"}
    appoint(appointed_by=ann.pk, group_id=group.pk, user_id=manager.pk, manager=False)
    published.clear()
    add_sanction(by=mod.pk, user_id=bo.pk, scope=f"group:{group.pk}", kind="mute", reason="spam")
    assert readers() == {f"user:{ann.pk}"}
