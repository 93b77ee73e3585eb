"""What a measurement asks of the server, beside what Souk's own clients do."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import msgspec
from django.db import transaction

from commerce.flash_sales.errors import AlreadyHolding, NotOpen, SoldOut
from commerce.flash_sales.models import Allotment, Claim
from project.kernel.clock import now, now_ms
from project.kernel.database import database, unit_of_work
from project.realtime.publisher import Push, publish
from project.realtime.topics import Caller, Params, Topic, logged_in, method

PLAIN_THREADS = 20


class SayParams(Params):
    channel: Annotated[str, msgspec.Meta(pattern="^bench:[0-9]{1,9}$")]
    text: str
    user: str
    # Kept in the channel's history, as a chat message is; or passed on alone, as a count of likes is.
    durable: bool = True


class ClaimParams(Params):
    sale: int
    sku: int
    key: str


class BenchTopic(Topic, kind="bench"):
    """A room without a database behind it: what is said goes through Redis to every process and viewer."""

    presence = True

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(PLAIN_THREADS, thread_name_prefix="plain")

    async def join(self, *, caller: Caller, id: int) -> dict[str, Any]:
        return {}

    @method("bench.say")
    async def say(self, *, caller: Caller, params: SayParams) -> dict[str, Any]:
        said = {"type": "bench.said", "at": now_ms(), "text": params.text, "user": params.user}
        line = msgspec.json.encode(said)
        push = Push(params.channel, [line], []) if params.durable else Push(params.channel, [], [line])
        await database(publish, [push])
        return {}

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
