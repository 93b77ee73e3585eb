from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chat.conversations.models import Conversation
from community.accounts.models import Role
from live.shows import selectors
from live.shows.errors import NotLive, ShowIsOver
from live.shows.models import Show
from live.shows.selectors import show_state
from live.shows.services import commit_likes, create_show, end_show, go_live, update_show
from project.kernel.errors import Forbidden, Invalid, NotFound
from tests.live.factories import make_host, make_show, make_user

pytestmark = pytest.mark.django_db


def test_a_show_begins_scheduled_with_a_room_of_its_own(published) -> None:
    host = make_host()
    show = create_show(host=host, title="  Tea\n evening ", scheduled_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert (show.title, show.state, show.version) == ("Tea evening", "scheduled", 0)
    assert show.conversation.kind == Conversation.Kind.SHOW
    assert show.conversation_id != create_show(host=host, title="Another").conversation_id
    assert published == []


@pytest.mark.parametrize("role", ["", Role.Name.MODERATOR])
def test_only_hosts_make_shows(role) -> None:
    with pytest.raises(Forbidden):
        create_show(host=make_user(role=role), title="Mine")
    assert not Show.objects.exists()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(("title", "code"), [("", "blank"), (" \n\x00", "blank"), ("x" * 81, "max_length")])
def test_a_title_has_one_to_eighty_characters(title, code) -> None:
    with pytest.raises(Invalid) as refused:
        create_show(host=make_host(), title=title)
    assert refused.value.fields == {"title": [code]}
    assert not Show.objects.exists()


def test_going_live_is_announced_once(published) -> None:
    show = make_show(live=False)
    first = go_live(show_id=show.pk)
    assert first.state == "live"
    assert first.started_at is not None
    again = go_live(show_id=show.pk)
    assert show_state(again) == show_state(first)
    assert published.types == ["show.started"]
    assert published[0].channels() == [f"show:{show.pk}"]
    assert published[0].wire()["show"] == show_state(first)


def test_a_show_that_is_over_does_not_begin_again(published) -> None:
    show = make_show()
    over = end_show(show_id=show.pk)
    published.clear()
    with pytest.raises(ShowIsOver):
        go_live(show_id=show.pk)
    with pytest.raises(ShowIsOver):
        update_show(show_id=show.pk, title="Once more")
    assert show_state(selectors.show(show.pk)) == show_state(over)
    assert published == []


def test_an_end_is_announced_once(published) -> None:
    show = make_show()
    published.clear()
    first = end_show(show_id=show.pk)
    assert first.state == "ended"
    assert first.ended_at is not None
    assert show_state(end_show(show_id=show.pk)) == show_state(first)
    assert [event.wire()["show"] for event in published] == [show_state(first)]
    assert published.types == ["show.ended"]


def test_a_show_that_has_not_begun_cannot_end(published) -> None:
    show = make_show(live=False)
    with pytest.raises(NotLive):
        end_show(show_id=show.pk)
    assert selectors.show(show.pk).state == "scheduled"
    assert published == []


@pytest.mark.parametrize("change", [go_live, end_show, update_show])
def test_there_must_be_such_a_show(change) -> None:
    with pytest.raises(NotFound):
        change(show_id=10**9)


def test_versions_only_grow(published) -> None:
    show = make_show(live=False)
    update_show(show_id=show.pk, title="New title")
    go_live(show_id=show.pk)
    update_show(show_id=show.pk, scheduled_at=None)
    end_show(show_id=show.pk)
    assert published.types == ["show.changed", "show.started", "show.changed", "show.ended"]
    assert [event.show["version"] for event in published] == [1, 2, 3, 4]


def test_a_change_leaves_alone_what_was_not_given(published) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    show = create_show(host=make_host(), title="Old", scheduled_at=at)
    update_show(show_id=show.pk, title="New")
    assert (selectors.show(show.pk).title, selectors.show(show.pk).scheduled_at) == ("New", at)
    with pytest.raises(Invalid):
        update_show(show_id=show.pk, title=" ", scheduled_at=None)
    assert (selectors.show(show.pk).title, selectors.show(show.pk).scheduled_at) == ("New", at)
    update_show(show_id=show.pk, scheduled_at=None)
    assert selectors.show(show.pk).scheduled_at is None
    assert len(published) == 2


def test_likes_add_up_and_a_key_counts_once(published) -> None:
    one, two = make_show(), make_show()
    published.clear()
    commit_likes(key="k", counts={one.pk: 30, two.pk: 1, 10**9: 5})
    commit_likes(key="k", counts={one.pk: 30, two.pk: 1})
    commit_likes(key="l", counts={one.pk: 12})
    assert [selectors.show(show.pk).likes for show in (one, two)] == [42, 1]
    assert [(event.channels(), event.wire()["total"]) for event in published] == [
        ([f"show:{one.pk}"], 30),
        ([f"show:{two.pk}"], 1),
        ([f"show:{one.pk}"], 42),
    ]
    assert not any(event.durable for event in published)


def test_the_room_knows_host_and_moderators_and_closes_with_the_show() -> None:
    host = make_host()
    moderator = make_user(role=Role.Name.MODERATOR)
    show = make_show(host)
    room = selectors.room_of_show(show.pk)
    assert room.conversation_id == show.conversation_id
    assert room.roles == {host.pk: "host", moderator.pk: "moderator"}
    assert room.refusal is None
    end_show(show_id=show.pk)
    assert selectors.room_of_show(show.pk).refusal is ShowIsOver
    with pytest.raises(NotFound):
        selectors.room_of_show(10**9)
