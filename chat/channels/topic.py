from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from chat.channels import selectors
from chat.channels.cards import DirectSnapshot, GroupSnapshot, ReadReply
from chat.conversations.cards import MembershipCard
from chat.conversations.selectors import Pair
from chat.conversations.services import Read, commit_reads
from community.moderation.selectors.standing import check_entry
from project.kernel.database import database
from project.kernel.errors import NotFound
from project.kernel.gather import Gather
from project.kernel.group_commit import GroupCommit
from project.realtime.topics import Caller, Methods, Params, Topic, logged_in, method


class GroupTopic(Topic, kind="group"):
    """A group chat, for its members: what is said, who runs it, how many are in it and how many of them are here."""

    presence = True
    withholds = True

    def __init__(self) -> None:
        self._snapshots = Gather(_read_groups)

    async def join(self, *, caller: Caller, id: int) -> GroupSnapshot:
        await check_entry(caller.user_id, f"group:{id}")
        snapshot = await self._snapshots.get((caller.id, id))
        if snapshot is None:
            raise NotFound
        return snapshot

    def withheld(self, snapshot: GroupSnapshot) -> Callable[[bytes], bool] | None:
        """Where newcomers read what was said since they joined: all that became of what was said before."""
        if snapshot["group"]["history"] == "all":
            return None
        since = snapshot["membership"]["joined_seq"]

        def hides(data: bytes) -> bool:
            message = msgspec.json.decode(data, type=_Told).message
            return message is not None and message.seq <= since

        return hides


class _Numbered(msgspec.Struct):
    seq: int


class _Told(msgspec.Struct):
    """Of an event, what says which message it is about."""

    message: _Numbered | None = None


class ReadParams(Params):
    channel: Annotated[str, Meta(max_length=64, pattern="^(group|dm):[1-9][0-9]{0,17}$")]
    seq: Annotated[int, Meta(ge=0, le=2**53)]


class ConversationMethods(Methods):
    """One's own place in a conversation, which changes all the time; the rest of it is over HTTP."""

    def __init__(self) -> None:
        self._reads: GroupCommit[Read, MembershipCard] = GroupCommit(commit_reads)

    @method("conversation.read", requires=logged_in)
    async def read(self, *, caller: Caller, params: ReadParams) -> ReadReply:
        """Everything up to `seq` is read. Raises NotFound, Busy."""
        _, _, id = params.channel.partition(":")
        return {"membership": await self._reads.submit(Read(caller.id, int(id), params.seq))}


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

    async def sees_presence(self, *, caller: Caller, id: int) -> bool:
        """Neither of two sees the other where one has blocked the other."""
        return await database(selectors.sees_peer, user_id=caller.id, direct_id=id)


async def _read_groups(pairs: Sequence[Pair]) -> dict[Pair, GroupSnapshot]:
    return await database(selectors.group_snapshots, pairs)


async def _read_direct(pairs: Sequence[Pair]) -> dict[Pair, DirectSnapshot]:
    return await database(selectors.direct_snapshots, pairs)
