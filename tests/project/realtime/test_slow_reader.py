"""A reader that does not read costs a bounded amount of memory, and loses nothing that lasts."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import msgspec
import pytest

from project.realtime import presence
from project.realtime.engine import Engine
from project.realtime.outbound import MOST_BYTES
from project.realtime.publisher import Push, publish
from project.realtime.server import uvicorn_ws
from tests.project.realtime.conftest import Server, Socket

LARGE = "x" * 20_000


async def push(durable: int = 0, ephemeral: int = 0, times: int = 1) -> None:
    payload = msgspec.json.encode({"text": LARGE})
    for _ in range(times):
        await asyncio.to_thread(publish, [Push("room:7", [payload] * durable, [payload] * ephemeral)])


def with_small_buffers(server: Server) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    return client


async def enter(client: Socket) -> dict[str, Any]:
    await client.open()
    return (await client.ask({"id": 2, "subscribe": {"channel": "room:7"}}))["subscribe"]


async def test_ephemeral_events_are_dropped_for_a_reader_that_stays_behind(server: Server) -> None:
    async with server.socket(sock=with_small_buffers(server), max_queue=1) as slow:
        await enter(slow)
        (connection,) = Engine.current().connections
        await push(ephemeral=10, times=400)
        assert connection._out.backlog <= MOST_BYTES + 300_000
        assert connection in Engine.current().connections


async def test_a_reader_behind_on_durable_events_is_closed_and_recovers(server: Server) -> None:
    async with server.socket(sock=with_small_buffers(server), max_queue=1) as slow:
        first = await enter(slow)
        (connection,) = Engine.current().connections
        async with asyncio.timeout(20):
            sent = 0
            while not connection.closed:
                await push(durable=1)
                sent += 1
        assert connection._out.backlog <= 2 * MOST_BYTES + 200_000
        seen = 0
        while "disconnect" not in (push_seen := (await slow.receive())["push"]):
            seen = push_seen["pub"]["offset"]
        assert push_seen["disconnect"] == {"code": 3008, "reason": "slow reader", "reconnect": True}
    async with server.socket() as again:
        await again.open()
        request = {"channel": "room:7", "recover": True, "offset": max(seen, sent - 20), "epoch": first["epoch"]}
        recovered = (await again.ask({"id": 2, "subscribe": request}))["subscribe"]
        assert recovered["recovered"] is True
        assert [pub["offset"] for pub in recovered.get("publications", [])] == list(
            range(max(seen, sent - 20) + 1, sent + 1)
        )


async def test_a_reader_that_takes_nothing_at_all_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_ws, "CLOSE_WITHIN_SECS", 0.2)
    async with server.socket(sock=with_small_buffers(server), max_queue=1, close_timeout=0.1) as slow:
        await enter(slow)
        (connection,) = Engine.current().connections
        while connection._out.backlog < MOST_BYTES // 2:
            await push(durable=1)
        # Long enough for uvicorn's own pings, which end a connection and then wait for its reader.
        await asyncio.sleep(0.5)
        connection.ping()
        connection.ping()
        async with asyncio.timeout(10):
            while Engine.current().connections:
                await asyncio.sleep(0.01)
        assert await presence.count("room:7") == (0, 0)
