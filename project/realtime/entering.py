"""The one door into a channel, and the way out.

Subscribe first, then take the stream's top, then the snapshot, then answer and flush what came meanwhile: no gap, no
repetition, in order.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from project.kernel.database import database
from project.realtime import codes, identity, metrics, router
from project.realtime.hub import Channel
from project.realtime.identity import ExpiredToken, InvalidToken
from project.realtime.protocol.messages import REJECT_UNRECOVERED, Item, SubscribeRequest, joined, left
from project.realtime.refusals import Refused
from project.realtime.topics import Topic

if TYPE_CHECKING:
    from project.realtime.connection import Connection

MOST_RECOVERED = 300
READ_WITHIN_SECS = 10


class Subscription(NamedTuple):
    """`expires_at`: seconds since the epoch, where a token said so."""

    server_side: bool = False
    expires_at: float | None = None


# Shared by nearly all: a connection that is in a channel needs no object for it. Compared by identity.
ENTERING = Subscription()
CLIENT_SIDE = Subscription()
SERVER_SIDE = Subscription(server_side=True)


class Entry(NamedTuple):
    """The result of a subscription, and the pushes that belong right behind the reply."""

    result: dict[str, Any]
    items: list[Item]


class _Place(NamedTuple):
    """Where a stream stands, and what was missed since the client's position (None: it cannot be told)."""

    epoch: str
    top: int
    missed: list[Item] | None


def topic_of(channel: str) -> tuple[Topic, Any]:
    """Raises Refused."""
    found = router.topic_of(channel)
    if found is None:
        raise Refused(codes.UNKNOWN_CHANNEL)
    return found


async def enter(connection: Connection, request: SubscribeRequest, *, server_side: bool) -> Entry:
    """Raises Refused, DomainError, TimeoutError, RedisError; then nothing has changed."""
    name, subscriptions = request.channel, connection.subscriptions
    topic, topic_id = topic_of(name)
    expires_at = await _expiry_of(connection, topic, request)
    subscriptions[name] = ENTERING
    counted = False
    try:
        channel = await connection.engine.enter(name, connection)
        try:
            place = await _place(connection, channel, topic, request)
            if topic.presence or topic.presence_list:
                # Before the snapshot: who looks at the number of people counts himself.
                _count(connection, topic, name)
                counted = True
            snapshot = await topic.join(caller=connection.caller, id=topic_id)
            if request.recover:
                place = _withheld(topic, snapshot, request, place)
            if subscriptions.get(name) is not ENTERING or connection.closed:
                raise Refused(codes.INTERNAL_ERROR)  # the position was lost meanwhile: the client tries again
            if topic.history_size and not channel.follows(connection, epoch=place.epoch, top=place.top):
                raise Refused(codes.INTERNAL_ERROR)
        except BaseException:
            if counted:
                _uncount(connection, topic, name)
            await connection.engine.leave(name, connection)
            raise
    except BaseException:
        if subscriptions.get(name) is ENTERING:
            del subscriptions[name]
        raise
    subscriptions[name] = SERVER_SIDE if server_side else CLIENT_SIDE
    if expires_at is not None:
        subscriptions[name] = Subscription(server_side, expires_at)
    metrics.SUBSCRIPTIONS.add(topic.kind)
    items = channel.settle(connection, top=place.top)
    if topic.join_leave:
        connection.engine.announce(name, joined(connection.info))
    result: dict[str, Any] = {} if expires_at is None else {"expires": True, "ttl": seconds_until(expires_at)}
    if snapshot is not None:
        result["data"] = snapshot
    if topic.history_size:
        result |= {"recoverable": True, "positioned": True, "epoch": place.epoch, "offset": place.top}
        if request.recover:
            result |= _recovery(request, place)
    return Entry(result, items)


def _withheld(topic: Topic, snapshot: Any, request: SubscribeRequest, place: _Place) -> _Place:
    """The place, without what was missed where the caller may not see all of it. Raises Refused."""
    hides = topic.withheld(snapshot) if topic.withholds and place.missed else None
    if hides is None or not any(hides(item.payload) for item in place.missed or ()):
        return place
    if request.flag & REJECT_UNRECOVERED:
        raise Refused(codes.UNRECOVERABLE_POSITION)
    return place._replace(missed=None)


