"""Who reacts to what, and which channel kind belongs to which app. The only place where upper and lower apps meet."""

from __future__ import annotations

from chat.messages import rooms
from chat.messages.topic import ChatMethods
from community.accounts import identify
from live.shelf import reactions as shelf
from live.shelf.topic import ShelfMethods
from live.shows.events import ShowEnded
from live.shows.selectors import room_of_show
from live.shows.topic import LikeMethods
from project.kernel.events import Event
from project.realtime import identity, outbox, router
from project.realtime.outbox import Reactor, effect
from project.realtime.topics import Methods

SUBSCRIBERS: dict[type[Event], list[Reactor]] = {
    ShowEnded: [effect(shelf.clear_pins)],
}

TOPICS: list[Methods] = [
    ChatMethods(),
    LikeMethods(),
    ShelfMethods(),
]

# Which channel has a conversation, and who may write there.
ROOMS: dict[str, rooms.Rule] = {"show": room_of_show}


IDENTITY = identity.Identity(
    from_token=identify.caller_from_token,
    from_cookie=identify.caller_from_session_key,
    still_valid=identify.still_valid,
)


def install() -> None:
    identity.install(IDENTITY)
    outbox.install(SUBSCRIBERS)
    router.install(TOPICS)
    rooms.install(ROOMS)
