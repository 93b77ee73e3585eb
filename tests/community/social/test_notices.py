"""What people find in their inboxes about others."""

from __future__ import annotations

from typing import Any

import pytest

from community.accounts.models import User
from community.notices import selectors as notices
from community.notices import services as inbox
from community.social import services
from community.social.models import Standing
from tests.support.announced import Announced
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def read_by(user: User) -> list[tuple[str, list[str], int]]:
    cards: list[Any] = notices.notice_cards(list(notices.notices_of(user.pk).order_by("-seq")))
    return [(card["kind"], [person["display_name"] for person in card["people"]], card["count"]) for card in cards]


def follow(host: User, *names: str) -> list[User]:
    people = [make_user(display_name=name) for name in names]
    for person in people:
        services.follow(user_id=person.pk, other_id=host.pk)
    return people


def test_followers_are_gathered_into_one_notice(published: Announced) -> None:
    host = make_user()
    people = follow(host, "A", "B", "C", "D", "E")
    assert services.tell_of_followers() == 1
    assert read_by(host) == [("follow", ["E", "D", "C"], 5)]
    follow(host, "F")
    services.tell_of_followers()
    assert read_by(host) == [("follow", ["F", "E", "D"], 6)]
    inbox.mark_all_read(user_id=host.pk, through=99)
    follow(host, "G")
    services.tell_of_followers()
    assert read_by(host) == [("follow", ["G"], 1), ("follow", ["F", "E", "D"], 6)]
    published.clear()
    # Nothing new, and nothing said again.
    services.follow(user_id=people[0].pk, other_id=host.pk)
    services.unfollow(user_id=people[1].pk, other_id=host.pk)
    assert services.tell_of_followers() == 0
    assert "notice.added" not in published.types
    assert not Standing.objects.filter(stirred=True).exists()


def test_who_is_gone_again_is_not_told_of() -> None:
    host = make_user()
    [person] = follow(host, "A")
    services.unfollow(user_id=person.pk, other_id=host.pk)
    services.tell_of_followers()
    assert read_by(host) == []


def test_a_request_is_told_until_it_is_answered() -> None:
    ann, ben = make_user(display_name="Ann"), make_user(display_name="Ben")
    services.ask(user_id=ann.pk, other_id=ben.pk)
    services.ask(user_id=ann.pk, other_id=ben.pk)
    assert read_by(ben) == [("friend_request", ["Ann"], 1)]
    services.withdraw(user_id=ann.pk, other_id=ben.pk)
    assert read_by(ben) == []
    services.ask(user_id=ann.pk, other_id=ben.pk)
    services.decline(user_id=ben.pk, other_id=ann.pk)
    assert (read_by(ann), read_by(ben)) == ([], [])
    services.ask(user_id=ann.pk, other_id=ben.pk)
    services.accept(user_id=ben.pk, other_id=ann.pk)
    assert (read_by(ann), read_by(ben)) == ([("friend_accepted", ["Ben"], 1)], [])


def test_a_block_takes_the_request_out_of_the_inbox() -> None:
    ann, ben = make_user(), make_user()
    services.ask(user_id=ann.pk, other_id=ben.pk)
    services.block(user_id=ben.pk, other_id=ann.pk)
    assert read_by(ben) == []
    assert notices.inbox_of(ben.pk)["unread"] == 0
