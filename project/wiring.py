"""Who reacts to what, and which channel kind belongs to which app. The only place where upper and lower apps meet."""

from __future__ import annotations

from community.accounts import identify
from project.kernel.events import Event
from project.realtime import identity, outbox, router
from project.realtime.outbox import Reactor
from project.realtime.topics import Methods

SUBSCRIBERS: dict[type[Event], list[Reactor]] = {}

TOPICS: list[Methods] = []


IDENTITY = identity.Identity(
    from_token=identify.caller_from_token,
    from_cookie=identify.caller_from_session_key,
    still_valid=identify.still_valid,
)


def install() -> None:
    identity.install(IDENTITY)
    outbox.install(SUBSCRIBERS)
    router.install(TOPICS)
