from __future__ import annotations

from collections.abc import Sequence

from chat.channels import selectors
from chat.channels.cards import DirectSnapshot, GroupSnapshot
from chat.conversations.selectors import Pair
from project.kernel.database import database
from project.kernel.errors import NotFound
from project.kernel.gather import Gather
from project.realtime.topics import Caller, Topic


class GroupTopic(Topic, kind="group"):
    """A group chat, for its members: what is said, who runs it, how many are in it and how many of them are here."""

    presence = True

    def __init__(self) -> None:
        self._snapshots = Gather(_read_groups)

    async def join(self, *, caller: Caller, id: int) -> GroupSnapshot:
        snapshot = await self._snapshots.get((caller.id, id))
        if snapshot is None:
            raise NotFound
        return snapshot


class DirectTopic(Topic, kind="dm"):
    """What two people say to each other, for the two."""

    presence = True

    def __init__(self) -> None:
        self._snapshots = Gather(_read_direct)

    async def join(self, *, caller: Caller, id: int) -> DirectSnapshot:
        snapshot = await self._snapshots.get((caller.id, id))
        if snapshot is None:
            raise NotFound
        return snapshot


async def _read_groups(pairs: Sequence[Pair]) -> dict[Pair, GroupSnapshot]:
    return await database(selectors.group_snapshots, pairs)


async def _read_direct(pairs: Sequence[Pair]) -> dict[Pair, DirectSnapshot]:
    return await database(selectors.direct_snapshots, pairs)
