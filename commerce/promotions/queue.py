"""Where claims of drops wait for their batch: a lease for each drop."""

from __future__ import annotations

from collections.abc import Sequence

from commerce.promotions import conditions
from commerce.promotions.cards import DropCondition
from commerce.promotions.selectors import drop_standing
from commerce.promotions.services import DropAnswer, DropRequest, claim_coupons
from project.kernel.claims import ClaimQueue, Standing, one_a_loop


def new_queue() -> ClaimQueue[DropRequest, DropAnswer]:
    return ClaimQueue(read=_read, write=claim_coupons, check=_check)


def _read(drop_id: int) -> Standing | None:
    return drop_standing(drop_id)


async def _check(request: DropRequest, terms: tuple[str, Sequence[DropCondition]]) -> None:
    channel, asked = terms
    await conditions.check(asked, channel=channel, user_id=request.user_id)


# The queue of this process's loop.
current = one_a_loop(new_queue)
