"""ASGI's lifespan: the engine starts with the server, and ends after its last connection. daphne has none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from project.realtime import draining, outbox
from project.realtime.engine import Engine


async def lifespan(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    await receive()  # lifespan.startup
    Engine.current()
    removing = asyncio.create_task(outbox.remove_together())
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    await draining.end()
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)
    await send({"type": "lifespan.shutdown.complete"})
