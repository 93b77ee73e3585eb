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
# Autobahn would cut the line after 1 s, and with it the goodbye that a slow reader has not come to yet.
GOODBYE_SECS = 10


def protocol_behind(send: Send) -> Any | None:
    """Daphne's WebSocket protocol when daphne serves, else None."""
    protocol = send.args[0] if isinstance(send, partial) and send.args else None
    return protocol if hasattr(getattr(protocol, "transport", None), "dataBuffer") else None


class DaphneOutbound(QueueOutbound):
    def __init__(self, send: Send, protocol: Any, codec: Codec) -> None:
        super().__init__(send, codec)
        self._transport = protocol.transport
        protocol.closeHandshakeTimeout = GOODBYE_SECS

    @property
    def backlog(self) -> int:
        # `twisted.internet.abstract.FileDescriptor`: what is being written, and what was added since.
        taken: Any = self._transport
        return super().backlog + cast(int, len(taken.dataBuffer) - taken.offset + taken._tempDataLen)

    async def drained(self) -> None:
        await super().drained()
        while self.backlog > SLOW_BYTES and self._transport.connected:
            await asyncio.sleep(LOOK_EVERY_SECS)
