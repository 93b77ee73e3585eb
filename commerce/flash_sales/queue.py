"""Where claims in flash sales wait for their batch: a lease for each SKU in a sale."""

from __future__ import annotations

from commerce.flash_sales.selectors import standing
from commerce.flash_sales.services import ClaimAnswer, ClaimRequest, claim_batch
from project.kernel.claims import ClaimQueue, Standing, one_a_loop


def new_queue() -> ClaimQueue[ClaimRequest, ClaimAnswer]:
    return ClaimQueue(read=_read, write=claim_batch)


def _read(thing: tuple[int, int]) -> Standing | None:
    sale_id, sku_id = thing
    return standing(sale_id=sale_id, sku_id=sku_id)


# The queue of this process's loop.
current = one_a_loop(new_queue)
