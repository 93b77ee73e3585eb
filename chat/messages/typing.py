"""Who is writing just now: told to whoever has the chat open, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chat.messages import guards, rooms
from chat.messages.events import Typing, TypingTold
from chat.messages.memory import ShortMemory
from chat.messages.pace import Pace
from chat.messages.rooms import Post
from community.accounts.selectors import Card, active_cards
from project.kernel.database import database
from project.kernel.errors import NotFound
from project.realtime.outbox import publish_on_commit

EVERY_SECS = 3.0
REMEMBERED_SECS = 10.0

_pace = Pace(burst=1, secs=EVERY_SECS)


class Typist(NamedTuple):
    """Who writes, and who `only` is told of it; None: everyone who has the chat open."""

    user: Card
    only: Sequence[int] | None


def _typist(who: tuple[str, int]) -> Typist | None:
    """Who writes where, if others are to know of it. Raises NotFound, what the room refuses with."""
    channel, user_id = who
    room = rooms.load_room(channel)
    if room.refusal:
        raise room.refusal
    if room.keeper is None or not room.keeper.shows_typing(room.conversation_id):
        return None
    post = Post(user_id, room.conversation_id)
    standing = room.keeper.admit([post]).get(post)
    if standing is None:
        raise NotFound
    if standing.refusal:
        raise standing.refusal
    user = active_cards([user_id]).get(user_id)
    return Typist(user, room.keeper.only_told(post)) if user else None


_typists = ShortMemory(_typist, secs=REMEMBERED_SECS)


async def tell(*, channel: str, user_id: int) -> None:
    """Say that somebody is writing. Nothing is said in the room of a show, in a large group, of who is in the shadow,
    to whom a block keeps apart from who writes, or more than once in three seconds. Raises NotFound, what the room or a
    guard refuses with."""
    typist = await _typists.get((channel, user_id))
    if typist is not None and _pace.allows((channel, user_id)):
        await database(announce, typist, channel)


def announce(typist: Typist, channel: str) -> None:
    """Raises what a guard refuses with."""
    user, only = typist
    # Asked each time: what is remembered of the room is too old for this.
    if not guards.admit(channel, user["id"]):
        return
    if only is None:
        publish_on_commit(Typing(user=user, channel_to=channel))
    else:
        publish_on_commit(*(TypingTold(channel=channel, user=user, user_to=one) for one in only))
