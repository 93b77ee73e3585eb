from __future__ import annotations

from typing import TypedDict

from chat.messages.cards import MessageCard


class Found(TypedDict):
    channel: str
    message: MessageCard


class FoundPage(TypedDict):
    """The newest first. `next`: where to go on, or null at the end; a page may be short, or empty, before that."""

    found: list[Found]
    next: int | None
