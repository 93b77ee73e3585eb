"""Connections and subscriptions end when their time is over, and not before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from project.realtime import connection as connections
from project.realtime import engine
from project.realtime.connection import EXPIRY_GRACE_SECS, Connection
from project.realtime.engine import Engine
from tests.project.realtime.conftest import Server
from tests.project.realtime.hall import HallTopic, OwnTopic, installed
from tests.project.realtime.test_both_codecs import Peer, both, opened, say


class TimedTopic(OwnTopic, kind="timed"):
    """A user's own channel, whose subscription ends as its token says."""

    subscription_tokens = True


@pytest.fixture
def room() -> Iterator[None]:
    """In the place of the rooms of the other tests."""
    with installed(HallTopic(), TimedTopic()):
        yield


class Clock:
    """What connections take for the time."""

    def __init__(self) -> None:
        self.ahead_secs = 0.0

    def time(self) -> float:
        return time.time() + self.ahead_secs


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    moved = SimpleNamespace(time=found.time, monotonic=time.monotonic)
    monkeypatch.setattr(connections, "time", moved)
    return found


def only() -> Connection:
    (found,) = Engine.current().connections
    return found


def ends_with(code: int, reason: str) -> dict[str, Any]:
    return {"disconnect": {"code": code, "reason": reason, "reconnect": True}}


@both
async def test_who_does_not_say_who_it_is_is_sent_away(
    server: Server, kind: type[Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONNECT_WITHIN_SECS", 2)
    async with opened(server, kind) as busy:
        await busy.ask(connect={})
        begun_at = time.monotonic()
        async with opened(server, kind) as idle:
            assert await idle.push() == {"disconnect": {"code": 3502, "reason": "stale"}}
            assert time.monotonic() - begun_at > 1
            assert await idle.close_code() == 3502
        assert await busy.ask(ping={}) == {"ping": {}}


@both
async def test_who_does_not_answer_a_ping_is_closed_at_the_next(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        await peer.ask(connect={})
        for _ in range(3):
            only().ping()
            await peer.raw.send("{}" if kind is Peer else b"\x00")
            assert await peer.ask(ping={}) == {"ping": {}}
        only().ping()
        # Any other command shows that its sender lives, but is no answer.
        assert await peer.ask(ping={}) == {"ping": {}}
        only().ping()
        assert await peer.push() == ends_with(3012, "no pong")
        assert await peer.close_code() == 3012


async def test_pings_come_by_themselves(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PING_SECS", 1)
    async with opened(server, Peer) as peer:
        await peer.ask(connect={})
        assert await asyncio.wait_for(peer.raw.recv(), 10) == "{}"
        assert await peer.close_code() == 3012


@both
async def test_a_connection_ends_with_its_token(server: Server, kind: type[Peer], clock: Clock) -> None:
    async with opened(server, kind) as peer:
        ends_at = time.time() + 100
        assert 50 < (await peer.ask(connect={"token": f"5@{ends_at}"}))["connect"]["ttl"] <= 100
        clock.ahead_secs = 100 + EXPIRY_GRACE_SECS - 5
        only().ping()
        await peer.raw.send("{}" if kind is Peer else b"\x00")
        assert "refresh" in await peer.ask(refresh={"token": f"5@{ends_at + 100}"})
        clock.ahead_secs = 200 + EXPIRY_GRACE_SECS - 5
        only().ping()
        await peer.raw.send("{}" if kind is Peer else b"\x00")
        assert await peer.ask(ping={}) == {"ping": {}}
        clock.ahead_secs = 200 + EXPIRY_GRACE_SECS + 5
        only().ping()
        assert await peer.push() == ends_with(3005, "connection expired")
        assert await peer.close_code() == 3005


@both
async def test_a_subscription_ends_with_its_token(server: Server, kind: type[Peer], clock: Clock) -> None:
    async with opened(server, kind) as peer:
        ends_at = time.time() + 100
        await peer.ask(connect={})
        await peer.ask(subscribe={"channel": "hall:7", "token": f"hall:7@{ends_at}"})
        await peer.ask(subscribe={"channel": "hall:8", "token": f"hall:8@{ends_at}"})
        pushes = [await peer.push() for _ in range(2)]
        assert ["join" in push for push in pushes] == [True, True]
        assert "sub_refresh" in await peer.ask(sub_refresh={"channel": "hall:8", "token": f"hall:8@{ends_at + 100}"})
        clock.ahead_secs = 100 + EXPIRY_GRACE_SECS + 5
        only().ping()
        expired = {"code": 2501, "reason": "subscription expired"}
        assert await peer.push() == {"channel": "hall:7", "unsubscribe": expired}
        await say("hall:7", b"1")
        await say("hall:8", b"2")
        assert await peer.push() == {"channel": "hall:8", "pub": {"data": 2, "offset": 1}}
        # The client comes back with another token.
        again = await peer.ask(subscribe={"channel": "hall:7", "token": f"hall:7@{ends_at + 1000}"})
        assert again["subscribe"]["offset"] == 1


@both
async def test_two_reasons_at_once_end_a_subscription_once(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        await peer.ask(connect={})
        await peer.ask(subscribe={"channel": "hall:7"})
        assert "join" in await peer.push()
        only().lose_position("hall:7")
        only().push_out("hall:7")
        lost = {"code": 2500, "reason": "insufficient state"}
        assert await peer.push() == {"channel": "hall:7", "unsubscribe": lost}
        assert "subscribe" in await peer.ask(subscribe={"channel": "hall:7"})
        await say("hall:7", b"1")
        while "pub" not in (push := await peer.push()):
            assert "unsubscribe" not in push
        assert push == {"channel": "hall:7", "pub": {"data": 1, "offset": 1}}


@both
async def test_a_subscription_of_the_server_ends_with_the_connection(
    server: Server, kind: type[Peer], clock: Clock
) -> None:
    """The SDKs would never come back to it alone."""
    async with opened(server, kind) as peer:
        ends_at = time.time() + 100
        subs = {"timed:5": {"token": f"timed:5@{ends_at}"}}
        connected = (await peer.ask(connect={"token": "5", "subs": subs}))["connect"]
        assert 50 < connected["subs"]["timed:5"]["ttl"] <= 100
        clock.ahead_secs = 100 + EXPIRY_GRACE_SECS + 5
        only().ping()
        assert await peer.push() == ends_with(3006, "subscription expired")
        assert await peer.close_code() == 3006
