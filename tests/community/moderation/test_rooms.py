from __future__ import annotations

from datetime import timedelta

import pytest

from chat.conversations.models import Member
from chat.conversations.services import join_group
from chat.messages.changes import edit_message
from chat.messages.models import Message
from community.moderation.cards import RoomRules
from community.moderation.errors import (
    AccountTooNew,
    AlreadyDecided,
    ChatOff,
    FollowersOnly,
    LinksRefused,
    MessageHeld,
    Muted,
    SlowMode,
    TextRefused,
    TooLateToUndo,
)
from community.moderation.models import Case, HeldMessage, RoomSetting, Sanction
from community.moderation.selectors.rooms import room_rules
from community.moderation.services.hiding import set_hidden
from community.moderation.services.rooms import decide_held, set_room, undo_held
from community.moderation.services.rules import change_rule, make_rule, try_rule
from community.notices.models import Notice
from community.social.services import follow
from live.room.selectors import room_snapshot
from project.kernel.clock import now
from project.kernel.errors import Forbidden, Invalid
from tests.community.moderation.conftest import say, try_to_say
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(show) -> str:
    return f"show:{show.pk}"


def is_refused(answer: object, error: type[Exception]) -> bool:
    return isinstance(answer, error)


def test_slow_mode(room, host, ann, bo) -> None:
    set_room(by=host.pk, channel=room, slow_mode_secs=30)
    say(room, ann, "one")
    refused = try_to_say(room, ann, "two")
    assert isinstance(refused, SlowMode)
    assert refused.detail["wait_secs"] in (29, 30)
    say(room, bo, "I too")
    say(room, host, "as")
    say(room, host, "fast as I like")
    Message.objects.filter(author=ann).update(sent_at=now() - timedelta(seconds=31))
    say(room, ann, "two")


def test_what_a_group_says_by_itself_nobody_has_said(group, ann, cy) -> None:
    channel = f"group:{group.pk}"
    set_room(by=ann.pk, channel=channel, slow_mode_secs=30)
    flood = {"title": "Flood", "kind": "flood", "params": {"messages": 1, "secs": 60}, "action": "remove"}
    join_group(user_id=cy.pk, group_id=group.pk)
    assert try_rule(by=ann.pk, scope=channel, **flood)["looked_at"] == 0
    make_rule(by=ann.pk, scope=channel, **flood)
    say(channel, cy, "hello")
    assert is_refused(try_to_say(channel, cy, "again"), SlowMode)
    set_room(by=ann.pk, channel=channel, slow_mode_secs=0)
    assert is_refused(try_to_say(channel, cy, "again"), TextRefused)
    assert [(one.text, "line" in one.attached) for one in Message.objects.filter(author=cy)] == [
        ("", True),
        ("hello", False),
    ]


def test_who_may_write(room, host, ann, bo) -> None:
    young = make_user()
    set_room(by=host.pk, channel=room, min_account_age_secs=3600)
    assert is_refused(try_to_say(room, young, "hi"), AccountTooNew)
    say(room, ann, "hi")
    set_room(by=host.pk, channel=room, min_account_age_secs=0, followers_only=True)
    follow(user_id=bo.pk, other_id=host.pk)
    assert is_refused(try_to_say(room, ann, "hi again"), FollowersOnly)
    say(room, bo, "hi")
    set_room(by=host.pk, channel=room, followers_only=False, links=False)
    assert is_refused(try_to_say(room, ann, "see evil[.]com"), LinksRefused)
    say(room, host, "see souk.example")
    say(room, ann, "no link")
    set_room(by=host.pk, channel=room, chat=False)
    assert is_refused(try_to_say(room, ann, "anyone?"), ChatOff)
    say(room, host, "quiet please")
    assert Message.objects.count() == 5


def test_a_group_has_no_followers_to_be_left_to(group, ann, bo, published) -> None:
    channel = f"group:{group.pk}"
    published.clear()
    with pytest.raises(Invalid) as refused:
        set_room(by=ann.pk, channel=channel, followers_only=True, slow_mode_secs=30)
    assert refused.value.fields == {"followers_only": ["invalid_choice"]}
    assert (RoomSetting.objects.count(), published) == (0, [])
    assert set_room(by=ann.pk, channel=channel, followers_only=False, slow_mode_secs=30).slow_mode_secs == 30


