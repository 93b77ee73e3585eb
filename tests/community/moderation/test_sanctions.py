from __future__ import annotations

from datetime import timedelta

import pytest

from chat.conversations.models import Group
from chat.conversations.services import announce, appoint, change_group, join_group, leave_group
from chat.messages import typing
from chat.messages.changes import pin_message, react
from chat.messages.models import Message
from community.accounts.selectors import card
from community.moderation import known
from community.moderation.errors import Banned, Muted, NoSelf, NotLifted, Untouchable
from community.moderation.events import SanctionAdded
from community.moderation.models import AuditRow, Sanction
from community.moderation.selectors.sanctions import held_to, next_step, record_card
from community.moderation.selectors.standing import check_entry, is_barred
from community.moderation.services.sanctions import add_sanction, lift_sanction
from community.notices.models import Notice
from project.kernel.clock import now
from project.kernel.errors import DomainError, Forbidden, NotFound
from tests.community.moderation.conftest import say, try_to_say
from tests.community.moderation.test_api import client_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def channel_of(thing) -> str:
    return f"show:{thing.pk}"


def test_a_mute_holds_where_it_was_given_until_it_is_lifted(show, mod, ann, published) -> None:
    room = channel_of(show)
    assert say(room, ann, "before")["seq"] == 1
    sanction = add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="mute", reason="spam", secs=600)
    assert isinstance(try_to_say(room, ann, "after"), Muted)
    assert Message.objects.count() == 1
    assert [card["kind"] for card in held_to([ann.pk])[ann.pk]] == ["mute"]
    lift_sanction(by=mod.pk, sanction_id=sanction.pk, why="a mistake")
    assert say(room, ann, "again")["seq"] == 2
    assert held_to([ann.pk]) == {}
    assert [event.type for event in published if event.type.startswith("sanction")] == [
        "sanction.added",
        "sanction.lifted",
    ]
    with pytest.raises(NotLifted):
        lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert list(AuditRow.objects.order_by("number").values_list("action", flat=True)) == [
        "sanction.mute",
        "sanction.lift",
    ]


def test_a_repeated_request_gives_one_sanction(show, mod, other_mod, ann, bo, published) -> None:
    def give(by=mod, key="k", **other) -> tuple[int, str | int]:
        asked = {
            "user": ann.pk, "scope": channel_of(show), "kind": "mute", "reason": "spam", "secs": 600, "rule": "Be kind",
            "note": "n", "hides_earlier": True,
        }  # fmt: skip
        headers = {"Idempotency-Key": key} if key else {}
        answer = client_of(by).post("/api/moderation/sanctions/", asked | other, headers=headers, format="json")
        found = answer.json()
        return answer.status_code, found["error"]["code"] if "error" in found else found["id"]

    said = say(channel_of(show), ann, "before")
    first = give()
    after = published.types
    assert (first[0], after.count("sanction.added")) == (201, 1)
    assert give() == first
    assert published.types == after
    changed = {
        "user": bo.pk, "scope": "site", "kind": "ban", "reason": "abuse", "secs": 601, "rule": "", "note": "",
        "hides_earlier": False,
    }  # fmt: skip
    for name, value in changed.items():
        assert give(**{name: value}) == (422, "key_reused"), name
    assert give(secs=None) == (422, "key_reused")
    for key in ("", "x" * 65, "k\x7f"):
        assert give(key=key) == (400, "invalid"), key
    assert Sanction.objects.get().hidden == [said["id"]]
    # Also when it holds no more, or the second request comes after the person has become a moderator.
    lift_sanction(by=mod.pk, sanction_id=first[1])
    ann.roles.create(name="moderator")
    assert give() == first
    ann.roles.all().delete()
    assert give(key="other")[0] == give(by=other_mod)[0] == 201
    assert Sanction.objects.count() == 3
    # A refusal is not kept: the same key may be tried again.
    assert give(key="later", user=mod.pk) == (400, "not_oneself")
    assert give(key="later", user=bo.pk)[0] == 201


def test_warnings_and_kicks_of_their_own_length_are_repeated_as_well(show, mod, ann) -> None:
    for kind in ("warning", "kick", "ban"):
        asked = {"by": mod.pk, "user_id": ann.pk, "scope": channel_of(show), "kind": kind, "reason": "spam"}
        assert add_sanction(key=kind, **asked) == add_sanction(key=kind, **asked)
    assert Sanction.objects.count() == 3


def test_elsewhere_one_may_still_speak(show, group, mod, bo) -> None:
    add_sanction(by=mod.pk, user_id=bo.pk, scope=channel_of(show), kind="mute", reason="abuse", secs=600)
    assert isinstance(try_to_say(channel_of(show), bo, "here"), Muted)
    assert say(f"group:{group.pk}", bo, "there")["text"] == "there"
    add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="mute", reason="abuse", secs=600)
    assert isinstance(try_to_say(f"group:{group.pk}", bo, "anywhere"), Muted)


