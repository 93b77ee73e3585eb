"""One client's connection: commands in, replies out, in order. It knows the protocol and the engine, no transport."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

import msgspec
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from project.kernel.errors import DomainError
from project.realtime import codes, commands, entering, metrics
from project.realtime.codes import CloseCode, ErrorCode
from project.realtime.engine import Engine
from project.realtime.entering import ENTERING, Subscription
from project.realtime.hub import Lines
from project.realtime.outbound import MOST_BYTES, SLOW_BYTES, Outbound
from project.realtime.protocol.codecs import JSON, Codec
from project.realtime.protocol.messages import BadFrame, ClientInfo, Command
from project.realtime.refusals import Closed, Refused
from project.realtime.topics import Caller

log = logging.getLogger(__name__)

EXPIRY_GRACE_SECS = 25
# A token bucket: so many commands at once, and `settings.COMMANDS_PER_SEC` in the long run.
MOST_COMMANDS_AT_ONCE = 200


class Connection:
    """`on_frame` takes what the client sent; everything else is called by the engine and the commands."""

    __slots__ = (
        "_allowance",
        "_allowed_at",
        "_at_work",
        "_awaits_pong",
        "_out",
        "_retires",
        "caller",
        "closed",
        "codec",
        "connected",
        "engine",
        "expires_at",
        "id",
        "push",
        "session_key",
        "subscriptions",
    )

    def __init__(self, *, out: Outbound, session_key: str, codec: Codec = JSON) -> None:
        self.id = secrets.token_hex(16)
        self.caller = Caller(guest_id=self.id, client=self.id)
        self.engine = Engine.current()
        self.codec = codec
        self.session_key = session_key
        self.connected = False
        self.closed = False
        self.subscriptions: dict[str, Subscription] = {}
        # Of the token, in seconds since the epoch.
        self.expires_at: float | None = None
        self._out = out
        # Takes a ready frame while the client keeps up; None where the way out has no such thing, or is behind.
        self.push: Callable[[bytes], object] | None = None
        self._awaits_pong = False
        # Whether a frame is being carried out; and with what the connection ends afterwards.
        self._at_work = False
        self._retires: CloseCode | None = None
        metrics.CONNECTIONS.add(metrics.way_of(out), codec.name)
        self._allowance = float(MOST_COMMANDS_AT_ONCE)
        self._allowed_at = time.monotonic()
        self.engine.stale.add(self)

    @property
    def info(self) -> ClientInfo:
        """How others see it."""
        return ClientInfo(user=self.caller.name, client=self.id)

    # What the client sends

    async def on_frame(self, frame: bytes) -> None:
        """Carry out the commands of a frame, in order."""
        self._at_work = True
        try:
            for command in self.codec.decode_frame(frame):
                if self._out.backlog > SLOW_BYTES:
                    # Who does not read its answers gets no more of them: its commands wait.
                    await self._out.drained()
                if self.closed:
                    return
                await self._carry_out(command)
        except BadFrame:
            self.close(codes.BAD_FRAME)
        except Closed as end:
            self.close(end.code)
        except Exception:
            # What the client believes and what is so may have parted: it begins anew.
            log.exception("a frame cannot be carried out")
            self.close(codes.SERVER_ERROR)
        finally:
            self._at_work = False
            if self._retires is not None:
                self.close(self._retires)

    async def _carry_out(self, command: Command) -> None:
        name = command.name
        if not name:
            if command.id:
                raise Closed(codes.BAD_FRAME)
            self._awaits_pong = False
            return
        if self.connected == (name == "connect") or not (command.id or name == "send"):
            raise Closed(codes.BAD_FRAME)
        metrics.COMMANDS.add(name)
        error: ErrorCode
        try:
            if not self._may_go_on():
                raise Refused(codes.TOO_MANY_REQUESTS)
            result, items = await commands.HANDLERS[name](self, self.codec.request(command))
        except Refused as refusal:
            error = refusal.error
        except DomainError as refusal:
            error = ErrorCode(refusal.number, refusal.code, refusal.temporary)
        except msgspec.ValidationError:
            error = codes.BAD_REQUEST
        except (RedisError, DatabaseError, OSError) as failure:
            log.warning("%s failed: %r", name, failure)
            error = codes.INTERNAL_ERROR
        except Closed:
            raise
        except Exception:
            log.exception("%s failed", name)
            error = codes.INTERNAL_ERROR
        else:
            if command.id and not self.closed:
                reply = self.codec.reply(command.id, name, result)
                lines = [item.line(self.codec) for item in items]
                self._out.write(self.codec.payload([reply, *lines]) if lines else reply)
            return
        metrics.ERRORS.add(str(error.code))
        if command.id and not self.closed:
            self._out.write(self.codec.error(command.id, error))

    def _may_go_on(self) -> bool:
        now = time.monotonic()
        refill = (now - self._allowed_at) * settings.COMMANDS_PER_SEC
        self._allowance = min(MOST_COMMANDS_AT_ONCE, self._allowance + refill)
        self._allowed_at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    # What the engine does with it

    def write(self, lines: Lines) -> None:
        """Pushes of a channel. A slow reader gets durable ones only; one that stays behind is closed, and recovers."""
        if self.push is not None:
            self.push(lines.encoded[self.codec][1])
            return
        if self.closed:
            return
        backlog = self._out.backlog
        encoded = lines.everything(self.codec)
        if backlog <= SLOW_BYTES and backlog + len(encoded[0]) <= MOST_BYTES:
            self.engine.behind.discard(self)
            self._out.write(*encoded)
            return
        metrics.DROPPED.value += lines.dropped
        if durable := lines.durable(self.codec):
            if backlog > SLOW_BYTES:
                self.engine.behind.begin(self)
            if backlog > SLOW_BYTES and backlog + len(durable[0]) > MOST_BYTES:
                self.close(codes.SLOW_READER)
            else:
                self._out.write(*durable)

    def end_if_behind(self) -> None:
        """Durable events have waited for as long as they may."""
        if self._out.backlog > SLOW_BYTES:
            self.close(codes.SLOW_READER)

    def ping(self) -> None:
        """Once a round of the timer wheel: end who did not answer the last ping, or whose token ran out."""
        expired = time.time() - EXPIRY_GRACE_SECS
        if self._awaits_pong:
            self.close(codes.NO_PONG)
        elif self.expires_at is not None and self.expires_at < expired:
            self.close(codes.EXPIRED)
        else:
            for channel, subscription in list(self.subscriptions.items()):
                if subscription.expires_at is not None and subscription.expires_at < expired:
                    self.end_subscription(channel, codes.SUBSCRIPTION_EXPIRED, codes.SUBSCRIPTION_ENDED)
            self._awaits_pong = True
            self._out.write(*self.codec.ping)

    def pong(self) -> None:
        """The client is there."""
        self._awaits_pong = False

    def end_if_stale(self) -> None:
        """Somebody who holds a socket open has to say who they are."""
        if not self.connected:
            self.close(codes.STALE)

    def lose_position(self, channel: str) -> None:
        """Something was lost between the stream and this client."""
        self.end_subscription(channel, codes.POSITION_LOST, codes.INSUFFICIENT_STATE)

    def push_out(self, channel: str) -> None:
        """The caller may not be in the channel any more."""
        self.end_subscription(channel, codes.ENTRY_LOST, codes.SESSION_ENDED)

    def end_subscription(self, channel: str, code: CloseCode, whole: CloseCode) -> None:
        """Take the client out of a channel and say so. A server-side subscription ends with the connection (`whole`):
        the SDKs would never come back to it."""
        subscription = self.subscriptions.get(channel)
        if subscription is None:
            return
        if subscription is ENTERING:
            # Nobody has been told yet: the command fails, and is tried again.
            del self.subscriptions[channel]
        elif subscription.server_side:
            self.close(whole)
        else:
            self.engine.spawn(self._take_out(channel, code))

    async def _take_out(self, channel: str, code: CloseCode) -> None:
        if channel not in self.subscriptions:
            return  # two reasons at once: the client hears the first, and may have come back meanwhile
        await entering.leave(self, channel)
        if not self.closed:
            self._out.write(self.codec.unsubscribe(channel, code))

    def close(self, code: CloseCode) -> None:
        if not self.closed:
            self.closed = True
            self.push = None
            metrics.CLOSES.add(str(code.code))
            self._out.close(code, self.codec.disconnect(code))

    def retire(self, code: CloseCode) -> None:
        """Close once the frame that is being carried out is answered."""
        if self._at_work:
            self._retires = code
        else:
            self.close(code)

    async def gone(self) -> None:
        """The socket is closed, by whomever."""
        self.closed = True
        self.push = None
        metrics.CONNECTIONS.add(metrics.way_of(self._out), self.codec.name, much=-1)
        self.engine.remove(self)
        for channel in list(self.subscriptions):
            await entering.leave(self, channel)
