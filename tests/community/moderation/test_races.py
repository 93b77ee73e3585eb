"""Several moderators, and a whole room, at the same moment."""

from __future__ import annotations

import pytest

from chat.messages.models import Message
from community.moderation.errors import MessageHeld
from community.moderation.events import HeldCounted
from community.moderation.models import AuditRow, Case, Decision, HeldMessage, Rule, Sanction
from community.moderation.selectors.cases import desk_snapshot
from community.moderation.services.appeals import appeal, decide_appeal, undo_appeal
from community.moderation.services.audit import verify
from community.moderation.services.decisions import Verdict, decide
from community.moderation.services.reports import report
from community.moderation.services.rooms import decide_held, set_room
from community.moderation.services.rules import change_rule, make_rule, remove_rule
from community.moderation.services.sanctions import add_sanction
from tests.community.moderation.conftest import say, try_to_say
from tests.support.announced import Announced
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_moderators_decide_at_once(show, ann, bo, mod, other_mod) -> None:
    case = report(reporter_id=bo.pk, target=f"message:{say(f'show:{show.pk}', ann, 'hm')['id']}", reason="spam")

    def go(who, verdict):
        return decide(by=who.pk, case_id=case.pk, verdict=verdict).decision

    outcomes = at_once([lambda: go(mod, Verdict("mute", secs=60)), lambda: go(other_mod, Verdict("ban", secs=60))])
    assert outcomes["already_decided"] == 1
    assert Decision.objects.count() == Sanction.objects.count() == 1
    assert Case.objects.get().decision in outcomes
    assert verify() is None


def test_a_storm_of_reports_hides_once(show, ann) -> None:
    target = f"message:{say(f'show:{show.pk}', ann, 'hm')['id']}"
    people = [make_user() for _ in range(8)]
    at_once([lambda person=person: report(reporter_id=person.pk, target=target, reason="spam") for person in people])
    case = Case.objects.get()
    assert (case.reports, case.weight) == (8, 4.0)
    assert Message.objects.get().version == 2
    assert AuditRow.objects.filter(action="case.hide").count() == 1
    assert verify() is None


def test_an_appeal_is_decided_once(show, ann, mod, other_mod) -> None:
    third = make_user(roles=["moderator"])
    sanction = add_sanction(by=mod.pk, user_id=ann.pk, scope=f"show:{show.pk}", kind="mute", reason="spam", secs=600)
    given = appeal(user_id=ann.pk, sanction_id=sanction.pk, text="No.")

    def go(who, overturn):
        return decide_appeal(by=who.pk, appeal_id=given.pk, overturn=overturn).state

    outcomes = at_once([lambda: go(other_mod, True), lambda: go(third, False)])
    assert outcomes["already_decided"] == 1
    sanction.refresh_from_db()
    assert (sanction.lifted_at is not None) == ("overturned" in outcomes)
    assert verify() is None


def test_a_decided_appeal_is_taken_back_once(show, ann, mod, other_mod) -> None:
    room = f"show:{show.pk}"
    say(room, ann, "hm")
    held = add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="mute", reason="spam", secs=600, hides_earlier=True)
    given = appeal(user_id=ann.pk, sanction_id=held.pk, text="No.")
    decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=True)
    outcomes = at_once([lambda: undo_appeal(by=other_mod.pk, appeal_id=given.pk).state for _ in range(2)])
    assert outcomes == {"open": 1, "too_late_to_undo": 1}
    held.refresh_from_db()
    assert (held.lifted_at, Message.objects.get().hidden_as) == (None, "sanction")
    assert AuditRow.objects.filter(action="sanction.again").count() == 1
    assert verify() is None


def test_a_request_that_comes_twice_at_once_gives_one_sanction(show, ann, mod) -> None:
    room = f"show:{show.pk}"
    say(room, ann, "hm")
    muting = {"by": mod.pk, "user_id": ann.pk, "kind": "mute", "reason": "spam", "secs": 600, "key": "k"}
    for scope, hides in ((room, True), ("site", False)):
        asked = muting | {"scope": scope, "key": scope}
        outcomes = at_once([lambda asked=asked, hides=hides: add_sanction(hides_earlier=hides, **asked).pk] * 3)
        assert outcomes == {Sanction.objects.get(key=scope).pk: 3}
    assert AuditRow.objects.filter(action="sanction.mute").count() == 2
    assert verify() is None


def test_what_waits_is_counted_right_however_many_change_it_at_once(show, host, ann, mod, other_mod, published) -> None:
    room = f"show:{show.pk}"
    set_room(by=host.pk, channel=room, held=True)
    people = [make_user() for _ in range(4)]
    at_once([lambda one=one: isinstance(try_to_say(room, one, "hello"), MessageHeld) for one in people])
    assert last_count(published) == (4, 4)
    first, second, third, _ = HeldMessage.objects.order_by("pk")
    at_once(
        [
            lambda: decide_held(by=mod.pk, held_id=first.pk, approve=False).state,
            lambda: decide_held(by=other_mod.pk, held_id=second.pk, approve=False).state,
            lambda: decide_held(by=host.pk, held_id=third.pk, approve=True).state,
            lambda: str(isinstance(try_to_say(room, ann, "hello"), MessageHeld)),
        ]
    )
    assert last_count(published) == (8, 2)
    snapshot = desk_snapshot()
    assert (snapshot["held_version"], snapshot["held"]) == (8, 2)


def last_count(published: Announced) -> tuple[int, int]:
    """What a desk has taken, in whatever order they came."""
    return max((event.version, event.count) for event in published if isinstance(event, HeldCounted))


def test_a_rule_is_removed_once_and_not_changed_after_that(mod, other_mod) -> None:
    made = make_rule(by=mod.pk, scope="site", title="W", kind="keyword", params={"words": ["x"]}, action="flag")

    def remove(who):
        remove_rule(by=who.pk, rule_id=made.pk)
        return "removed"

    def change(who):
        return f"version {change_rule(by=who.pk, rule_id=made.pk, title='V').version}"

    calls = [lambda who=who: remove(who) for who in (mod, other_mod)] + [lambda: change(mod)]
    outcomes = at_once(calls)
    assert outcomes["removed"] == 1
    assert outcomes["not_found"] + outcomes["version 2"] == 2
    assert not Rule.objects.exists()
    assert AuditRow.objects.filter(action="rule.remove").count() == 1
    assert verify() is None
