"""uvicorn's server with an end that neither HTTP clients nor sockets suffer from.

SIGTERM and SIGINT: `/readyz` says 503 at once, while everything else is served for `DRAIN_SECS` more, so that whoever
spreads the load can notice; sockets are sent elsewhere meanwhile. SIGHUP: another process has taken the listener
over; this one lets go of it first and then drains. A second signal of either kind cuts the wait short.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from project.realtime import draining


class DrainingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, *, drain_secs: float, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._drain_secs = drain_secs
        self._replaced = False
        self._hurry = asyncio.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn notes the signal here and dies of it in the end; a drained process ends with 0.
        if self.should_exit:
            self._hurry.set()
            return
        self._replaced = sig == signal.SIGHUP
        self.should_exit = True
        draining.begin()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        signal.signal(signal.SIGHUP, self.handle_exit)
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Who keeps a connection for the next request is asked to make another one, elsewhere.
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        if self._replaced:
            for server in self.servers:
                server.close()
        everybody_left = asyncio.create_task(self._drain())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait({hurry, everybody_left}, return_when=asyncio.FIRST_COMPLETED)
        for task in (hurry, everybody_left):
            task.cancel()
        await asyncio.gather(hurry, everybody_left, return_exceptions=True)
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        work = [draining.send_elsewhere(within_secs=self._drain_secs)]
        if not self._replaced:
            # Whoever spreads the load asks `/readyz` meanwhile.
            work.append(asyncio.sleep(self._drain_secs))
        await asyncio.gather(*work)
