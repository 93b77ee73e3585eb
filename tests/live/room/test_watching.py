"""How long somebody has watched a show: what a drop in it may ask for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from live.room.watching import Watching, watched_secs
from live.shows.models import Show
from project.kernel.database import database
from project.kernel.errors import Busy
from project.realtime import router
from project.realtime.attendance import SLOT_SECS
from tests.support.factories import make_show, make_user
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`slot(3)`: the third slot is under way."""

    def set_slot(number: int) -> None:
        monkeypatch.setattr("project.realtime.attendance.time.time", lambda: 1e9 + number * SLOT_SECS)

    set_slot(0)
    return set_slot


async def test_watching_counts_while_the_show_is_on_air(connect: Any, slot: Any) -> None:
    show, user = await database(make_show), await database(make_user)
    channel, watching = f"show:{show.pk}", Watching()
    phone, laptop, guest = await connect(user), await connect(user), await connect()
    for client in (phone, laptop, guest):
        await client.enter(channel)
    await watching.note(show.pk)
    assert await watched_secs(channel, user.pk) == SLOT_SECS
    # One tab less, and then none: away.
    await phone.leave()
    slot(1)
    await watching.note(show.pk)
    await laptop.leave()
    slot(2)
    await watching.note(show.pk)
    assert await watched_secs(channel, user.pk) == 2 * SLOT_SECS
    # Back again, and the show ends.
    again = await connect(user)
    await again.enter(channel)
    slot(3)
    await watching.note(show.pk)
    await database(Show.objects.filter(pk=show.pk).update, state="ended")
    slot(4)
    await watching.note(show.pk)
    assert await watched_secs(channel, user.pk) == 3 * SLOT_SECS
    assert await watched_secs("show:999", user.pk) == await watched_secs("group:1", user.pk) == 0


async def test_a_tab_in_the_background_is_not_watched(connect: Any, slot: Any) -> None:
    show, user = await database(make_show), await database(make_user)
    channel, watching = f"show:{show.pk}", Watching()
    phone, laptop = await connect(user), await connect(user)
    number = 0

    async def counts(*, phone_on: bool | None = None, laptop_on: bool | None = None) -> bool:
        """Whether the next slot is counted, once the tabs have said that."""
        nonlocal number
        for client, visible in ((phone, phone_on), (laptop, laptop_on)):
            if visible is not None:
                assert await client.call("watch.note", {"show": show.pk, "visible": visible}) == {}
        number += 1
        slot(number)
        before = await watched_secs(channel, user.pk)
        await watching.note(show.pk)
        return await watched_secs(channel, user.pk) > before

    await phone.enter(channel)
    assert await counts()
    assert not await counts(phone_on=False)
    # Another tab that is on screen counts, and both in the background do not.
    await laptop.enter(channel)
    assert await counts()
    assert not await counts(laptop_on=False)
    assert await counts(phone_on=True)
    assert not await counts(phone_on=False)
    # What a tab said goes with it; one that comes is on screen.
    await phone.ask("unsubscribe", {"channel": channel})
    await phone.enter(channel)
    assert await counts()


async def test_who_turns_to_and_fro_too_fast_is_refused(connect: Any) -> None:
    show, user = await database(make_show), await database(make_user)
    client, guest = await connect(user), await connect()
    params = {"show": show.pk, "visible": True}
    await client.enter(f"show:{show.pk}")
    for _ in range(10):
        assert await client.call("watch.note", params) == {}
    assert await client.call("watch.note", params) == {"error": "too_fast"}
    assert await guest.call("watch.note", params) == {"error": "login_required"}


async def test_a_room_with_somebody_in_it_counts_by_itself(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    show_topic = router.topic_of("show:1")[0]
    monkeypatch.setattr(show_topic, "_watching", Watching(every_secs=0.01))
    show, user = await database(make_show), await database(make_user)
    client = await connect(user)
    await client.enter(f"show:{show.pk}")
    async with asyncio.timeout(10):
        while await watched_secs(f"show:{show.pk}", user.pk) < SLOT_SECS:
            await asyncio.sleep(0.01)


async def test_without_redis_nobody_is_told_a_lie(connect: Any, valkey: PrivateValkey) -> None:
    await connect()
    valkey.client.set("souk:{show:1}:attended", "not a hash")
    with pytest.raises(Busy):
        await watched_secs("show:1", 1)
