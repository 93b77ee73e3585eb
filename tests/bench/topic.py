"""What a measurement asks of the server, beside what Souk's own clients do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction

from commerce.flash_sales.errors import AlreadyHolding
from commerce.flash_sales.models import Allotment, Claim
from project.kernel.clock import now
from project.kernel.database import unit_of_work
from project.kernel.errors import NotOpen, SoldOut
from project.realtime.topics import Caller, Methods, Params, Topic, logged_in, method

PLAIN_THREADS = 20


class ClaimParams(Params):
    sale: int
    sku: int
    key: str


class Room(Topic, kind="bench"):
    """A room without a database behind it: what is said goes through Redis to every process and viewer."""

    presence = True
    publish = True

    async def join(self, *, caller: Caller, id: Any) -> Mapping[str, Any] | None:
        return {}


class PassingRoom(Room, kind="passing"):
    """What is said there is kept nowhere, as a count of likes is."""

    history_size = 0


class PlainClaims(Methods):
    """Claims the way one would write them first."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(PLAIN_THREADS, thread_name_prefix="plain")

    @method("bench.claim_plainly", requires=logged_in)
    async def claim_plainly(self, *, caller: Caller, params: ClaimParams) -> dict[str, Any]:
        work = partial(claim_plainly, sale_id=params.sale, sku_id=params.sku, shopper_id=caller.id, key=params.key)
        loop = asyncio.get_running_loop()
        return {"claim": await loop.run_in_executor(self._threads, unit_of_work, work)}


def claim_plainly(*, sale_id: int, sku_id: int, shopper_id: int, key: str) -> int:
    """A claim as one would write it first: a transaction each, under the lock of the row with the stock.

    It announces nothing, which makes it cheaper than the real one.
    """
    with transaction.atomic():
        allotment = Allotment.objects.select_for_update().select_related("sale").get(sale=sale_id, sku=sku_id)
        sale, at = allotment.sale, now()
        if not sale.starts_at <= at < sale.ends_at:
            raise NotOpen
        if Claim.objects.filter(sale=sale, shopper=shopper_id, state=Claim.State.HELD).exists():
            raise AlreadyHolding
        if allotment.remaining < 1:
            raise SoldOut
        allotment.held += 1
        allotment.save(update_fields=["held"])
        claim = Claim.objects.create(
            sale=sale,
            allotment=allotment,
            shopper_id=shopper_id,
            key=key,
            quantity=1,
            price=allotment.price,
            currency=allotment.currency,
            position=allotment.held,
            created_at=at,
            expires_at=at + timedelta(minutes=10),
        )
        return claim.pk