def test_a_mute_runs_out_by_itself(show, mod, ann) -> None:
    sanction = add_sanction(by=mod.pk, user_id=ann.pk, scope=channel_of(show), kind="mute", reason="spam", secs=60)
    past = now() - timedelta(seconds=1)
    Sanction.objects.filter(pk=sanction.pk).update(starts_at=past - timedelta(seconds=60), expires_at=past)
    known.forget_all()
    assert say(channel_of(show), ann, "again")["seq"] == 1


def test_earlier_messages_go_and_come_back_with_it(show, mod, ann, bo, published) -> None:
    room = channel_of(show)
    for text in ("one", "two"):
        say(room, ann, text)
    say(room, bo, "three")
    published.clear()
    sanction = add_sanction(
        by=mod.pk, user_id=ann.pk, scope=room, kind="mute", reason="spam", secs=600, hides_earlier=True
    )
    shown = Message.objects.filter(hidden_at=None).values_list("text", flat=True)
    assert list(shown) == ["three"]
    assert [event.type for event in published] == ["chat.hidden", "chat.hidden", "sanction.added", "notice.added"]
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert list(shown.all()) == ["one", "two", "three"]


def test_in_the_shadow_one_talks_to_oneself_and_is_not_told(show, mod, ann, published) -> None:
    add_sanction(by=mod.pk, user_id=ann.pk, scope=channel_of(show), kind="shadow_mute", reason="spam")
    assert say(channel_of(show), ann, "hello?")["text"] == "hello?"
    sent = [event for event in published if event.type == "chat.sent"]
    assert [(event.wire()["message"]["text"], event.wire()["message"]["hidden"]) for event in sent] == [("", True)]
    assert held_to([ann.pk]) == {}
    assert next(event for event in published if isinstance(event, SanctionAdded)).channels() == []


@pytest.mark.parametrize("kind", ["mute", "shadow_mute"])
def test_who_may_not_speak_does_nothing_else_that_others_see(group, mod, ann, bo, published, kind) -> None:
    channel = f"group:{group.pk}"
    appoint(appointed_by=ann.pk, group_id=group.pk, user_id=bo.pk, manager=True)
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope=channel, kind=kind, reason="spam", secs=600)
    seq = say(channel, ann, "tea?")["seq"]
    message = Message.objects.filter(seq=seq).values()
    before = message.get()
    published.clear()

    def do_all() -> list[str]:
        refusals = []
        for deed in (
            lambda: react(channel=channel, user_id=bo.pk, seq=seq, emoji="👍", added=True),
            lambda: pin_message(channel=channel, user_id=bo.pk, seq=seq, pinned=True),
            lambda: typing.announce(typing.Typist(card(bo), None), channel),
        ):
            try:
                deed()
            except DomainError as error:
                refusals.append(error.code)
        return refusals

    assert do_all() == (["muted"] * 3 if kind == "mute" else [])
    assert (message.get(), list(published)) == (before, [])
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    published.clear()
    assert do_all() == []
    assert published.types == ["chat.reacted", "chat.pinned", "chat.typing"]


@pytest.mark.parametrize("kind", ["mute", "shadow_mute"])
def test_nor_does_a_manager_speak_through_the_group(group, mod, ann, bo, published, kind) -> None:
    appoint(appointed_by=ann.pk, group_id=group.pk, user_id=bo.pk, manager=True)
    sanction = add_sanction(by=mod.pk, user_id=bo.pk, scope=f"group:{group.pk}", kind=kind, reason="spam", secs=600)
    rows = Group.objects.filter(pk=group.pk).values()
    before, said = rows.get(), Message.objects.count()
    published.clear()

    def do_all() -> list[str]:
        refusals = []
        for deed in (
            lambda: announce(announced_by=bo.pk, group_id=group.pk, text="Buy!"),
            lambda: change_group(changed_by=bo.pk, group_id=group.pk, title="Buy!", capacity=90),
            lambda: change_group(changed_by=bo.pk, group_id=group.pk, question="Will you buy?"),
            lambda: change_group(changed_by=bo.pk, group_id=group.pk, remove_picture=True),
        ):
            try:
                deed()
            except DomainError as error:
                refusals.append(error.code)
        return refusals

    assert do_all() == (["muted"] * 4 if kind == "mute" else [])
    assert (rows.get(), Message.objects.count(), list(published)) == (before, said, [])
    change_group(changed_by=bo.pk, group_id=group.pk, title=group.title, history="since_joining", capacity=80)
    assert rows.get() == {**before, "history": "since_joining", "capacity": 80, "version": before["version"] + 1}
    lift_sanction(by=mod.pk, sanction_id=sanction.pk)
    assert do_all() == []
    after = rows.get()
    assert (after["title"], after["question"], after["announcement"]) == ("Buy!", "Will you buy?", "Buy!")


async def _entered(user_id: int, channel: str) -> bool:
    try:
        await check_entry(user_id, channel)
    except Banned:
        return False
    return True


