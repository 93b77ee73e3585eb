"""The ASGI application behind `/connection/websocket`: decode → dispatch → encode, for any ASGI server.

Not a Channels consumer class: since Channels 4.2 each dispatched message hops through the one sync thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings

from project.realtime import codes
from project.realtime.connection import Connection
from project.realtime.outbound import FrameOutbound, Outbound, QueueOutbound
from project.realtime.protocol.codecs import BY_SUBPROTOCOL, JSON, PROTOBUF, Codec
from project.realtime.protocol.messages import MOST_FRAME_BYTES
from project.realtime.server.daphne_ws import DaphneOutbound, transport_behind

PATH = "/connection/websocket"
CONNECT_WITHIN_SECS = 10

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RealtimeConsumer:
    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        # Apps and bots send no Origin. They may connect, but not with somebody's cookie.
        if scope["path"] != PATH or (origin and origin not in settings.ORIGINS):
            await send({"type": "websocket.close", "code": 4403})
            return
        codec, subprotocol = chosen_codec(scope.get("subprotocols", ()), scope.get("query_string", b""))
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        session = session_key(headers) if origin else ""
        connection = Connection(out=_way_out(scope, send, codec), session_key=session, codec=codec)
        try:
            await self._serve(connection, receive)
        finally:
            await connection.gone()

    async def _serve(self, connection: Connection, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        stale = loop.call_later(CONNECT_WITHIN_SECS, connection.end_if_stale)
        try:
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
        finally:
            stale.cancel()


def chosen_codec(subprotocols: Iterable[str], query: bytes) -> tuple[Codec, str | None]:
    """The codec a client asks for, by subprotocol or query, and the subprotocol to confirm."""
    for name in subprotocols:
        if codec := BY_SUBPROTOCOL.get(name):
            return codec, name
    wants_protobuf = {b"cf_protocol=protobuf", b"format=protobuf"} & set(query.split(b"&"))
    return (PROTOBUF if wants_protobuf else JSON), None


def _way_out(scope: dict[str, Any], send: Send, codec: Codec) -> Outbound:
    if writer := scope.get("extensions", {}).get("souk.frames"):
        return FrameOutbound(writer, codec)
    if transport := transport_behind(send):
        return DaphneOutbound(send, transport, codec)
    return QueueOutbound(send, codec)


def session_key(headers: dict[bytes, bytes]) -> str:
    """The key in Django's session cookie, or nothing."""
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""
