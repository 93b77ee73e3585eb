"""The members of a group that are channels of this process."""

from __future__ import annotations

import asyncio
import time


class Group:
    """`opening` is done once what is sent to the group reaches this process."""

    opening: asyncio.Task[None]

    def __init__(self, name: str, expiry: float) -> None:
        self.name = name
        # Channels, and when they were added: the oldest first.
        self.members: dict[str, float] = {}
        self._expiry = expiry

    def add(self, channel: str) -> None:
        self.members.pop(channel, None)
        self.members[channel] = time.monotonic()

    def remove(self, channel: str) -> bool:
        return self.members.pop(channel, None) is not None

    def expired(self) -> list[str]:
        """Who was added longest ago than memberships last."""
        before = time.monotonic() - self._expiry
        found = []
        for channel, added_at in self.members.items():
            if added_at >= before:
                break
            found.append(channel)
        return found
