"""Many clients, two server processes, one database: as many coupons as were promised, and nobody is told a lie."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from centrifuge import CentrifugeError, Client

from commerce.promotions.models import Coupon, CouponDrop, CouponGrant
from community.accounts.models import User
from project.kernel.database import database
from tests.support.promoting import make_drop
from tests.support.sdk import leave
from tests.support.sessions import token_of
from tests.support.stack import Stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

PEOPLE = 400
COUPONS = 100


def prepare() -> tuple[CouponDrop, dict[int, str]]:
    """A drop, and a token of each person."""
    users = User.objects.bulk_create(
        User(email=f"person{number}@example.com", display_name=f"Person {number}", password="!")
        for number in range(PEOPLE)
    )
    return make_drop(quantity=COUPONS), {user.pk: token_of(user) for user in users}


def getter(token: str) -> Callable[[Any], Awaitable[str]]:
    async def get_token(_: Any) -> str:
        return token

    return get_token


async def claim(client: Client, drop: int, key: str) -> Any:
    """What the client was told: the answer, or the word of the error."""
    try:
        return (await client.rpc("drop.claim", {"drop": drop, "key": key}, timeout=60)).data
    except CentrifugeError as refusal:
        return refusal.message


async def claim_twice(client: Client, drop: int) -> tuple[Any, Any]:
    """The same key twice, as a client does that is not sure whether the first one arrived."""
    return await asyncio.gather(claim(client, drop, "once"), claim(client, drop, "once"))


async def test_two_processes_give_each_coupon_once(live_stack: Stack) -> None:
    await asyncio.to_thread(live_stack.start, web=2)
    drop, people = await database(prepare)
    urls = [server.websocket_url for server in live_stack.web]
    clients = {
        user_id: Client(urls[number % 2], token=token, get_token=getter(token), timeout=60)
        for number, (user_id, token) in enumerate(people.items())
    }
    try:
        await asyncio.gather(*[client.connect() for client in clients.values()])
        await asyncio.gather(*[client.ready(timeout=60) for client in clients.values()])
        told = await asyncio.gather(*[claim_twice(client, drop.pk) for client in clients.values()])
        answers = dict(zip(clients, told, strict=True))
        rows = await database(lambda: {row.pk: row for row in CouponGrant.objects.filter(drop=drop)})
        assert sorted(row.position or 0 for row in rows.values()) == list(range(1, COUPONS + 1))
        assert len({row.owner_id for row in rows.values()}) == COUPONS
        winners = {user_id for user_id, (first, _) in answers.items() if isinstance(first, dict)}
        assert winners == {row.owner_id for row in rows.values()}
        for user_id in winners:
            first, again = answers[user_id]
            assert first == again
            assert first["status"] == "won"
            row = rows[first["grant"]]
            assert (row.owner_id, row.position) == (user_id, first["position"])
        losers = Counter(word for user_id in clients.keys() - winners for word in answers[user_id])
        assert losers == {"sold_out": 2 * (PEOPLE - COUPONS)}
        await database(drop.refresh_from_db)
        assert (drop.state, drop.close_reason, drop.given) == ("closed", "gone", COUPONS)
        assert await database(lambda: Coupon.objects.get().granted) == COUPONS

        # The other process knows the winner's key too, and gives no second one to another key.
        winner = min(winners)
        place = list(clients).index(winner)
        elsewhere = Client(urls[(place + 1) % 2], token=people[winner], get_token=getter(people[winner]))
        try:
            await elsewhere.connect()
            await elsewhere.ready(timeout=60)
            assert await claim(elsewhere, drop.pk, "once") == answers[winner][0]
            assert await claim(elsewhere, drop.pk, "another") == "coupon_limit_reached"
        finally:
            await leave(elsewhere)
    finally:
        await leave(*clients.values())
