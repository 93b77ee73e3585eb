"""What a group says by itself stands among what people say: numbered, kept, not to be changed."""

from __future__ import annotations

from typing import Any

import pytest

from chat.channels import posting
from chat.channels.lines import write_line
from chat.channels.selectors import conversation_list, group_snapshots
from chat.conversations import lines
from chat.conversations.models import Conversation, Group
from chat.conversations.services import (
    announce,
    appoint,
    change_group,
    create_group,
    join_group,
    leave_group,
    remove_member,
    transfer,
)
from chat.messages import rooms
from chat.messages.changes import edit_message, react, recall_message
from chat.messages.selectors import latest
from chat.messages.services import Draft, commit_messages
from community.accounts.models import User
from project.kernel.errors import Forbidden
from tests.chat.channels.replay import comparable, replay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def groups_speak(groups_say_nothing_by_themselves: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_writer", write_line)
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group})


def said(group: Group) -> list[tuple[Any, ...]]:
    return [
        (card["author"]["display_name"], card["line"]["what"], [one["display_name"] for one in card["line"]["people"]])
        for card in latest(group.pk, 50)
    ]


def test_what_happens_in_a_group_is_said_there(group, ann, bo, cy) -> None:
    for who in (bo, cy):
        join_group(user_id=who.pk, group_id=group.pk)
    by_ann: dict[str, Any] = {"group_id": group.pk}
    change_group(changed_by=ann.pk, **by_ann, title="Tea and more")
    change_group(changed_by=ann.pk, **by_ann, title="Tea and more", join_policy="approval")
    announce(announced_by=ann.pk, **by_ann, text="Tonight")
    announce(announced_by=ann.pk, **by_ann, text="")
    appoint(appointed_by=ann.pk, **by_ann, user_id=bo.pk, manager=True)
    appoint(appointed_by=ann.pk, **by_ann, user_id=bo.pk, manager=False)
    remove_member(removed_by=ann.pk, **by_ann, user_id=cy.pk)
    transfer(transferred_by=ann.pk, **by_ann, user_id=bo.pk)
    leave_group(user_id=ann.pk, **by_ann)
    assert said(group) == [
        ("Bo", "joined", []),
        ("Cy", "joined", []),
        ("Ann", "renamed", []),
        ("Ann", "announced", []),
        ("Ann", "appointed", ["Bo"]),
        ("Ann", "dismissed", ["Bo"]),
        ("Ann", "removed", ["Cy"]),
        ("Ann", "transferred", ["Bo"]),
        ("Ann", "left", []),
    ]
    cards = latest(group.pk, 50)
    assert [card["seq"] for card in cards] == list(range(1, 10))
    assert cards[2]["line"]["title"] == "Tea and more"
    conversation = Conversation.objects.get(pk=group.pk)
    assert (conversation.last_seq, conversation.last_change) == (9, 9)


def test_lines_and_messages_have_one_order(group_of_two, ann, bo, cy, published) -> None:
    keeper = posting.room_of_group(group_of_two.pk).keeper
    before = group_snapshots([(bo.pk, group_of_two.pk)])[bo.pk, group_of_two.pk]
    published.clear()
    join_group(user_id=cy.pk, group_id=group_of_two.pk)
    draft = Draft(f"group:{group_of_two.pk}", group_of_two.pk, ann.pk, None, "hi Cy", "k", keeper)
    [answer] = commit_messages([draft])
    assert answer["seq"] == 3
    after = group_snapshots([(bo.pk, group_of_two.pk)])[bo.pk, group_of_two.pk]
    channels = {f"group:{group_of_two.pk}", f"user:{bo.pk}"}
    events = [event.wire() for event in published if channels & set(event.channels())]
    assert replay(dict(before), events, me=bo.pk) == comparable(dict(after))
    # The list moves, and who joined has read one's own line.
    touched = [e for e in published if e.type == "conversation.touched"]
    assert {e.user_to for e in touched} == {ann.pk, bo.pk, cy.pk}
    assert conversation_list(cy.pk)["conversations"][0]["unread"] == 1


def test_nobody_words_a_line_anew_or_takes_it_back(group_of_two, ann, bo) -> None:
    channel = f"group:{group_of_two.pk}"
    for user in (ann, bo):
        with pytest.raises(Forbidden):
            edit_message(channel=channel, user_id=user.pk, seq=1, text="I never joined")
        with pytest.raises(Forbidden):
            recall_message(channel=channel, user_id=user.pk, seq=1)
    assert react(channel=channel, user_id=ann.pk, seq=1, emoji="🎉", added=True)["reactions"] == {"🎉": 1}


def test_in_a_large_group_nobody_is_told_who_comes_and_goes(ann, bo, cy, settings) -> None:
    settings.GROUP_LINES_MEMBERS = 1
    group = create_group(founder_id=ann.pk, title="Tea")
    join_group(user_id=bo.pk, group_id=group.pk)
    join_group(user_id=cy.pk, group_id=group.pk)
    leave_group(user_id=cy.pk, group_id=group.pk)
    change_group(changed_by=ann.pk, group_id=group.pk, title="More tea")
    assert said(group) == [("Ann", "renamed", [])]


def test_a_key_of_a_client_is_never_that_of_a_line(group: Group, ann: User, bo: User) -> None:
    keeper = posting.room_of_group(group.pk).keeper
    for key in ("line1", "line", "1"):
        commit_messages([Draft(f"group:{group.pk}", group.pk, ann.pk, None, key, key, keeper)])
    change_group(changed_by=ann.pk, group_id=group.pk, title="More tea")
    assert latest(group.pk, 1)[0]["line"]["what"] == "renamed"