def test_held_until_somebody_has_looked(room, host, ann, bo, published) -> None:
    set_room(by=host.pk, channel=room, held=True)
    for _ in range(2):
        assert is_refused(try_to_say(room, ann, "hello", key="k"), MessageHeld)
    held = HeldMessage.objects.get()
    with pytest.raises(Forbidden):
        decide_held(by=bo.pk, held_id=held.pk, approve=True)
    assert not Message.objects.exists()
    decide_held(by=host.pk, held_id=held.pk, approve=True)
    assert say(room, ann, "hello", key="k")["id"] == Message.objects.get().pk
    with pytest.raises(AlreadyDecided):
        decide_held(by=host.pk, held_id=held.pk, approve=False)
    assert [event.type for event in published].count("chat.sent") == 1


def test_the_author_is_told_what_was_not_let_through(room, show, host, ann) -> None:
    set_room(by=host.pk, channel=room, held=True)
    for number, approve in enumerate((True, False)):
        try_to_say(room, ann, f"hello {number}")
        decide_held(by=host.pk, held_id=HeldMessage.objects.get(state="waiting").pk, approve=approve)
    told = Notice.objects.get()
    assert (told.user_id, told.kind) == (ann.pk, "held")
    assert (told.data["about"], told.data["title"]["en"], told.data["text"]) == (room, show.title, "hello 1")


def test_a_decision_about_what_waits_is_taken_back_while_it_is_fresh(room, host, mod, ann, settings) -> None:
    set_room(by=host.pk, channel=room, held=True)
    try_to_say(room, ann, "hello")
    held = HeldMessage.objects.get()

    def in_sight() -> list[str]:
        return list(Message.objects.filter(hidden_at=None).values_list("text", flat=True))

    with pytest.raises(TooLateToUndo):
        undo_held(by=host.pk, held_id=held.pk)
    decide_held(by=host.pk, held_id=held.pk, approve=False)
    with pytest.raises(Forbidden):
        undo_held(by=mod.pk, held_id=held.pk)
    assert Notice.objects.count() == 1
    undo_held(by=host.pk, held_id=held.pk)
    assert not Notice.objects.exists()
    decide_held(by=host.pk, held_id=held.pk, approve=True)
    assert in_sight() == ["hello"]
    undo_held(by=host.pk, held_id=held.pk)
    assert (in_sight(), HeldMessage.objects.get().state) == ([], "waiting")
    decide_held(by=host.pk, held_id=held.pk, approve=True)
    assert in_sight() == ["hello"]
    assert Message.objects.count() == 1
    settings.MODERATION_UNDO_SECS = 0
    with pytest.raises(TooLateToUndo):
        undo_held(by=host.pk, held_id=held.pk)
    assert (in_sight(), HeldMessage.objects.get().state) == (["hello"], "approved")


def test_what_was_let_in_twice_stays_away_where_somebody_else_removed_it_between(room, host, ann, mod) -> None:
    set_room(by=host.pk, channel=room, held=True)
    try_to_say(room, ann, "hello")
    held = HeldMessage.objects.get()
    decide_held(by=host.pk, held_id=held.pk, approve=True)
    set_hidden(by=mod.pk, target=f"message:{Message.objects.get().pk}", hidden=True)
    undo_held(by=host.pk, held_id=held.pk)
    decide_held(by=host.pk, held_id=held.pk, approve=True)
    assert Message.objects.get().hidden_at is not None


def test_a_raid_slows_everybody_and_holds_newcomers(room, host, ann) -> None:
    set_room(by=host.pk, channel=room, raid_secs=600)
    assert is_refused(try_to_say(room, make_user(), "me too"), MessageHeld)
    say(room, ann, "one")
    assert is_refused(try_to_say(room, ann, "two"), SlowMode)
    set_room(by=host.pk, channel=room, raid_secs=0)
    say(room, ann, "two")


def test_in_a_raid_on_a_group_whoever_has_just_joined_it_is_new(group, ann, bo, cy) -> None:
    channel = f"group:{group.pk}"
    Member.objects.filter(conversation=group.pk, user=bo).update(joined_at=now() - timedelta(days=7, minutes=1))
    set_room(by=ann.pk, channel=channel, raid_secs=600)
    join_group(user_id=cy.pk, group_id=group.pk)
    assert is_refused(try_to_say(channel, cy, "me too"), MessageHeld)
    assert [one.author_id for one in HeldMessage.objects.all()] == [cy.pk]
    say(channel, bo, "here for long")
    say(channel, ann, "my own group")
    set_room(by=ann.pk, channel=channel, raid_secs=0)
    say(channel, cy, "hello")


