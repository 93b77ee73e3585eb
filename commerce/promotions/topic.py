from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from chat.conversations.belonging import lets_in
from commerce.promotions import conditions, queue
from commerce.promotions.cards import ClaimedCoupon, DropClaimReply, DropSnapshot, DropState
from commerce.promotions.selectors import claimed, drop_states
from commerce.promotions.services import DropRequest
from project.kernel.database import database
from project.kernel.errors import NotFound
from project.kernel.gather import Gather
from project.realtime.topics import Caller, Params, Topic, logged_in, method


class DropClaimParams(Params):
    drop: Annotated[int, Meta(ge=1)]
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]


class DropTopic(Topic, kind="drop"):
    """Coupons for whoever claims first: how many are left for everyone, claims for those who are logged in. What is
    dropped in a group is for its members alone."""

    def __init__(self) -> None:
        # A whole room comes at once when a drop is launched in it.
        self._drops = Gather(_read_drops)
        self._claimed = Gather(_read_claimed)

    async def join(self, *, caller: Caller, id: int) -> DropSnapshot:
        drop = await self._drops.get(id)
        if drop is None or not await lets_in(drop["channel"], caller.user_id):
            raise NotFound
        mine, progress = None, []
        if caller.user_id is not None:
            mine = await self._claimed.get((id, caller.user_id))
            if mine is None and drop["state"] != "closed":
                asked = drop["conditions"]
                progress = await conditions.progress(asked, channel=drop["channel"], user_id=caller.user_id)
        return {"drop": drop, "mine": mine, "progress": progress}

    @method("drop.claim", requires=logged_in)
    async def claim(self, *, caller: Caller, params: DropClaimParams) -> DropClaimReply:
        request = DropRequest(drop_id=params.drop, user_id=caller.id, key=params.key)
        won = await queue.current().submit(request)
        return {"status": "won", "grant": won.grant_id, "position": won.position, "usable_until": won.usable_until}


async def _read_drops(drop_ids: Sequence[int]) -> dict[int, DropState]:
    return await database(drop_states, drop_ids)


async def _read_claimed(asked: Sequence[tuple[int, int]]) -> dict[tuple[int, int], ClaimedCoupon]:
    return await database(claimed, asked)
