"""Who reacts to what, and which channel kind belongs to which app. The only place where upper and lower apps meet."""

from __future__ import annotations

from project.kernel.events import Event
from project.realtime import outbox, router
from project.realtime.outbox import Reactor
from project.realtime.topics import Methods

SUBSCRIBERS: dict[type[Event], list[Reactor]] = {}

TOPICS: list[Methods] = []


def install() -> None:
    outbox.install(SUBSCRIBERS)
    router.install(TOPICS)
