"""One client's connection: commands in, replies out, in order. It knows the protocol and the engine, no transport."""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any

import msgspec
from django.db import DatabaseError
from redis.exceptions import RedisError

from project.kernel.database import database
from project.kernel.errors import DomainError
from project.realtime import codes, identity, protocol, router
from project.realtime.codes import CloseCode, ErrorCode
from project.realtime.engine import PING_SECS, Engine
from project.realtime.hub import Lines
from project.realtime.identity import ExpiredToken, InvalidToken
from project.realtime.outbound import MOST_BYTES, SLOW_BYTES, Outbound
from project.realtime.protocol import Command
from project.realtime.topics import Caller, Topic

log = logging.getLogger(__name__)

MOST_SUBSCRIPTIONS = 128
MOST_RECOVERED = 300
EXPIRY_GRACE_SECS = 25
# A token bucket: so many commands at once, so many a second in the long run.
MOST_COMMANDS_AT_ONCE = 200
COMMANDS_PER_SEC = 100.0


class Refused(Exception):
    """A command gets this error as its reply."""

    def __init__(self, error: ErrorCode) -> None:
        super().__init__(error.message)
        self.error = error


class Closed(Exception):
    """The connection ends with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.reason)
        self.code = code


class Connection:
    """`on_frame` takes what the client sent; everything else is called by the engine."""

    def __init__(self, *, out: Outbound, session_key: str) -> None:
        self.id = secrets.token_hex(16)
        self.caller = Caller(guest_id=self.id)
        self.engine = Engine.current()
        self.connected = False
        self._out = out
        self._session_key = session_key
        self._subscriptions: dict[str, bool] = {}  # channel → is it server-side
        self._entering: set[str] = set()
        self._expires_at: float | None = None
        self._awaits_pong = False
        self._closed = False
        self._allowance = float(MOST_COMMANDS_AT_ONCE)
        self._allowed_at = time.monotonic()

    # What the client sends

    async def on_frame(self, frame: bytes) -> None:
        """Carry out the commands of a frame, in order."""
        try:
            commands = protocol.decode_frame(frame)
            for command in commands:
                if self._out.backlog > SLOW_BYTES:
                    # Who does not read its answers gets no more of them: its commands wait.
                    await self._out.drained()
                if self._closed:
                    return
                await self._carry_out(command)
        except protocol.BadFrame:
            self.close(codes.BAD_FRAME)
        except Closed as end:
            self.close(end.code)

    async def _carry_out(self, command: Command) -> None:
        request = command.request
        if request is None:
            if command.id:
                raise Closed(codes.BAD_FRAME)
            self._awaits_pong = False
            return
        name, body = request
        if not self.connected and name != "connect":
            raise Closed(codes.BAD_FRAME)
        if not command.id and name != "send":
            raise Closed(codes.BAD_FRAME)
        try:
            if not self._may_go_on():
                raise Refused(codes.TOO_MANY_REQUESTS)
            answer = await getattr(self, f"_{name}")(command.id, body)
        except Refused as refusal:
            answer = protocol.error_reply(command.id, refusal.error)
        except DomainError as error:
            answer = protocol.error_reply(command.id, ErrorCode(error.number, error.code, error.temporary))
        except msgspec.ValidationError:
            answer = protocol.error_reply(command.id, codes.BAD_REQUEST)
        except (RedisError, DatabaseError, OSError) as error:
            log.warning("%s failed: %r", name, error)
            answer = protocol.error_reply(command.id, codes.INTERNAL_ERROR)
        except Closed:
            raise
        except Exception:
            log.exception("%s failed", name)
            answer = protocol.error_reply(command.id, codes.INTERNAL_ERROR)
        if answer and not self._closed:
            self._out.write(answer)

    def _may_go_on(self) -> bool:
        now = time.monotonic()
        refill = (now - self._allowed_at) * COMMANDS_PER_SEC
        self._allowance = min(MOST_COMMANDS_AT_ONCE, self._allowance + refill)
        self._allowed_at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    async def _connect(self, id: int, body: dict[str, Any]) -> bytes:
        if self.connected:
            raise Closed(codes.BAD_FRAME)
        request = msgspec.convert(body, protocol.ConnectRequest)
        heard = self.engine.orders_heard
        await self._identify(request.token)
        self.engine.add(self)
        await self._confirm(heard)
        self.connected = True
        result: dict[str, Any] = {"client": self.id, "version": "souk", "ping": PING_SECS, "pong": True}
        if self._expires_at is not None:
            result |= self._expiry()
        subscribed = {}
        followups: list[bytes] = []
        if self.caller.user_id is not None:
            for channel in router.personal_channels(self.caller.user_id):
                asked = request.subs.get(channel, {})
                found, lines = await self._enter(channel, {**asked, "channel": channel}, server_side=True)
                subscribed[channel] = found
                followups += lines
        if subscribed:
            result["subs"] = subscribed
        return b"\n".join([protocol.reply(id, "connect", result), *followups])

    async def _identify(self, token: str) -> None:
        who = identity.current()
        if token:
            try:
                self.caller, self._expires_at = await database(who.from_token, token)
            except ExpiredToken as error:
                raise Refused(codes.TOKEN_EXPIRED) from error
            except InvalidToken as error:
                raise Closed(codes.INVALID_TOKEN) from error
        elif self._session_key and (caller := await database(who.from_cookie, self._session_key)):
            self.caller = caller

    async def _confirm(self, heard: int) -> None:
        """An order to end the session may have come before the engine knew that it is this connection's."""
        if self.engine.orders_heard != heard and not await database(identity.current().still_valid, self.caller):
            raise Closed(codes.SESSION_ENDED)

    def _expiry(self) -> dict[str, Any]:
        assert self._expires_at is not None
        return {"expires": True, "ttl": max(1, round(self._expires_at - time.time()))}

    async def _refresh(self, id: int, body: dict[str, Any]) -> bytes:
        token = msgspec.convert(body, protocol.ConnectRequest).token
        heard = self.engine.orders_heard
        try:
            caller, expires_at = await database(identity.current().from_token, token)
        except ExpiredToken as error:
            raise Refused(codes.TOKEN_EXPIRED) from error
        except InvalidToken as error:
            raise Closed(codes.INVALID_TOKEN) from error
        if caller.user_id != self.caller.user_id:
            raise Closed(codes.INVALID_TOKEN)
        self.caller, self._expires_at = caller, expires_at
        await self._confirm(heard)
        return protocol.reply(id, "refresh", {"client": self.id, "version": "souk", **self._expiry()})

    async def _subscribe(self, id: int, body: dict[str, Any]) -> bytes:
        request = msgspec.convert(body, protocol.SubscribeRequest)
        if request.channel in self._subscriptions:
            raise Refused(codes.ALREADY_SUBSCRIBED)
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Refused(codes.LIMIT_EXCEEDED)
        result, lines = await self._enter(request.channel, body, server_side=False)
        return b"\n".join([protocol.reply(id, "subscribe", result), *lines])

    async def _enter(self, name: str, body: dict[str, Any], *, server_side: bool) -> tuple[dict[str, Any], list[bytes]]:
        """Subscribe first, then read the stream, then the database, then answer and flush: no gap, no repetition.

        Answers the result of the subscription and the pushes that belong right behind it.
        """
        request = msgspec.convert(body, protocol.SubscribeRequest)
        topic, topic_id = self._topic(name)
        self._entering.add(name)
        try:
            channel = await self.engine.enter(name, self)
        except BaseException:
            self._entering.discard(name)
            raise
        counted = False
        try:
            since = request.offset if request.recover else None
            stream = await self.engine.history(name, since=since, most=MOST_RECOVERED + 1)
            channel.at(offset=stream.offset, epoch=stream.epoch)
            if topic.presence:
                # Before the snapshot: who looks at the number of people counts himself.
                self.engine.presence.enter(name, self.caller.person)
                counted = True
            snapshot = await topic.join(caller=self.caller, id=topic_id)
            if name not in self._entering or self._closed:
                raise Refused(codes.INTERNAL_ERROR)  # the position was lost meanwhile: the client tries again
        except BaseException:
            if counted:
                self.engine.presence.leave(name, self.caller.person)
            await self.engine.leave(name, self)
            raise
        finally:
            self._entering.discard(name)
        self._subscriptions[name] = server_side
        lines = channel.settle(self, top=stream.offset)
        result: dict[str, Any] = {
            "recoverable": True,
            "positioned": True,
            "epoch": stream.epoch,
            "offset": stream.offset,
            "data": snapshot,
        }
        if request.recover:
            missed = stream.publications
            whole = len(missed) == stream.offset - request.offset and len(missed) <= MOST_RECOVERED
            recovered = request.epoch == stream.epoch and whole
            result |= {"was_recovering": True, "recovered": recovered}
            if recovered:
                result["offset"] = request.offset
                result["publications"] = [
                    msgspec.Raw(protocol.publication(payload, offset)) for offset, payload in missed
                ]
        return result, lines

    def _topic(self, channel: str) -> tuple[Topic, int]:
        found = router.topic_of(channel)
        if found is None:
            raise Refused(codes.UNKNOWN_CHANNEL)
        return found

    async def _unsubscribe(self, id: int, body: dict[str, Any]) -> bytes:
        channel = msgspec.convert(body, protocol.SubscribeRequest).channel
        if self._subscriptions.get(channel):
            raise Refused(codes.PERMISSION_DENIED)
        await self._leave(channel)
        return protocol.reply(id, "unsubscribe", {})

    async def _rpc(self, id: int, body: dict[str, Any]) -> bytes:
        request = msgspec.convert(body, protocol.RpcRequest)
        found = router.method_of(request.method)
        if found is None:
            raise Refused(codes.METHOD_NOT_FOUND)
        owner, method = found
        if method.requires:
            method.requires(self.caller)
        params = msgspec.convert({} if request.data is None else request.data, method.params)
        data = await getattr(owner, method.attribute)(caller=self.caller, params=params)
        return protocol.reply(id, "rpc", {"data": data})

    async def _presence_stats(self, id: int, body: dict[str, Any]) -> bytes:
        channel = self._subscribed(body)
        if not self._topic(channel)[0].presence:
            raise Refused(codes.NOT_AVAILABLE)
        clients, people = await self.engine.presence.count(channel)
        return protocol.reply(id, "presence_stats", {"num_clients": clients, "num_users": people})

    async def _history(self, id: int, body: dict[str, Any]) -> bytes:
        request = msgspec.convert(body, protocol.HistoryRequest)
        channel = self._subscribed(body)
        if request.reverse:
            raise Refused(codes.NOT_AVAILABLE)
        most = min(request.limit, MOST_RECOVERED) if request.limit >= 0 else MOST_RECOVERED
        since = request.since.offset if request.since else 0
        stream = await self.engine.history(channel, since=since if most else None, most=most)
        publications = [msgspec.Raw(protocol.publication(payload, offset)) for offset, payload in stream.publications]
        result = {"publications": publications, "epoch": stream.epoch, "offset": stream.offset}
        return protocol.reply(id, "history", result)

    def _subscribed(self, body: dict[str, Any]) -> str:
        channel = msgspec.convert(body, protocol.SubscribeRequest).channel
        if channel not in self._subscriptions:
            raise Refused(codes.PERMISSION_DENIED)
        return channel

    async def _publish(self, id: int, body: dict[str, Any]) -> bytes:
        raise Refused(codes.PERMISSION_DENIED)

    async def _presence(self, id: int, body: dict[str, Any]) -> bytes:
        raise Refused(codes.NOT_AVAILABLE)

    async def _sub_refresh(self, id: int, body: dict[str, Any]) -> bytes:
        raise Refused(codes.NOT_AVAILABLE)

    async def _ping(self, id: int, body: dict[str, Any]) -> bytes:
        return protocol.reply(id, "ping", {})

    async def _send(self, id: int, body: dict[str, Any]) -> bytes:
        return b""

    # What the engine does with it

    def write(self, lines: Lines) -> None:
        """Pushes of a channel. A slow reader gets durable ones only; one that stays behind is closed, and recovers."""
        backlog = self._out.backlog
        if backlog <= SLOW_BYTES and backlog + len(lines.everything()[0]) <= MOST_BYTES:
            self._out.write(*lines.everything())
        elif durable := lines.durable():
            if backlog > MOST_BYTES:
                self.close(codes.SLOW_READER)
            else:
                self._out.write(*durable)

    def ping(self) -> None:
        """Once a round of the timer wheel: end who did not answer the last ping, or whose token ran out."""
        if self._awaits_pong:
            self.close(codes.NO_PONG)
        elif self._expires_at is not None and time.time() > self._expires_at + EXPIRY_GRACE_SECS:
            self.close(codes.EXPIRED)
        else:
            self._awaits_pong = True
            self._out.write(protocol.PING, PING_FRAME)

    def end_if_stale(self) -> None:
        """Somebody who holds a socket open has to say who they are."""
        if not self.connected:
            self.close(codes.STALE)

    def lose_position(self, channel: str) -> None:
        """Something was lost between the stream and this client. A server-side subscription needs a new connection."""
        if channel in self._entering:
            self._entering.discard(channel)
        elif self._subscriptions.get(channel):
            self.close(codes.INSUFFICIENT_STATE)
        elif channel in self._subscriptions:
            self.engine._spawn(self._drop(channel, codes.POSITION_LOST))

    async def push_out(self, channel: str) -> None:
        """The caller may not be in the channel any more."""
        if self._subscriptions.get(channel):
            self.close(codes.SESSION_ENDED)
        elif channel in self._subscriptions:
            await self._drop(channel, codes.ENTRY_LOST)

    async def _drop(self, channel: str, code: CloseCode) -> None:
        await self._leave(channel)
        self._out.write(protocol.unsubscribe_push(channel, code))

    async def _leave(self, channel: str) -> None:
        if self._subscriptions.pop(channel, None) is None:
            return
        if self._topic(channel)[0].presence:
            self.engine.presence.leave(channel, self.caller.person)
        await self.engine.leave(channel, self)

    def close(self, code: CloseCode) -> None:
        if not self._closed:
            self._closed = True
            self._out.close(code)

    async def gone(self) -> None:
        """The socket is closed, by whomever."""
        self._closed = True
        self.engine.remove(self)
        for channel in list(self._subscriptions):
            await self._leave(channel)


PING_FRAME = protocol.server_frame(protocol.PING)
