from __future__ import annotations

import pytest

from community.notices import audiences, selectors, services
from community.notices.content import Content
from community.notices.models import Inbox, Notice
from community.social import services as social
from tests.support.factories import make_user
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_everything_at_once_in_a_few_inboxes() -> None:
    """200 changes: nobody waits for ever, no notice twice, and what is counted as unread is."""
    people = [make_user() for _ in range(4)]
    ids = [user.pk for user in people]

    def call(number: int) -> object:
        user_id, key = ids[number % 4], f"k{number % 7}"
        match number % 5:
            case 0 | 1:
                content = Content(people=[user_id])
                return services.notify(user_ids=ids, kind="mention", key=key, content=content) is not None
            case 2:
                services.gather(user_id=user_id, kind="follow", key=f"f{number}", people=[user_id], count=1)
            case 3:
                services.retract(user_id=user_id, key=key)
            case 4:
                services.mark_all_read(user_id=user_id, through=number // 4)
        return True

    for start in range(0, 200, 50):
        assert at_once([lambda n=n: call(n) for n in range(start, start + 50)]) == {True: 50}  # type: ignore[misc]
    for inbox in Inbox.objects.all():
        assert inbox.unread == Notice.objects.filter(user=inbox.pk, read_at=None).count()


def test_many_processes_deliver_one_broadcast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PIECE", 5)
    people = [make_user() for _ in range(40)]
    ids = [user.pk for user in people]
    monkeypatch.setitem(
        audiences._walks, "crowd", lambda id, *, after, most: [one for one in ids if one > after][:most]
    )
    services.broadcast(audience="crowd:1", kind="show_live", key="b", content=Content(people=[]))
    answers = at_once([lambda: services.deliver(most_pieces=20)] * 12)
    told = sum(int(str(count)) * times for count, times in answers.items())
    told += services.deliver(most_pieces=20)
    assert told == 40
    assert [selectors.inbox_of(id) for id in ids] == [{"unread": 1, "version": 1}] * 40


def test_a_broadcast_and_answers_to_requests_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ways of taking the locks of several inboxes: nobody waits for ever."""
    people = [make_user() for _ in range(12)]
    ids = [user.pk for user in people]
    for one, other in zip(people[::2], people[1::2], strict=True):
        social.ask(user_id=one.pk, other_id=other.pk)
    calls = [
        lambda one=one, other=other: social.accept(user_id=other.pk, other_id=one.pk).friends  # type: ignore[misc]
        for one, other in zip(people[::2], people[1::2], strict=True)
    ]
    calls += [
        lambda n=n: bool(services.notify(user_ids=ids, kind="mention", key=f"k{n}", content=Content(people=[])))  # type: ignore[misc]
        for n in range(6)
    ]
    assert at_once(calls) == {True: 12}
    for user_id in ids:
        unread = Notice.objects.filter(user=user_id, read_at=None).count()
        assert selectors.inbox_of(user_id)["unread"] == unread
