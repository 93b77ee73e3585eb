from __future__ import annotations

import asyncio

import pytest

from chat.messages import rooms
from chat.messages.errors import TextEmpty, TextTooLong
from chat.messages.models import Message
from chat.messages.services import send
from chat.messages.topic import ChatMethods, SendParams
from project.kernel.database import database
from project.kernel.errors import LoginRequired, NotFound, TooFast
from project.realtime.topics import Caller
from tests.chat.messages.conftest import Closed

pytestmark = pytest.mark.django_db(transaction=True)


async def count() -> int:
    return await database(Message.objects.count)


async def test_what_is_said_is_committed_when_it_is_answered(hall, ann) -> None:
    hall.roles[ann.pk] = "moderator"
    answer = await ChatMethods().send(
        caller=Caller(user_id=ann.pk), params=SendParams(channel="hall:1", text=" hi ", key="k")
    )
    kept = await database(Message.objects.get)
    assert (kept.text, kept.seq, kept.key, kept.author_id) == ("hi", 1, "k", ann.pk)
    assert answer["message"]["id"] == kept.pk
    assert answer["message"]["author"]["role"] == "moderator"


async def test_many_at_once_get_each_their_place(hall, ann, bo) -> None:
    answers = await asyncio.gather(
        *(send(channel="hall:1", author_id=who.pk, text=f"{n}", key=f"{n}") for n in range(5) for who in (ann, bo))
    )
    assert sorted(answer["seq"] for answer in answers) == list(range(1, 11))


async def test_the_same_key_from_two_connections_is_one_message(hall, ann) -> None:
    answers = await asyncio.gather(*(send(channel="hall:1", author_id=ann.pk, text="hi", key="k") for _ in range(3)))
    assert answers[0] == answers[1] == answers[2]
    assert await count() == 1


async def test_a_guest_says_nothing(hall) -> None:
    with pytest.raises(LoginRequired):
        await ChatMethods().send(caller=Caller(), params=SendParams(channel="hall:1", text="hi", key="k"))


@pytest.mark.parametrize("channel", ["hall:3", "wall:1", "hall", "hall:", "hall:01", "hall:x", ""])
async def test_there_must_be_such_a_room(hall, ann, channel) -> None:
    with pytest.raises(NotFound):
        await send(channel=channel, author_id=ann.pk, text="hi", key="k")
    assert await count() == 0


async def test_a_closed_room_says_why(hall, ann, published) -> None:
    hall.closed = True
    rooms.forget("hall:1")
    with pytest.raises(Closed):
        await send(channel="hall:1", author_id=ann.pk, text="hi", key="k")
    assert await count() == 0
    assert published == []


async def test_a_bad_text_costs_no_turn(hall, ann) -> None:
    for _ in range(10):
        with pytest.raises(TextEmpty):
            await send(channel="hall:1", author_id=ann.pk, text=" ", key="k")
    with pytest.raises(TextTooLong):
        await send(channel="hall:1", author_id=ann.pk, text="x" * 201, key="k")
    assert (await send(channel="hall:1", author_id=ann.pk, text="ok", key="k"))["seq"] == 1


async def test_whoever_is_too_fast_waits_and_nobody_else(hall, ann, bo, published) -> None:
    for n in range(5):
        await send(channel="hall:1", author_id=ann.pk, text="hi", key=f"{n}")
    published.clear()
    with pytest.raises(TooFast):
        await send(channel="hall:1", author_id=ann.pk, text="hi", key="5")
    assert published == []
    assert await count() == 5
    assert (await send(channel="hall:1", author_id=bo.pk, text="hi", key="k"))["seq"] == 6


async def test_a_user_who_is_gone_says_nothing(hall) -> None:
    with pytest.raises(LoginRequired):
        await send(channel="hall:1", author_id=10**9, text="hi", key="k")
