"""The link to Redis: who subscribes is answered, at whatever moment he comes."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from project.realtime import redis_link
from project.realtime.redis_link import Listener
from tests.support.valkey import PrivateValkey

pytestmark = pytest.mark.once


def hear_nothing() -> None: ...


async def test_who_subscribes_while_the_link_comes_up_is_answered(valkey: PrivateValkey) -> None:
    """At every step of connecting, someone new subscribes."""
    listener = Listener(lambda: [valkey.url], lambda name, data: None, hear_nothing)
    waiting = []
    try:
        for number in range(200):
            waiting.append(asyncio.create_task(listener.subscribe(f"souk:{{room:{number}}}")))
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await asyncio.gather(*waiting)
        heard = valkey.client.pubsub_numsub(*[f"souk:{{room:{number}}}" for number in range(200)])
        assert [count for _, count in heard] == [1] * 200
    finally:
        await listener.close()


async def test_leaving_and_coming_back_at_once(valkey: PrivateValkey) -> None:
    heard: list[bytes] = []
    listener = Listener(lambda: [valkey.url], lambda name, data: heard.append(data), hear_nothing)
    try:
        for _ in range(50):
            await listener.subscribe("souk:{room:1}")
            await listener.unsubscribe("souk:{room:1}")
        await listener.subscribe("souk:{room:1}")
        valkey.client.publish("souk:{room:1}", b"here")
        async with asyncio.timeout(10):
            while not heard:
                await asyncio.sleep(0.005)
        assert heard == [b"here"]
    finally:
        await listener.close()


async def test_a_link_that_is_silent_or_busy_for_long_stays_and_a_dead_one_is_begun_anew(
    valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "SILENCE_SECS", 1.0)
    heard: list[bytes] = []
    reconnects: list[bool] = []
    listener = Listener(lambda: [valkey.url], lambda name, data: heard.append(data), lambda: reconnects.append(True))
    try:
        await listener.subscribe("souk:{room:1}")
        # Twice as long as a link may be silent without being asked, then as long with messages.
        await asyncio.sleep(2.0)
        for number in range(30):
            await asyncio.to_thread(valkey.client.publish, "souk:{room:1}", b"%d" % number)
            await asyncio.sleep(0.07)
        async with asyncio.timeout(10):
            while len(heard) < 30:
                await asyncio.sleep(0.01)
        assert (heard, reconnects) == ([b"%d" % number for number in range(30)], [])
        process = valkey.client.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            async with asyncio.timeout(10):
                while listener.up:
                    await asyncio.sleep(0.01)
        finally:
            os.kill(process, signal.SIGCONT)
        async with asyncio.timeout(10):
            while not reconnects:
                await asyncio.sleep(0.01)
        assert reconnects == [True]
    finally:
        await listener.close()