@pytest.mark.django_db(transaction=True)
async def test_doors_close_for_who_is_banned(show, mod, ann) -> None:
    from project.kernel.database import database

    room = channel_of(show)
    assert await _entered(ann.pk, room)
    sanction = await database(
        add_sanction, by=mod.pk, user_id=ann.pk, scope=room, kind="ban", reason="fraud", secs=None
    )
    assert not await _entered(ann.pk, room)
    assert await _entered(mod.pk, room)
    assert not await is_barred(ann.pk)
    assert isinstance(await database(try_to_say, room, ann, "hi"), Banned)
    await database(lift_sanction, by=mod.pk, sanction_id=sanction.pk)
    assert await _entered(ann.pk, room)
    await database(add_sanction, by=mod.pk, user_id=ann.pk, scope="site", kind="ban", reason="fraud")
    assert await is_barred(ann.pk)
    assert not await _entered(ann.pk, room)
    # The person is told in the inbox, each time.
    assert await database(lambda: Notice.objects.filter(user=ann, kind="sanction").count()) == 2


def test_who_may_do_it(show, group, host, mod, ann, bo, cy, published) -> None:
    room = channel_of(show)
    refusals = [
        (Forbidden, {"by": bo.pk, "user_id": cy.pk, "scope": room}),
        (Forbidden, {"by": host.pk, "user_id": cy.pk, "scope": "site"}),
        (Forbidden, {"by": ann.pk, "user_id": cy.pk, "scope": room}),
        (NoSelf, {"by": mod.pk, "user_id": mod.pk, "scope": room}),
        (Untouchable, {"by": host.pk, "user_id": mod.pk, "scope": room}),
        (NotFound, {"by": mod.pk, "user_id": 10**9, "scope": room}),
        (NotFound, {"by": mod.pk, "user_id": cy.pk, "scope": "show:999999"}),
        (NotFound, {"by": mod.pk, "user_id": cy.pk, "scope": "nowhere"}),
    ]
    for error, given in refusals:
        with pytest.raises(error):
            add_sanction(kind="mute", reason="spam", secs=60, **given)
    assert not Sanction.objects.exists()
    assert not AuditRow.objects.exists()
    assert published == []
    # Whoever runs the place, in that place.
    add_sanction(by=host.pk, user_id=cy.pk, scope=room, kind="mute", reason="spam", secs=60)
    add_sanction(by=ann.pk, user_id=bo.pk, scope=f"group:{group.pk}", kind="kick", reason="spam")
    join_group(user_id=cy.pk, group_id=group.pk)
    with pytest.raises(Forbidden):
        add_sanction(by=cy.pk, user_id=bo.pk, scope=f"group:{group.pk}", kind="mute", reason="spam", secs=60)


def test_whoever_runs_a_group_warns_nobody_who_has_nothing_to_do_with_it(group, mod, ann, bo, cy, published) -> None:
    """A warning is a text in the inbox, which nobody can switch off."""
    place = f"group:{group.pk}"
    warn = {"scope": place, "kind": "warning", "reason": "spam", "rule": "Buy at example.com"}
    published.clear()
    with pytest.raises(NotFound):
        add_sanction(by=ann.pk, user_id=cy.pk, **warn)
    assert not Sanction.objects.exists()
    assert published == []
    # Who has left may come back; who asks to join is at the door; and moderators know what they do.
    say(place, bo, "tea?")
    leave_group(user_id=bo.pk, group_id=group.pk)
    change_group(changed_by=ann.pk, group_id=group.pk, join_policy="approval")
    asks = make_user()
    join_group(user_id=asks.pk, group_id=group.pk)
    for by, user in ((ann, bo), (ann, asks), (mod, cy)):
        add_sanction(by=by.pk, user_id=user.pk, **warn)


def test_what_somebody_gave_whose_account_is_closed_is_lifted_all_the_same(show, host, mod, other_mod, cy) -> None:
    sanction = add_sanction(by=mod.pk, user_id=cy.pk, scope=channel_of(show), kind="ban", reason="spam")
    mod.is_active = False
    mod.save()
    with pytest.raises(Untouchable):
        lift_sanction(by=host.pk, sanction_id=sanction.pk)
    assert lift_sanction(by=other_mod.pk, sanction_id=sanction.pk).lifted_by == other_mod


def test_a_host_does_not_lift_what_a_moderator_gave(show, host, mod, cy) -> None:
    sanction = add_sanction(by=mod.pk, user_id=cy.pk, scope=channel_of(show), kind="mute", reason="spam", secs=600)
    with pytest.raises(Untouchable):
        lift_sanction(by=host.pk, sanction_id=sanction.pk)
    assert Sanction.objects.get().lifted_at is None


def test_the_ladder(show, mod, ann) -> None:
    room = channel_of(show)
    steps = [next_step(ann.pk)]
    for kind, secs in (("warning", None), ("mute", 600), ("mute", 86_400)):
        add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind=kind, reason="spam", secs=secs)
        steps.append(next_step(ann.pk))
    assert steps == [("warn", None), ("mute", 600), ("mute", 86_400), ("ban", 7 * 86_400)]
    card = record_card(ann.pk)
    assert (card["warnings"], card["mutes"], card["bans"], len(card["active"])) == (1, 2, 0, 3)
