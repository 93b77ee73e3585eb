"""Whether somebody follows the host: what a drop in the show may ask for."""

from __future__ import annotations

import asyncio

import pytest

from community.social import services as social
from live.room import following
from live.room.following import followed
from project.kernel.database import database
from tests.support.factories import make_show, make_user

pytestmark = pytest.mark.django_db(transaction=True)


async def test_who_follows_the_host_of_this_show() -> None:
    show, other = await database(make_show), await database(make_show)
    fan, stranger = await database(make_user), await database(make_user)
    channel = f"show:{show.pk}"
    assert await followed(channel, fan.pk) == 0
    await database(social.follow, user_id=fan.pk, other_id=show.host_id)
    assert await followed(channel, fan.pk) == 1
    assert [
        await followed(channel, stranger.pk),
        await followed(channel, show.host_id),
        await followed(f"show:{other.pk}", fan.pk),
        await followed("show:999999", fan.pk),
        await followed("group:1", fan.pk),
    ] == [0] * 5
    await database(social.unfollow, user_id=fan.pk, other_id=show.host_id)
    assert await followed(channel, fan.pk) == 0


async def test_a_crowd_that_asks_at_once_shares_a_read(monkeypatch: pytest.MonkeyPatch) -> None:
    show = await database(make_show)
    fans = [await database(make_user) for _ in range(5)]
    for fan in fans[:3]:
        await database(social.follow, user_id=fan.pk, other_id=show.host_id)
    reads: list[int] = []
    read = following._follows

    def counted(asked):  # type: ignore[no-untyped-def]
        reads.append(len(asked))
        return read(asked)

    monkeypatch.setattr(following, "_follows", counted)
    found = await asyncio.gather(*(followed(f"show:{show.pk}", fan.pk) for fan in fans))
    assert (found, reads) == ([1, 1, 1, 0, 0], [5])
