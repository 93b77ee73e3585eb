"""What others see of a show: `ShowCard` over HTTP, `ShowState` on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

from community.accounts.selectors import Card

ShowStateName = Literal["scheduled", "live", "ended"]


class ShowCard(TypedDict):
    id: int
    title: str
    cover: str | None
    state: ShowStateName
    host: Card
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    viewers: int
    likes: int


class ShowState(TypedDict):
    """Times in ms since the epoch. An event with a smaller `version` is older."""

    id: int
    title: str
    state: ShowStateName
    cover: str | None
    host: Card
    scheduled_at: int | None
    started_at: int | None
    ended_at: int | None
    version: int


class Nothing(TypedDict):
    """The answer to a method that has nothing to say."""
