"""What becomes of a message: each change once, by whom it may be made, in one order with everything that is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from chat.channels import posting
from chat.conversations.models import Conversation, Group
from chat.conversations.services import appoint, change_group, join_group, remove_member
from chat.messages import rooms
from chat.messages.changes import MOST_PINS, edit_message, pin_message, react, recall_message
from chat.messages.errors import MessageGone, PinsFull, TextEmpty, TextTooLong, TooLate
from chat.messages.models import Message, Reaction, Wording
from chat.messages.selectors import changes_after, latest, page_after, page_before, pinned_in, reactions_of
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from project.kernel.errors import Forbidden, NotFound
from tests.support.buying import api
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def groups_have_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group})


def say(group: Group, author: User, text: str, *, reply_to: int | None = None) -> Any:
    room = posting.room_of_group(group.pk)
    draft = Draft(f"group:{group.pk}", group.pk, author.pk, None, text, text, room.keeper, reply_to)
    [answer] = commit_messages([draft])
    return answer


def state_of(group: Group) -> tuple[Any, ...]:
    messages = list(Message.objects.filter(conversation_id=group.pk).order_by("seq").values())
    return (
        messages,
        Reaction.objects.count(),
        Wording.objects.count(),
        Conversation.objects.get(pk=group.pk).last_change,
    )


def replay(cards: list[Any], events: list[Any]) -> list[Any]:
    """What a client makes of a snapshot and events: the newest version of each message, and of what quotes it."""
    known = {card["seq"]: card for card in cards}
    for event in events:
        message = event.wire()["message"]
        before = known.get(message["seq"])
        if before is None or before.get("version", 1) < message.get("version", 1):
            known[message["seq"]] = message
    for seq, card in known.items():
        if quote := card.get("reply"):
            original = known[quote["seq"]]
            now = {
                **quote,
                "text": original["text"][:80],
                "recalled": original.get("recalled", False),
                "version": original.get("version", 1),
            }
            known[seq] = {**card, "reply": now}
    return [known[seq] for seq in sorted(known)]


def test_words_anew_keep_those_before(group_of_two, ann, bo, published) -> None:
    say(group_of_two, bo, "helo")
    published.clear()
    channel = f"group:{group_of_two.pk}"
    edited = edit_message(channel=channel, user_id=bo.pk, seq=1, text="hello\n\n\n  there ")
    assert (edited["text"], edited["version"], edited["change"]) == ("hello\n\nthere", 2, 2)
    assert edited["edited_at"] > 0
    assert Wording.objects.values_list("text").get() == ("helo",)
    assert [(event.type, event.channels(), event.wire()["message"]) for event in published] == [
        ("chat.edited", [channel], edited)
    ]
    assert edit_message(channel=channel, user_id=bo.pk, seq=1, text="hello\n\nthere") == edited
    assert len(published) == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda c, p: edit_message(channel=c, user_id=p["ann"], seq=1, text="mine"), Forbidden),
        (lambda c, p: edit_message(channel=c, user_id=p["cy"], seq=1, text="mine"), NotFound),
        (lambda c, p: edit_message(channel=c, user_id=p["bo"], seq=1, text=" \u200b "), TextEmpty),
        (lambda c, p: edit_message(channel=c, user_id=p["bo"], seq=1, text="x" * 2001), TextTooLong),
        (lambda c, p: edit_message(channel=c, user_id=p["bo"], seq=2, text="x"), NotFound),
        (lambda c, p: edit_message(channel="group:999999", user_id=p["bo"], seq=1, text="x"), NotFound),
        (lambda c, p: recall_message(channel=c, user_id=p["cy"], seq=1), NotFound),
        (lambda c, p: recall_message(channel=c, user_id=p["dee"], seq=1), Forbidden),
        (lambda c, p: react(channel=c, user_id=p["cy"], seq=1, emoji="👍", added=True), NotFound),
        (lambda c, p: react(channel=c, user_id=p["bo"], seq=0, emoji="👍", added=True), NotFound),
        (lambda c, p: pin_message(channel=c, user_id=p["bo"], seq=1, pinned=True), Forbidden),
    ],
)
def test_a_refusal_changes_nothing(group_of_two, ann, bo, cy, published, change, refusal) -> None:
    dee = make_user(display_name="Dee")
    join_group(user_id=dee.pk, group_id=group_of_two.pk)
    say(group_of_two, bo, "hi")
    people = {"ann": ann.pk, "bo": bo.pk, "cy": cy.pk, "dee": dee.pk}
    published.clear()
    before = state_of(group_of_two)
    with pytest.raises(refusal):
        change(f"group:{group_of_two.pk}", people)
    assert state_of(group_of_two) == before
    assert published == []


def test_time_runs_out_for_authors_and_not_for_those_who_run_the_group(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    for text in ("1", "2"):
        say(group_of_two, bo, text)
    Message.objects.update(sent_at=F("sent_at") - timedelta(seconds=121))
    with pytest.raises(TooLate) as late:
        recall_message(channel=channel, user_id=bo.pk, seq=1)
    assert late.value.detail == {"within_secs": 120}
    assert edit_message(channel=channel, user_id=bo.pk, seq=1, text="one")["text"] == "one"
    Message.objects.update(sent_at=F("sent_at") - timedelta(days=1))
    with pytest.raises(TooLate):
        edit_message(channel=channel, user_id=bo.pk, seq=1, text="uno")
    appoint(appointed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk, manager=True)
    assert recall_message(channel=channel, user_id=bo.pk, seq=1)["recalled"] is True
    assert recall_message(channel=channel, user_id=ann.pk, seq=2)["recalled"] is True


def test_what_was_recalled_says_nothing_any_more(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    say(group_of_two, bo, "a secret")
    reply = say(group_of_two, ann, "really?", reply_to=1)
    assert reply["reply"]["text"] == "a secret"
    react(channel=channel, user_id=ann.pk, seq=1, emoji="👀", added=True)
    pin_message(channel=channel, user_id=ann.pk, seq=1, pinned=True)
    published.clear()
    recalled = recall_message(channel=channel, user_id=bo.pk, seq=1)
    assert recalled["text"] == ""
    assert not {"reply", "reactions", "pinned_at", "edited_at"} & recalled.keys()
    assert published.types == ["chat.recalled"]
    shown = latest(group_of_two.pk, 50)
    assert shown[0] == recalled
    assert (shown[1]["reply"]["text"], shown[1]["reply"]["recalled"]) == ("", True)
    assert pinned_in([group_of_two.pk]) == {group_of_two.pk: []}
    assert recall_message(channel=channel, user_id=bo.pk, seq=1) == recalled
    for change in (
        lambda: edit_message(channel=channel, user_id=bo.pk, seq=1, text="no secret"),
        lambda: react(channel=channel, user_id=bo.pk, seq=1, emoji="👍", added=True),
        lambda: pin_message(channel=channel, user_id=ann.pk, seq=1, pinned=True),
    ):
        with pytest.raises(MessageGone):
            change()
    assert len(published) == 1


def test_reactions_are_counted_once_a_person_and_emoji(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    [message_id] = [say(group_of_two, bo, "hi")["id"]]
    published.clear()
    for user, emoji in ((ann, "👍"), (bo, "👍"), (ann, "👍"), (ann, "🎉")):
        card = react(channel=channel, user_id=user.pk, seq=1, emoji=emoji, added=True)
    assert card["reactions"] == {"👍": 2, "🎉": 1}
    assert reactions_of([ann.pk], [message_id]) == {(ann.pk, message_id): ["👍", "🎉"]}
    for _ in range(2):
        card = react(channel=channel, user_id=ann.pk, seq=1, emoji="🎉", added=False)
    assert card["reactions"] == {"👍": 2}
    wires = [event.wire() for event in published]
    assert [(wire["by"], wire["emoji"], wire["added"]) for wire in wires] == [
        (ann.pk, "👍", True),
        (bo.pk, "👍", True),
        (ann.pk, "🎉", True),
        (ann.pk, "🎉", False),
    ]


def test_no_more_pins_than_can_be_seen(group_of_two, ann, published) -> None:
    channel = f"group:{group_of_two.pk}"
    for number in range(MOST_PINS + 1):
        say(group_of_two, ann, str(number))
    for seq in range(1, MOST_PINS + 1):
        pin_message(channel=channel, user_id=ann.pk, seq=seq, pinned=True)
    with pytest.raises(PinsFull):
        pin_message(channel=channel, user_id=ann.pk, seq=MOST_PINS + 1, pinned=True)
    pin_message(channel=channel, user_id=ann.pk, seq=1, pinned=False)
    pin_message(channel=channel, user_id=ann.pk, seq=MOST_PINS + 1, pinned=True)
    pinned = pinned_in([group_of_two.pk])[group_of_two.pk]
    assert [message["seq"] for message in pinned] == [MOST_PINS + 1, *range(MOST_PINS, 1, -1)]


def test_a_reply_quotes_what_is_there_and_may_be_read(group_of_two, ann, bo, cy) -> None:
    change_group(changed_by=ann.pk, group_id=group_of_two.pk, history="since_joining")
    first = say(group_of_two, bo, "before\nCy came")
    assert say(group_of_two, ann, "nothing", reply_to=2).code == "not_found"
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    assert say(group_of_two, cy, "what?", reply_to=1).code == "not_found"
    reply = say(group_of_two, ann, "this", reply_to=1)
    assert reply["reply"] == {
        "seq": 1,
        "author": {key: value for key, value in first["author"].items() if key != "role"},
        "text": "before\nCy came",
        "recalled": False,
        "version": 1,
    }
    assert say(group_of_two, ann, "this", reply_to=1) == reply
    with pytest.raises(NotFound):
        react(channel=f"group:{group_of_two.pk}", user_id=cy.pk, seq=1, emoji="👍", added=True)


def test_snapshot_and_events_are_a_fresh_snapshot_whatever_their_order(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    for number, author in enumerate((ann, bo, ann)):
        say(group_of_two, author, f"message {number}", reply_to=number or None)
    before = latest(group_of_two.pk, 50)
    published.clear()
    say(group_of_two, bo, "more", reply_to=3)
    edit_message(channel=channel, user_id=ann.pk, seq=3, text="worded anew")
    react(channel=channel, user_id=bo.pk, seq=3, emoji="👍", added=True)
    between = latest(group_of_two.pk, 50)
    pin_message(channel=channel, user_id=ann.pk, seq=2, pinned=True)
    recall_message(channel=channel, user_id=ann.pk, seq=1)
    react(channel=channel, user_id=bo.pk, seq=3, emoji="👍", added=False)
    pin_message(channel=channel, user_id=ann.pk, seq=2, pinned=False)
    after = latest(group_of_two.pk, 50)
    events = list(published)
    assert {event.type for event in events} == {
        "chat.sent",
        "chat.edited",
        "chat.reacted",
        "chat.pinned",
        "chat.unpinned",
        "chat.recalled",
    }
    for snapshot in (before, between, after):
        assert replay(snapshot, events) == after
        assert replay(snapshot, events[::-1]) == after


def test_who_was_away_is_told_exactly_what_is_new_or_has_changed(group_of_two, ann, bo, published) -> None:
    channel = f"group:{group_of_two.pk}"
    for number in range(1, 8):
        say(group_of_two, ann, str(number))
    away_since = Conversation.objects.get(pk=group_of_two.pk).last_change
    edit_message(channel=channel, user_id=ann.pk, seq=2, text="two")
    say(group_of_two, bo, "8")
    recall_message(channel=channel, user_id=ann.pk, seq=5)
    edit_message(channel=channel, user_id=ann.pk, seq=2, text="zwei")
    everything = {card["seq"]: card for card in latest(group_of_two.pk, 50)}
    found = changes_after(group_of_two.pk, away_since, 10)
    assert found == {"messages": [everything[8], everything[5], everything[2]], "more": False}
    first = changes_after(group_of_two.pk, away_since, 2)
    assert (first["messages"], first["more"]) == ([everything[8], everything[5]], True)
    rest = changes_after(group_of_two.pk, first["messages"][-1]["change"], 2)
    assert rest == {"messages": [everything[2]], "more": False}
    numbers = sorted(Message.objects.values_list("change", flat=True))
    assert len(set(numbers)) == 8
    assert numbers[-1] == Conversation.objects.get(pk=group_of_two.pk).last_change == 11


def test_pages_of_the_history_join_without_gap_or_repetition(group_of_two, ann) -> None:
    for number in range(1, 12):
        say(group_of_two, ann, str(number))
    pages, seq = [], None
    while page := page_before(group_of_two.pk, seq, 4):
        pages.append([card["seq"] for card in page])
        seq = page[0]["seq"]
    assert pages == [[8, 9, 10, 11], [4, 5, 6, 7], [1, 2, 3]]
    assert [card["seq"] for card in page_before(group_of_two.pk, 8, 50, since=5)] == [6, 7]
    assert [card["seq"] for card in page_after(group_of_two.pk, 8, 2)] == [9, 10]


def test_who_was_removed_changes_nothing_any_more(group_of_two, ann, bo) -> None:
    say(group_of_two, bo, "hi")
    remove_member(removed_by=ann.pk, group_id=group_of_two.pk, user_id=bo.pk)
    for change in (
        lambda: edit_message(channel=f"group:{group_of_two.pk}", user_id=bo.pk, seq=1, text="x"),
        lambda: recall_message(channel=f"group:{group_of_two.pk}", user_id=bo.pk, seq=1),
    ):
        with pytest.raises(NotFound):
            change()
    assert latest(group_of_two.pk, 1)[0]["text"] == "hi"


def test_over_http_one_reads_as_far_as_one_may(group_of_two, ann, bo, cy) -> None:
    change_group(changed_by=ann.pk, group_id=group_of_two.pk, history="since_joining")
    for number in range(1, 4):
        say(group_of_two, ann, str(number))
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    say(group_of_two, bo, "4", reply_to=3)
    react(channel=f"group:{group_of_two.pk}", user_id=cy.pk, seq=4, emoji="👍", added=True)
    edit_message(channel=f"group:{group_of_two.pk}", user_id=ann.pk, seq=2, text="two")
    path = f"/api/conversations/{group_of_two.pk}"
    mine, theirs = api(cy), api(bo)
    page = mine.get(f"{path}/messages/").json()
    assert [message["seq"] for message in page["messages"]] == [4]
    assert page["reacted"] == {str(page["messages"][0]["id"]): ["👍"]}
    assert mine.get(f"{path}/messages/?before=4").json() == {"messages": [], "reacted": {}}
    assert [message["seq"] for message in mine.get(f"{path}/messages/?after=0").json()["messages"]] == [4]
    assert [message["seq"] for message in mine.get(f"{path}/changes/?since=0").json()["messages"]] == [4]
    assert [message["seq"] for message in theirs.get(f"{path}/messages/?before=4&limit=2").json()["messages"]] == [2, 3]
    changed = theirs.get(f"{path}/changes/?since=4&limit=1").json()
    assert ([message["seq"] for message in changed["messages"]], changed["more"]) == ([4], True)
    stranger = api(make_user())
    for place in ("messages/", "changes/?since=0"):
        assert stranger.get(f"{path}/{place}").status_code == 404
        assert theirs.get(f"/api/conversations/999999/{place}").status_code == 404
    for bad in ("messages/?before=x", "messages/?limit=101", "changes/", "changes/?since=-1"):
        assert theirs.get(f"{path}/{bad}").status_code == 400
