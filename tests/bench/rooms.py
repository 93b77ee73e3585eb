"""How fast a room is: messages to many viewers, and many claims at once. `make bench`; numbers, no verdict.

Clients and server share this machine, so the numbers are a floor.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from community.accounts.models import User
from project.kernel.database import database
from tests.support.factories import make_sale, make_show, make_sku, make_user
from tests.support.stack import Stack

pytestmark = [pytest.mark.timeout(600), pytest.mark.django_db(transaction=True)]

VIEWERS = int(os.environ.get("BENCH_VIEWERS", "300"))
SENDERS = int(os.environ.get("BENCH_SENDERS", "20"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "10"))
SHOPPERS = int(os.environ.get("BENCH_SHOPPERS", "300"))
UNITS = int(os.environ.get("BENCH_UNITS", "50"))


class Client:
    """The least that speaks the protocol: connect, subscribe, call; pushes are handed to `on_push` as they come."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._next = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.arrived: list[tuple[float, dict[str, Any]]] = []
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, *, token: str = "", channel: str = "") -> Client:
        client = cls(await connect(url, compression=None, max_queue=None, ping_interval=None))
        await client.ask("connect", {"token": token} if token else {})
        if channel:
            await client.ask("subscribe", {"channel": channel})
        return client

    async def ask(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        self._next += 1
        answer = self._waiting[self._next] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": self._next, command: params}))
        return await answer

    async def call(self, method: str, **data: Any) -> dict[str, Any]:
        return await self.ask("rpc", {"method": method, "data": data})

    async def _read(self) -> None:
        async for frame in self._socket:
            now = time.perf_counter()
            for line in str(frame).split("\n"):
                message = json.loads(line)
                if future := self._waiting.pop(message.get("id", 0), None):
                    future.set_result(message)
                elif publication := message.get("push", {}).get("pub"):
                    self.arrived.append((now, publication["data"]))
                elif not message:
                    await self._socket.send("{}")

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self._socket.close()


def report(name: str, secs: Sequence[float], **more: object) -> None:
    ordered = sorted(secs)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.95, 0.99)]
    extra = "  ".join(f"{key} {value}" for key, value in more.items())
    print(f"\n{name}: p50 {at[0]:.1f} ms  p95 {at[1]:.1f} ms  p99 {at[2]:.1f} ms  {extra}")  # noqa: T201


def tokens_of(stack: Stack, users: Sequence[User]) -> list[str]:
    return [stack.token_of(user) for user in users]


async def in_batches(makers: Sequence[Any], size: int = 50) -> list[Client]:
    made: list[Client] = []
    for at in range(0, len(makers), size):
        made += await asyncio.gather(*makers[at : at + size])
    return made


async def test_chat_to_a_full_room(live_stack: Stack) -> None:
    show = await database(make_show)
    senders = [await database(make_user) for _ in range(SENDERS)]
    tokens = await database(tokens_of, live_stack, senders)
    await asyncio.to_thread(live_stack.start)
    url, channel = live_stack.websocket_url, f"show:{show.pk}"
    viewers = await in_batches([Client.open(url, channel=channel) for _ in range(VIEWERS)])
    talkers = await in_batches([Client.open(url, token=token) for token in tokens])

    sent: dict[str, float] = {}

    async def say(number: int, round: int) -> float:
        key = f"{round}-{number}"
        sent[key] = start = time.perf_counter()
        answer = await talkers[number].call("chat.send", channel=channel, text=f"message {key}", key=key)
        assert "error" not in answer, answer
        return time.perf_counter() - start

    begun = time.perf_counter()
    replies: list[float] = []
    for round in range(ROUNDS):
        replies += await asyncio.gather(*(say(number, round) for number in range(SENDERS)))
        await asyncio.sleep(1)
    expected = SENDERS * ROUNDS
    deadline = time.perf_counter() + 60

    def counted(viewer: Client) -> int:
        return sum(event["type"] == "chat.sent" for _, event in viewer.arrived)

    while any(counted(viewer) < expected for viewer in viewers) and time.perf_counter() < deadline:
        await asyncio.sleep(0.1)
    took = time.perf_counter() - begun
    assert [counted(viewer) for viewer in viewers] == [expected] * VIEWERS
    delays = [
        at - sent[event["message"]["key"]]
        for viewer in viewers
        for at, event in viewer.arrived
        if event["type"] == "chat.sent"
    ]
    report("chat.send, reply", replies, messages=expected)
    report("chat.sent, seen by a viewer", delays, viewers=VIEWERS, per_second=round_(len(delays) / took))
    await asyncio.gather(*(client.close() for client in viewers + talkers))


async def test_claims_all_at_once(live_stack: Stack) -> None:
    show = await database(make_show)
    sku = await database(make_sku, stock=UNITS)
    sale = await database(make_sale, sku=sku, channel=f"show:{show.pk}", launched_by=show.host, total=UNITS)
    shoppers = [await database(make_user) for _ in range(SHOPPERS)]
    tokens = await database(tokens_of, live_stack, shoppers)
    await asyncio.to_thread(live_stack.start)
    clients = await in_batches([Client.open(live_stack.websocket_url, token=token) for token in tokens])

    async def claim(client: Client) -> tuple[float, str]:
        start = time.perf_counter()
        answer = await client.call("sale.claim", sale=sale.pk, sku=sku.pk, quantity=1, key="bench")
        word = answer["error"]["message"] if "error" in answer else answer["rpc"]["data"]["status"]
        return time.perf_counter() - start, word

    begun = time.perf_counter()
    answers = await asyncio.gather(*(claim(client) for client in clients))
    took = time.perf_counter() - begun
    words = [word for _, word in answers]
    assert (words.count("won"), words.count("sold_out")) == (UNITS, SHOPPERS - UNITS)
    report("sale.claim", [secs for secs, _ in answers], claims=SHOPPERS, per_second=round_(SHOPPERS / took))
    await asyncio.gather(*(client.close() for client in clients))


def round_(number: float) -> int:
    return int(number + 0.5)
