"""Followers are told when a show goes live."""

from __future__ import annotations

from typing import Any

import pytest

from community.notices import selectors as notices
from community.notices import services as inbox
from community.social import services as social
from live.shows.models import Show
from live.shows.services import go_live
from project.realtime import outbox
from tests.support.announced import Announced
from tests.support.factories import make_host, make_show, make_user

pytestmark = pytest.mark.django_db


def test_followers_are_told_once(published: Announced) -> None:
    host, stranger = make_host(display_name="Acha"), make_user()
    fans = [make_user() for _ in range(3)]
    for fan in fans:
        social.follow(user_id=fan.pk, other_id=host.pk)
    show = make_show(host=host, state=Show.State.SCHEDULED, title="Evening tea")
    published.clear()
    go_live(show_id=show.pk)
    [started] = published
    # The effect runs again, as after a crash.
    for react in outbox._subscribers[type(started)]:
        react.react(started)
    assert inbox.deliver(most_pieces=9) == 3
    assert inbox.deliver(most_pieces=9) == 0
    [card] = notices.notice_cards(list(notices.notices_of(fans[0].pk)))
    found: Any = (card["kind"], card["people"][0]["display_name"], card["about"], card["title"])
    assert found == ("show_live", "Acha", f"show:{show.pk}", {"zh": "Evening tea", "en": "Evening tea"})
    assert notices.inbox_of(stranger.pk)["unread"] == 0
    assert notices.inbox_of(host.pk)["unread"] == 0
    told = [event for event in published if event.type == "notice.added"]
    assert sorted(event.channels()[0] for event in told) == sorted(f"user:{fan.pk}" for fan in fans)
