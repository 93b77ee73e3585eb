from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from commerce.promotions import conditions, queue
from commerce.promotions.cards import ClaimedCoupon, DropClaimReply, DropSnapshot, DropState
from commerce.promotions.selectors import claimed_of, drop_of
from commerce.promotions.services import DropRequest
from project.kernel.database import database
from project.realtime.topics import Caller, Params, Topic, logged_in, method


class DropClaimParams(Params):
    drop: Annotated[int, Meta(ge=1)]
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]


class DropTopic(Topic, kind="drop"):
    """Coupons for whoever claims first: how many are left for everyone, claims for those who are logged in."""

    async def join(self, *, caller: Caller, id: int) -> DropSnapshot:
        drop, mine = await database(read_drop, id, user_id=caller.user_id)
        progress = []
        if caller.user_id is not None and mine is None and drop["state"] != "closed":
            progress = await conditions.progress(drop["conditions"], channel=drop["channel"], user_id=caller.user_id)
        return {"drop": drop, "mine": mine, "progress": progress}

    @method("drop.claim", requires=logged_in)
    async def claim(self, *, caller: Caller, params: DropClaimParams) -> DropClaimReply:
        request = DropRequest(drop_id=params.drop, user_id=caller.id, key=params.key)
        won = await queue.current().submit(request)
        return {"status": "won", "grant": won.grant_id, "position": won.position, "usable_until": won.usable_until}


def read_drop(drop_id: int, *, user_id: int | None) -> tuple[DropState, ClaimedCoupon | None]:
    drop = drop_of(drop_id)
    return drop, None if user_id is None else claimed_of(drop_id, user_id=user_id)
