"""The ASGI application behind `/connection/websocket`: decode → dispatch → encode, for any ASGI server.

Not a Channels consumer class: since Channels 4.2 each dispatched message hops through the one sync thread. Souk's own
web process does without ASGI there (`project.realtime.server.uvicorn_ws`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from project.realtime import codes
from project.realtime.connection import Connection
from project.realtime.handshake import PATH, chosen_codec, may_enter, session_key
from project.realtime.outbound import Outbound, QueueOutbound
from project.realtime.protocol.codecs import Codec
from project.realtime.protocol.messages import MOST_FRAME_BYTES
from project.realtime.server.daphne_ws import DaphneOutbound, protocol_behind

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RealtimeConsumer:
    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if scope["path"] != PATH or not may_enter(origin):
            await send({"type": "websocket.close", "code": 4403})
            return
        codec, subprotocol = chosen_codec(scope.get("subprotocols", ()), scope.get("query_string", b""))
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        session = session_key(headers) if origin else ""
        connection = Connection(out=_way_out(send, codec), session_key=session, codec=codec)
        try:
            await self._serve(connection, receive)
        finally:
            await connection.gone()

    async def _serve(self, connection: Connection, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            frame = message.get("bytes") or b"" if text is None else text.encode()
            if len(frame) > MOST_FRAME_BYTES:
                connection.close(codes.BAD_FRAME)
            else:
                await connection.on_frame(frame)


def _way_out(send: Send, codec: Codec) -> Outbound:
    if protocol := protocol_behind(send):
        return DaphneOutbound(send, protocol, codec)
    return QueueOutbound(send, codec)