def test_what_is_set_is_in_the_snapshot_and_comes_as_news(room, show, host, ann, published) -> None:
    before = room_snapshot(show.pk, viewers=0)
    set_room(by=host.pk, channel=room, slow_mode_secs=10)
    set_room(by=host.pk, channel=room, links=False)
    rules: RoomRules = before["rules"]
    for event in reversed([event for event in published if event.type == "room.changed"]):
        if event.wire()["rules"]["version"] > rules["version"]:
            rules = event.wire()["rules"]
    assert rules == room_snapshot(show.pk, viewers=0)["rules"] == room_rules([room])[room]
    assert (rules["slow_mode_secs"], rules["links"], rules["version"]) == (10, False, 2)
    published.clear()
    set_room(by=host.pk, channel=room, links=False)
    for error, given in ((Invalid, {"slow_mode_secs": 121}), (Invalid, {"raid_secs": 10**6})):
        with pytest.raises(error):
            set_room(by=host.pk, channel=room, **given)
    with pytest.raises(Forbidden):
        set_room(by=ann.pk, channel=room, chat=False)
    assert (published, RoomSetting.objects.get().version) == ([], 2)


KEYWORD = {"title": "Words", "kind": "keyword", "params": {"words": ["viagra"]}}


@pytest.mark.parametrize(
    ("action", "error"), [("flag", None), ("hold", MessageHeld), ("remove", TextRefused), ("mute", Muted)]
)
def test_what_a_rule_does(room, host, mod, ann, action, error) -> None:
    make_rule(by=mod.pk, scope="site", action=action, **KEYWORD)
    say(room, ann, "hello")
    answer = try_to_say(room, ann, "v.i.a.g.r.a")
    if error is None:
        case = Case.objects.get()
        assert (case.target, case.rule, case.weight) == (f"message:{answer['id']}", "Words: viagra", 1.0)
    else:
        assert isinstance(answer, error)
        assert Message.objects.count() == 1
    assert Sanction.objects.filter(by=None, kind="mute").exists() == (action == "mute")
    assert HeldMessage.objects.exists() == (action == "hold")
    say(room, host, "viagra, says the host")


def test_rules_look_at_edits_and_change_while_they_run(room, mod, ann) -> None:
    rule = make_rule(by=mod.pk, scope=room, action="remove", **KEYWORD)
    said = say(room, ann, "fine")
    with pytest.raises(TextRefused):
        edit_message(channel=room, user_id=ann.pk, seq=said["seq"], text="viagra")
    change_rule(by=mod.pk, rule_id=rule.pk, params={"words": ["fine"]})
    say(room, ann, "viagra")
    assert is_refused(try_to_say(room, ann, "fine", key="new"), TextRefused)
    change_rule(by=mod.pk, rule_id=rule.pk, enabled=False)
    say(room, ann, "fine", key="again")


def test_flood_and_repetition(room, mod, ann, bo) -> None:
    make_rule(by=mod.pk, scope=room, title="Flood", kind="flood", params={"messages": 3, "secs": 60}, action="remove")
    for n in range(3):
        say(room, ann, str(n))
    assert is_refused(try_to_say(room, ann, "3"), TextRefused)
    params = {"times": 2, "secs": 60}
    make_rule(by=mod.pk, scope=room, title="Again", kind="duplicate", params=params, action="remove")
    for text in ("buy now", "B U Y  now!"):
        say(room, bo, text)
    assert is_refused(try_to_say(room, bo, "ｂｕｙ now…"), TextRefused)


def test_a_dry_run_says_what_would_have_matched_and_does_nothing(room, mod, host, ann, bo, published) -> None:
    for n, text in enumerate(["viagra", "V1AGRA", "hello", "via-gra"]):
        say(room, ann, text, key=str(n))
    published.clear()
    found = try_rule(by=mod.pk, scope="site", action="mute", **KEYWORD)
    assert (found["looked_at"], found["matched"]) == (4, 3)
    assert [match["text"] for match in found["examples"]][0] == "via-gra"
    with pytest.raises(Forbidden):
        try_rule(by=host.pk, scope="site", action="mute", **KEYWORD)
    assert try_rule(by=host.pk, scope=room, action="mute", **KEYWORD)["matched"] == 3
    assert (published, Sanction.objects.count(), Case.objects.count()) == ([], 0, 0)
