"""ASGI's lifespan: the engine starts with the server, and ends after its last connection. daphne has none of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from project.realtime import draining
from project.realtime.engine import Engine


async def lifespan(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    await receive()  # lifespan.startup
    Engine.current()
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    await draining.end()
    await send({"type": "lifespan.shutdown.complete"})