def _recovery(request: SubscribeRequest, place: _Place) -> dict[str, Any]:
    if place.missed is None:
        metrics.RECOVERIES.add("failed")
        return {"was_recovering": True, "recovered": False}
    metrics.RECOVERIES.add("ok")
    metrics.RECOVERED.value += len(place.missed)
    # The offset is the request's: the client counts up with the publications.
    return {
        "was_recovering": True,
        "recovered": True,
        "offset": request.offset,
        "publications": place.missed,
    }


async def _place(connection: Connection, channel: Channel, topic: Topic, request: SubscribeRequest) -> _Place:
    """The stream's top and what was missed: as this process knows them, else from Redis. Raises Refused."""
    if not topic.history_size:
        return _Place("", 0, None)
    place = _known(channel, request)
    if place is None:
        # A Redis that does not answer must not be waited for by one after the other.
        async with asyncio.timeout(READ_WITHIN_SECS), channel.reading:
            place = _known(channel, request) or await _read(connection, channel, request)
    if request.recover and place.missed is None and request.flag & REJECT_UNRECOVERED:
        raise Refused(codes.UNRECOVERABLE_POSITION)
    return place


def _known(channel: Channel, request: SubscribeRequest) -> _Place | None:
    if not channel.is_up_to_date:
        return None
    assert channel.epoch is not None
    if not request.recover:
        return _Place(channel.epoch, channel.offset, None)
    missed = channel.recent.after(request.offset, top=channel.offset) if _same(request, channel.epoch) else None
    return None if missed is None else _Place(channel.epoch, channel.offset, missed)


async def _read(connection: Connection, channel: Channel, request: SubscribeRequest) -> _Place:
    since = request.offset if request.recover else None
    stream = await connection.engine.history(channel.name, since=since, most=MOST_RECOVERED + 1)
    channel.at(offset=stream.offset, epoch=stream.epoch)
    if not request.recover:
        return _Place(stream.epoch, stream.offset, None)
    items = [Item(channel.name, raw, offset) for offset, raw in stream.publications]
    if channel.is_up_to_date and channel.epoch == stream.epoch:
        channel.recent.prepend(items, top=channel.offset)
    whole = len(items) == stream.offset - request.offset and len(items) <= MOST_RECOVERED
    return _Place(stream.epoch, stream.offset, items if whole and _same(request, stream.epoch) else None)


def _same(request: SubscribeRequest, epoch: str) -> bool:
    """Whether the client's position is one of this stream: the start of any stream is where it begins."""
    return request.epoch == epoch or (not request.epoch and not request.offset)


async def _expiry_of(connection: Connection, topic: Topic, request: SubscribeRequest) -> float | None:
    """When the subscription ends, by its token. Raises Refused."""
    if not (topic.subscription_tokens and request.token):
        return None
    return await expiry_of_token(connection, request.channel, request.token)


async def expiry_of_token(connection: Connection, channel: str, token: str) -> float | None:
    """Raises Refused."""
    verify = identity.current().from_subscription_token
    if verify is None:
        raise Refused(codes.NOT_AVAILABLE)
    try:
        return await database(verify, token, channel, connection.caller)
    except ExpiredToken as error:
        raise Refused(codes.TOKEN_EXPIRED) from error
    except InvalidToken as error:
        raise Refused(codes.PERMISSION_DENIED) from error


def seconds_until(expires_at: float) -> int:
    return max(1, round(expires_at - time.time()))


def _count(connection: Connection, topic: Topic, channel: str) -> None:
    info = msgspec.json.encode(connection.info) if topic.presence_list else b""
    connection.engine.presence.enter(channel, connection.caller.person, client=connection.id, info=info)


def _uncount(connection: Connection, topic: Topic, channel: str) -> None:
    info = msgspec.json.encode(connection.info) if topic.presence_list else b""
    connection.engine.presence.leave(channel, connection.caller.person, client=connection.id, info=info)


async def leave(connection: Connection, channel: str) -> None:
    """Out of a channel; who is still at the door is turned away there."""
    subscription = connection.subscriptions.pop(channel, None)
    if subscription is None or subscription is ENTERING:
        return
    topic = topic_of(channel)[0]
    metrics.SUBSCRIPTIONS.add(topic.kind, much=-1)
    if topic.presence or topic.presence_list:
        _uncount(connection, topic, channel)
    await connection.engine.leave(channel, connection)
    if topic.join_leave:
        connection.engine.announce(channel, left(connection.info))
