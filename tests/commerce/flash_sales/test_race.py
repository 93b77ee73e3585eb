"""Many clients, two server processes, one database: as many winners as units, and nobody is told a lie."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from centrifuge import CentrifugeError, Client

from commerce.flash_sales.models import Allotment, Claim, FlashSale
from community.accounts.models import User
from project.kernel.claims import LEASE_SECS
from project.kernel.clock import now
from project.kernel.database import database
from tests.support.factories import make_sale
from tests.support.sdk import leave
from tests.support.sessions import token_of
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)

SHOPPERS = 400
UNITS = 100


def prepare() -> tuple[FlashSale, int, dict[int, str]]:
    """A sale, its SKU, and a token of each shopper."""
    users = User.objects.bulk_create(
        User(email=f"shopper{number}@example.com", display_name=f"Shopper {number}", password="!")
        for number in range(SHOPPERS)
    )
    sale = make_sale(total=UNITS)
    return sale, sale.allotments.get().sku_id, {user.pk: token_of(user) for user in users}


def lapse(sale: FlashSale) -> None:
    """Let the first five holds run out."""
    Claim.objects.filter(sale=sale, position__lte=5).update(expires_at=now() - timedelta(milliseconds=1))


def getter(token: str) -> Callable[[Any], Awaitable[str]]:
    async def get_token(_: Any) -> str:
        return token

    return get_token


async def claim(client: Client, sale: int, sku: int, key: str) -> Any:
    """What the client was told: the answer, or the word of the error."""
    try:
        return (await client.rpc("sale.claim", {"sale": sale, "sku": sku, "key": key}, timeout=60)).data
    except CentrifugeError as refusal:
        return refusal.message


async def claim_twice(client: Client, sale: int, sku: int) -> tuple[Any, Any]:
    """The same key twice, as a client does that is not sure whether the first one arrived."""
    return await asyncio.gather(claim(client, sale, sku, "once"), claim(client, sale, sku, "once"))


async def test_two_processes_sell_each_unit_once(live_stack: Stack) -> None:
    await asyncio.to_thread(live_stack.start, web=2)
    sale, sku, shoppers = await database(prepare)
    urls = [server.websocket_url for server in live_stack.web]
    clients = {
        user_id: Client(urls[number % 2], token=token, get_token=getter(token), timeout=60)
        for number, (user_id, token) in enumerate(shoppers.items())
    }
    try:
        await asyncio.gather(*[client.connect() for client in clients.values()])
        await asyncio.gather(*[client.ready(timeout=60) for client in clients.values()])
        answers = dict(
            zip(
                clients,
                await asyncio.gather(*[claim_twice(client, sale.pk, sku) for client in clients.values()]),
                strict=True,
            )
        )
        rows = await database(lambda: {row.pk: row for row in Claim.objects.filter(sale=sale)})
        assert len(rows) == UNITS
        assert len({row.shopper_id for row in rows.values()}) == UNITS
        allotment = await database(lambda: Allotment.objects.get(sale=sale))
        assert allotment.held + allotment.sold == UNITS
        assert sorted(row.position for row in rows.values()) == list(range(1, UNITS + 1))
        winners = {user_id for user_id, (first, _) in answers.items() if isinstance(first, dict)}
        assert winners == {row.shopper_id for row in rows.values()}
        for user_id in winners:
            first, again = answers[user_id]
            assert first == again
            assert first["status"] == "won"
            assert rows[first["claim"]].shopper_id == user_id
        losers = Counter(word for user_id in clients.keys() - winners for word in answers[user_id])
        assert losers == {"sold_out": 2 * (SHOPPERS - UNITS)}

        # Holds that lapse are sold again within a second: the lease that says "sold out" is no older.
        loser = next(user_id for user_id in clients if user_id not in winners)
        await database(lapse, sale)
        deadline = asyncio.get_running_loop().time() + LEASE_SECS + 1
        while not isinstance(again := await claim(clients[loser], sale.pk, sku, "again"), dict):
            assert again == "sold_out"
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        assert again["position"] == UNITS + 1
        allotment = await database(lambda: Allotment.objects.get(sale=sale))
        assert allotment.held + allotment.sold <= UNITS
    finally:
        await leave(*clients.values())
