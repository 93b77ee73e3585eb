"""The way to the engine on uvicorn: a protocol class of ours, from the handshake to the close, without ASGI.

An ASGI connection has a scope, a queue and a task for as long as it lives. Here an idle connection is this object and
the engine's own; a task runs only while commands are carried out. `FrontDoor` hands everything else to uvicorn's
HTTP class, other WebSocket paths too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from project.realtime import codes
from project.realtime.codes import CloseCode
from project.realtime.connection import Connection
from project.realtime.deadlines import Deadlines
from project.realtime.handshake import PATH, chosen_codec, may_enter, session_key
from project.realtime.outbound import SLOW_BYTES
from project.realtime.protocol.messages import MOST_FRAME_BYTES
from project.realtime.protocol.websocket import CLOSE, PONG, close_frame, server_frame
from project.realtime.server import frames
from project.realtime.server.frames import BrokenFrame, FrameReader
from project.realtime.server.http import BoundedHttp
from project.realtime.server.upgrade import (
    END_OF_HEAD,
    MOST_HEAD_BYTES,
    RefusedUpgrade,
    Upgrade,
    may_become,
    upgrade_in,
)

# Who connects has to say what it wants.
ASK_WITHIN_SECS = 10.0
# A peer that does not take the close frame within this time is cut off.
CLOSE_WITHIN_SECS = 5.0
# Of commands that come while others are carried out; then the client has to wait.
MOST_WAITING_BYTES = 2 * MOST_FRAME_BYTES

# `struct linger`: do not wait for what is not sent.
RESET = struct.pack("ii", 1, 0)
PATH_BYTES = PATH.encode()
START = b"GET " + PATH_BYTES


class FrontDoor:
    """What uvicorn calls for every connection it accepts: `uvicorn.Config(http=FrontDoor())`."""

    def __init__(self) -> None:
        self._ready = False

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> SocketProtocol:
        if not self._ready:
            self._ready = True
            self.loop = _loop or asyncio.get_running_loop()
            self.connections = cast(set[Any], server_state.connections)
            self.silent = Deadlines(ASK_WITHIN_SECS, SocketProtocol.cut_off)
            self.closing = Deadlines(CLOSE_WITHIN_SECS, SocketProtocol.cut_off)
            self._http_options = {"config": config, "server_state": server_state, "app_state": app_state}
        return SocketProtocol(self)

    def to_http(self, opened: SocketProtocol, transport: asyncio.Transport, data: bytes) -> None:
        """Let uvicorn's own class go on with a connection."""
        self.forget(opened)
        http = BoundedHttp(**self._http_options)
        http.connection_made(transport)
        transport.set_protocol(http)
        http.data_received(data)

    def forget(self, ended: SocketProtocol) -> None:
        self.connections.discard(ended)
        self.silent.discard(ended)
        self.closing.discard(ended)


