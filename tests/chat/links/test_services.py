"""From a link in a message to what is shown beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from chat.channels import posting
from chat.conversations.models import Conversation, Group
from chat.links import services
from chat.links.fetching import LinkRefused, Page
from chat.links.models import Link, Waiting
from chat.links.services import first_link, forget_old, look_at, note_links, show_links, take_links
from chat.messages import rooms
from chat.messages.changes import edit_message, recall_message
from chat.messages.models import Message
from chat.messages.selectors import latest
from chat.messages.services import Draft, commit_messages
from chat.search.services import index_again, index_said
from community.accounts.models import User
from tests.chat.channels.replay import comparable, replay
from tests.support.factories import make_show

pytestmark = pytest.mark.django_db

PAGE = Page(b'<title>Tea</title><meta name="description" content="<b>Green</b>">', "utf-8")
SHOWN = {"url": "https://tea.example/a", "title": "Tea", "text": "<b>Green</b>", "site": ""}


@pytest.fixture(autouse=True)
def groups_have_rooms(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LINK_PREVIEWS = True
    monkeypatch.setattr(rooms, "_rules", {"group": posting.room_of_group})


def say(group: Group, author: User, *texts: str) -> list[Any]:
    keeper = posting.room_of_group(group.pk).keeper
    return commit_messages(
        [Draft(f"group:{group.pk}", group.pk, author.pk, None, text, text, keeper) for text in texts]
    )


def shown(group: Group) -> list[Any]:
    return [card.get("preview") for card in latest(group.pk, 50)]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("look: https://tea.example/a?b=c#d.", "https://tea.example/a?b=c#d"),
        ("看https://tea.example/茶，好", "https://tea.example/茶"),
        ("(http://tea.example)", "http://tea.example"),
        ("HTTP://TEA.example first, https://b.example", "HTTP://TEA.example"),
        ("tea.example", None),
        ("javascript:alert(1) ftp://tea.example data:text/html,x", None),
        ("https://", None),
    ],
)
def test_the_first_link_counts(text: str, url: str | None) -> None:
    assert first_link(text) == url


def test_a_message_shows_what_its_link_leads_to(group_of_two, ann, bo, published) -> None:
    from chat.channels.selectors import group_snapshots

    say(group_of_two, ann, "see https://tea.example/a", "and https://tea.example/a too", "nothing")
    index_said()
    pair = (bo.pk, group_of_two.pk)
    before = dict(group_snapshots([pair])[pair])
    published.clear()
    [link_id] = take_links()
    assert take_links() == []
    asked: list[str] = []

    def fetch(url: str) -> Page:
        asked.append(url)
        return PAGE

    look_at(link_id, fetch=fetch)
    look_at(link_id, fetch=fetch)
    assert asked == ["https://tea.example/a"]
    assert show_links() == 2
    assert show_links() == 0
    assert shown(group_of_two) == [SHOWN, SHOWN, None]
    assert published.types == ["chat.previewed", "chat.previewed"]
    after = dict(group_snapshots([pair])[pair])
    events = published.wires(f"group:{group_of_two.pk}")
    for order in (events, events[::-1]):
        assert replay(before, order, me=bo.pk) == replay(after, order, me=bo.pk) == comparable(after)
    assert Conversation.objects.get(pk=group_of_two.pk).last_change == 5
    # For a day, it is known.
    say(group_of_two, ann, "again https://tea.example/a")
    index_said()
    assert take_links() == []
    assert show_links() == 1
    assert shown(group_of_two)[-1] == SHOWN
    Link.objects.update(looked_at=F("looked_at") - timedelta(days=2))
    say(group_of_two, ann, "once more https://tea.example/a")
    index_said()
    assert take_links() == [link_id]


def test_what_is_refused_is_shown_nowhere_and_not_tried_again(group_of_two, ann, published) -> None:
    say(group_of_two, ann, "http://169.254.169.254/latest/")
    index_said()
    published.clear()
    [link_id] = take_links()
    look_at(link_id)
    assert Link.objects.get().looked_at is not None
    assert (show_links(), shown(group_of_two), list(published)) == (1, [None], [])
    assert not Waiting.objects.exists()


def test_what_fails_is_tried_once_more(group_of_two, ann) -> None:
    say(group_of_two, ann, "https://tea.example/a")
    index_said()

    def fails(url: str) -> Page:
        raise ConnectionResetError

    for _ in range(2):
        [link_id] = take_links()
        look_at(link_id, fetch=fails)
        Link.objects.update(taken_at=F("taken_at") - timedelta(minutes=2))
    assert take_links() == []
    assert (show_links(), shown(group_of_two)) == (1, [None])


def test_another_link_meanwhile_is_another_matter(group_of_two, ann, published) -> None:
    channel = f"group:{group_of_two.pk}"
    say(group_of_two, ann, "https://tea.example/a", "two https://tea.example/a", "three https://tea.example/a")
    index_said()
    edit_message(channel=channel, user_id=ann.pk, seq=1, text="https://coffee.example/")
    recall_message(channel=channel, user_id=ann.pk, seq=2)
    list(published)
    for link_id in take_links():
        look_at(link_id, fetch=lambda url: PAGE if "tea" in url else Page(b"<title>Coffee", "utf-8"))
    show_links()
    assert [one and one["title"] for one in shown(group_of_two)] == ["Coffee", None, "Tea"]
    # Without the link, it shows nothing of it.
    edit_message(channel=channel, user_id=ann.pk, seq=3, text="three")
    assert shown(group_of_two)[2] is None


def test_previews_may_be_off_and_old_ones_are_forgotten(group_of_two, ann, settings) -> None:
    settings.LINK_PREVIEWS = False
    say(group_of_two, ann, "https://tea.example/a")
    index_said()
    assert not Link.objects.exists()
    settings.LINK_PREVIEWS = True
    note_links(Message.objects.all())
    [link_id] = take_links()
    look_at(link_id, fetch=lambda url: PAGE)
    assert forget_old() == 0
    Link.objects.update(looked_at=F("looked_at") - services.GOOD_FOR * 2)
    assert forget_old() == 0
    show_links()
    assert (forget_old(), shown(group_of_two)) == (1, [SHOWN])


def test_a_refusal_says_nothing_of_the_network() -> None:
    assert str(LinkRefused("an address that is not public")) == "an address that is not public"


def test_what_is_said_in_a_room_shows_no_link_also_not_when_it_is_worded_anew(ann: User) -> None:
    """Its conversation has another number than the room: what it leads to would be told in somebody else's."""
    show = make_show()
    channel, key = f"show:{show.pk}", "k"
    [said] = commit_messages([Draft(channel, show.conversation_id, ann.pk, None, "https://tea.example/a", key)])
    index_said()
    index_again(said["id"])
    assert not Waiting.objects.exists()
