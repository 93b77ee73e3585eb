"""The link to Redis: who subscribes is answered, at whatever moment he comes."""

from __future__ import annotations

import asyncio

from project.realtime.redis_link import Listener
from tests.support.valkey import PrivateValkey


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
