from __future__ import annotations

from typing import Annotated

import msgspec

from chat.conversations.belonging import lets_in
from commerce.flash_sales import queue
from commerce.flash_sales.cards import ClaimReply, SaleSnapshot
from commerce.flash_sales.selectors import claims_in, sale_of
from commerce.flash_sales.services import ClaimRequest
from project.kernel.database import database
from project.kernel.errors import NotFound
from project.realtime.topics import Caller, Params, Topic, logged_in, method


class ClaimParams(Params):
    sale: int
    sku: int
    key: Annotated[str, msgspec.Meta(max_length=64, pattern="^[!-~]+$")]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1


class SaleTopic(Topic, kind="sale"):
    """A flash sale while it runs: state and stock for everyone, claims for those who are logged in. What is sold in a
    group is for its members alone."""

    async def join(self, *, caller: Caller, id: int) -> SaleSnapshot:
        snapshot = await database(_snapshot, caller=caller, sale_id=id)
        if not await lets_in(snapshot["sale"]["channel"], caller.user_id):
            raise NotFound
        return snapshot

    @method("sale.claim", requires=logged_in)
    async def claim(self, *, caller: Caller, params: ClaimParams) -> ClaimReply:
        request = ClaimRequest(
            sale_id=params.sale,
            sku_id=params.sku,
            quantity=params.quantity,
            shopper_id=caller.id,
            key=params.key,
        )
        won = await queue.current().submit(request)
        return {"status": "won", "claim": won.claim_id, "position": won.position, "expires_at": won.expires_at}


def _snapshot(*, caller: Caller, sale_id: int) -> SaleSnapshot:
    mine = claims_in(sale_id, user_id=caller.id) if not caller.is_guest else []
    return {"sale": sale_of(sale_id), "mine": mine}