class SocketProtocol(asyncio.Protocol):
    """One connection: a request's head, then WebSocket frames. It is the `Outbound` of its `Connection`."""

    __slots__ = ("_behind", "_connection", "_door", "_is_lost", "_is_over", "_opcode", "_reader", "_task", "_transport")

    _transport: asyncio.Transport
    _opcode: int

    def __init__(self, door: FrontDoor) -> None:
        self._door = door
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        # Done when the client has taken most of what it was sent; None when it is not behind.
        self._behind: asyncio.Future[None] | None = None
        # Nothing is sent any more.
        self._is_over = False
        self._is_lost = False
        self._reader = FrameReader(MOST_FRAME_BYTES)

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._door.silent.add(self)
        self._door.connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        if self._connection is None:
            self._open()
        elif self._task is None:
            self._go_on()
        elif self._reader.waiting_bytes > MOST_WAITING_BYTES:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """More than SLOW_BYTES wait."""
        self._behind = self._door.loop.create_future()
        if self._connection is not None:
            self._connection.push = None

    def resume_writing(self) -> None:
        if self._behind is not None:
            self._behind.set_result(None)
            self._behind = None
            if self._connection is not None and not self._is_over:
                self._connection.push = self._transport.write
                self._connection.engine.behind.discard(self._connection)

    def connection_lost(self, error: Exception | None) -> None:
        self._is_over = self._is_lost = True
        self._door.forget(self)
        self.resume_writing()
        if self._connection is not None:
            self._connection.closed = True
            self._connection.push = None
            if self._task is None:
                self._say_gone()

    def shutdown(self) -> None:
        """uvicorn stops."""
        if self._connection is None:
            self._transport.close()
        else:
            self._connection.close(codes.SHUTDOWN)

    def cut_off(self) -> None:
        """End it now. Without a reset, the kernel would go on offering what nobody reads, for minutes."""
        if (connected := self._transport.get_extra_info("socket")) is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.abort()

    # What comes in

    def _open(self) -> None:
        data = self._reader.waiting
        upgrade = None
        if may_become(data, START):
            ends = data.find(END_OF_HEAD) + len(END_OF_HEAD)
            if ends < len(END_OF_HEAD) and len(data) <= MOST_HEAD_BYTES:
                return
            upgrade = upgrade_in(data[:ends], PATH_BYTES)
        if upgrade is None:
            self._door.to_http(self, self._transport, data)
            return
        self._reader.skip(ends)
        self._accept(upgrade)

    def _accept(self, upgrade: Upgrade) -> None:
        origin = upgrade.headers.get(b"origin", b"").decode("latin-1")
        codec, subprotocol = chosen_codec(upgrade.subprotocols, upgrade.query)
        try:
            answer = upgrade.accept(subprotocol)
            if not may_enter(origin):
                raise RefusedUpgrade(403, "Forbidden")
        except RefusedUpgrade as refusal:
            self._transport.write(refusal.answer)
            self._end()
            return
        self._door.silent.discard(self)
        self._transport.set_write_buffer_limits(high=SLOW_BYTES)
        self._transport.write(answer)
        self._opcode = codec.opcode
        session = session_key(upgrade.headers) if origin else ""
        self._connection = Connection(out=self, session_key=session, codec=codec)
        self._connection.push = self._transport.write
        self._go_on()

    def _go_on(self) -> None:
        """Take what has come, up to the next command."""
        assert self._connection is not None
        try:
            while (message := self._reader.next()) is not None:
                opcode, payload = message
                if opcode == frames.CLOSE:
                    code = frames.close_code(payload)
                    self._answer_close(b"" if code is None else payload[:2])
                    return
                if self._is_over:
                    continue
                if opcode == frames.PING:
                    self._transport.write(server_frame(payload, PONG))
                elif payload == self._connection.codec.ping[0]:
                    self._connection.pong()
                elif opcode != frames.PONG:
                    self._task = self._door.loop.create_task(self._carry_out(self._connection, payload))
                    return
        except BrokenFrame as broken:
            self._answer_close(broken.code.to_bytes(2, "big") + broken.reason.encode())

    async def _carry_out(self, connection: Connection, payload: bytes) -> None:
        await connection.on_frame(payload)
        self._task = None
        if self._is_lost:
            self._say_gone()
        else:
            self._transport.resume_reading()
            self._go_on()

    def _answer_close(self, reason: bytes) -> None:
        if not self._is_over:
            self._transport.write(server_frame(reason, CLOSE))
        self._end()

    def _end(self) -> None:
        """Close when everything is sent, or soon."""
        self._is_over = True
        if self._connection is not None:
            self._connection.push = None
        self._door.closing.add(self)
        self._transport.close()

    def _say_gone(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.engine.spawn(connection.gone())

    # What goes out: `Outbound`

    @property
    def backlog(self) -> int:
        return self._transport.get_write_buffer_size()

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        if not self._is_over:
            self._transport.write(frame or server_frame(payload, self._opcode))

    async def drained(self) -> None:
        if self._behind is not None:
            await asyncio.wait({self._behind})

    def close(self, code: CloseCode, goodbye: bytes) -> None:
        """Say goodbye behind what is waiting. The client is to close next, or is cut off."""
        if not self._is_over:
            self.write(goodbye)
            self._transport.write(close_frame(code))
            self._is_over = True
            self._door.closing.add(self)
            self._transport.resume_reading()
