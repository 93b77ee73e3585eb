"""Orders to every process about its connections (`project.realtime.control`), and who may go on after a silence.

They are a stream like any channel's: what was ordered while a process did not hear Redis is read when it does again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from redis.exceptions import RedisError

from project.kernel.database import database
from project.realtime import identity
from project.realtime.codes import BANNED, SESSION_ENDED, CloseCode
from project.realtime.hub import Channel, Lines
from project.realtime.store import ORDERS, Keys
from project.realtime.topics import Caller

if TYPE_CHECKING:
    from project.realtime.connection import Connection
    from project.realtime.engine import Engine

log = logging.getLogger(__name__)

CODES = {code.reason: code for code in (SESSION_ENDED, BANNED)}
RETRY_SECS = 1.0
# Sessions that are looked up in one query.
CALLERS_AT_ONCE = 300


async def end_of(caller: Caller) -> CloseCode:
    """Why somebody who is not valid any more has to go: whoever is kept out need not come back to hear it."""
    is_barred = identity.current().is_barred
    barred = is_barred is not None and caller.user_id is not None and await is_barred(caller.user_id)
    return BANNED if barred else SESSION_ENDED


class Orders:
    """Listens to them as a viewer of their channel. `heard` counts what may have ended sessions: who was identified
    meanwhile is to be checked once more."""

    def __init__(self, engine: Engine) -> None:
        self.heard = 0
        self.channel = Channel(ORDERS, engine.read_since, history_size=0)
        self._engine = engine

    async def hear(self) -> None:
        """Listen from now on. What was ordered before may never arrive: sessions are looked up."""
        while True:
            self.channel.begin(self)
            try:
                await self._engine.shards.of(ORDERS).subscribe(Keys.of(ORDERS).channel)
                top = await self._engine.history(ORDERS)
                break
            except (RedisError, OSError) as error:
                log.warning("orders are not heard: %r", error)
                self.channel.leave(self)
                await asyncio.sleep(RETRY_SECS)
        self.channel.at(offset=top.offset, epoch=top.epoch)
        for item in self.channel.settle(self, top=top.offset):
            self.take(item.payload)
        self.heard += 1
        await self.recheck()

    # As a viewer

    def write(self, lines: Lines) -> None:
        for item in lines.items:
            self.take(item.payload)

    def lose_position(self, channel: str) -> None:
        self._engine.spawn(self.hear())

    # What is ordered

    def take(self, order: bytes) -> None:
        try:
            self.obey(msgspec.json.decode(order))
        except Exception:  # one bad order must not make the process deaf
            log.exception("an order is not understood")

    def obey(self, order: dict[str, Any]) -> None:
        self.heard += 1
        if on_order := identity.current().on_order:
            on_order()
        if "channel" in order:
            for connection in self._connections_of(order["user_id"], ""):
                connection.push_out(order["channel"])
        else:
            code = CODES.get(order.get("reason", ""), SESSION_ENDED)
            self._end(order["user_id"], order.get("session_id", ""), code)

    async def recheck(self) -> None:
        """End the connections whose session has ended meanwhile, or who may not be here any more: one query for some
        hundred of them.
        """
        callers = list({connection.caller for connection in self._engine.connections if not connection.caller.is_guest})
        for start in range(0, len(callers), CALLERS_AT_ONCE):
            for caller, code in (await self._ends(callers[start : start + CALLERS_AT_ONCE])).items():
                self._end(caller.user_id, caller.session_id, code)

    async def _ends(self, callers: list[Caller]) -> dict[Caller, CloseCode]:
        while True:
            try:
                valid = await database(identity.current().still_valid, callers)
                return {caller: await end_of(caller) for caller in callers if caller not in valid}
            except Exception as error:
                log.warning("sessions are not checked yet: %r", error)
                await asyncio.sleep(RETRY_SECS)

    def _end(self, user_id: int | None, session_id: str, code: CloseCode) -> None:
        for connection in list(self._connections_of(user_id, session_id)):
            connection.close(code)

    def _connections_of(self, user_id: int | None, session_id: str) -> Iterable[Connection]:
        for connection in self._engine.connections:
            caller = connection.caller
            if caller.user_id == user_id and user_id is not None and session_id in ("", caller.session_id):
                yield connection
