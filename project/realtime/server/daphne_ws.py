"""What daphne does not tell an application: how much of what was sent the client has not taken.

Its `send` hands everything to Twisted at once and returns. The protocol behind it is `send`'s own first argument.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from project.realtime.outbound import SLOW_BYTES, QueueOutbound, Send
from project.realtime.protocol.codecs import Codec

LOOK_EVERY_SECS = 0.05


def transport_behind(send: Send) -> Any | None:
    """Twisted's transport when daphne serves, else None."""
    protocol = send.args[0] if isinstance(send, partial) and send.args else None
    transport = getattr(protocol, "transport", None)
    return transport if hasattr(transport, "dataBuffer") else None


class DaphneOutbound(QueueOutbound):
    def __init__(self, send: Send, transport: Any, codec: Codec) -> None:
        super().__init__(send, codec)
        self._transport = transport

    @property
    def backlog(self) -> int:
        # `twisted.internet.abstract.FileDescriptor`: what is being written, and what was added since.
        taken: Any = self._transport
        return super().backlog + cast(int, len(taken.dataBuffer) - taken.offset + taken._tempDataLen)

    async def drained(self) -> None:
        await super().drained()
        while self.backlog > SLOW_BYTES and self._transport.connected:
            await asyncio.sleep(LOOK_EVERY_SECS)
