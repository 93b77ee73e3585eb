"""The end of a process that its clients hardly notice: they are told to come back elsewhere, a few at a time.

From `begin` on, the process says that it is not ready and lets no new socket in. What clients asked for before is
answered, and group commits under way settle, before the engine ends.
"""

from __future__ import annotations

import asyncio
import random

from project.kernel.group_commit import settled
from project.realtime.codes import SHUTDOWN
from project.realtime.engine import Engine

# Who does not take the close within this time is left to the server.
FAREWELL_SECS = 5.0
LOOK_SECS = 0.05

_draining = False


def begin() -> None:
    global _draining
    _draining = True


def under_way() -> bool:
    return _draining


async def send_elsewhere(*, within_secs: float) -> None:
    """Close every connection with 3001 at a random moment of `within_secs`, after the command that it is at.

    Returns when all are gone, or some seconds after the last one was told.
    """
    engine = Engine.current()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    # Not evenly one after the other: those who come back meet other servers that drain at the same pace.
    moments = sorted(random.uniform(0, within_secs) for _ in engine.connections)
    for moment, connection in zip(moments, list(engine.connections), strict=True):
        if (wait := begun + moment - loop.time()) > 0:
            await asyncio.sleep(wait)
        connection.retire(SHUTDOWN)
    deadline = loop.time() + FAREWELL_SECS
    while engine.connections and loop.time() < deadline:
        # Some said who they are only now.
        for connection in list(engine.connections):
            connection.retire(SHUTDOWN)
        await asyncio.sleep(LOOK_SECS)


async def end() -> None:
    """Let group commits settle, then leave Redis. The last thing that a process does in its loop."""
    await settled()
    await Engine.current().close()
