"""What each command of the protocol does: a handler takes the connection and the request, and answers a result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from project.kernel.database import database
from project.realtime import codes, draining, identity, router
from project.realtime.engine import PING_SECS
from project.realtime.entering import (
    MOST_RECOVERED,
    enter,
    expiry_of_token,
    leave,
    seconds_until,
    topic_of,
)
from project.realtime.identity import ExpiredToken, InvalidToken, TokenCaller
from project.realtime.orders import end_of
from project.realtime.protocol.messages import (
    ChannelRequest,
    ClientInfo,
    ConnectRequest,
    HistoryRequest,
    Item,
    PublishRequest,
    RefreshRequest,
    RpcRequest,
    SendRequest,
    SubRefreshRequest,
    SubscribeRequest,
    one_line_of_json,
    published,
    read_json,
)
from project.realtime.refusals import Closed, Refused
from project.realtime.topics import Topic

if TYPE_CHECKING:
    from project.realtime.connection import Connection

MOST_SUBSCRIPTIONS = 128
VERSION = "souk"


class Answer(NamedTuple):
    """A result, and the pushes that belong right behind it."""

    result: dict[str, Any]
    items: Sequence[Item] = ()


async def connect(connection: Connection, request: ConnectRequest) -> Answer:
    if draining.under_way():
        raise Closed(codes.SHUTDOWN)
    heard = connection.engine.orders_heard
    if request.token:
        caller, connection.expires_at = await _caller_of(request.token)
        connection.caller = replace(caller, client=connection.id)
    elif connection.session_key and (known := await identity.current().from_cookie(connection.session_key)):
        connection.caller = replace(known, client=connection.id)
    await _check_barred(connection.caller.user_id)
    connection.engine.add(connection)
    await _confirm(connection, heard)
    connection.connected = True
    result: dict[str, Any] = {"client": connection.id, "version": VERSION, "ping": PING_SECS, "pong": True}
    result |= _expiry(connection)
    items: list[Item] = []
    if connection.caller.user_id is not None:
        for channel in router.personal_channels(connection.caller.user_id):
            asked = msgspec.structs.replace(request.subs.get(channel, SubscribeRequest()), channel=channel)
            entry = await enter(connection, asked, server_side=True)
            result.setdefault("subs", {})[channel] = entry.result
            items += entry.items
    return Answer(result, items)


async def refresh(connection: Connection, request: RefreshRequest) -> Answer:
    heard = connection.engine.orders_heard
    caller, expires_at = await _caller_of(request.token)
    if caller.user_id != connection.caller.user_id:
        raise Closed(codes.INVALID_TOKEN)
    await _check_barred(caller.user_id)
    connection.caller, connection.expires_at = replace(caller, client=connection.id), expires_at
    await _confirm(connection, heard)
    return Answer({"client": connection.id, "version": VERSION, **_expiry(connection)})


async def _caller_of(token: str) -> TokenCaller:
    try:
        return await identity.current().from_token(token)
    except ExpiredToken as error:
        raise Refused(codes.TOKEN_EXPIRED) from error
    except InvalidToken as error:
        raise Closed(codes.INVALID_TOKEN) from error


async def _check_barred(user_id: int | None) -> None:
    is_barred = identity.current().is_barred
    if is_barred is not None and user_id is not None and await is_barred(user_id):
        raise Closed(codes.BANNED)


async def _confirm(connection: Connection, heard: int) -> None:
    """An order to end the session may have come before the engine knew that it is this connection's."""
    if connection.engine.orders_heard == heard:
        return
    if not await database(identity.current().still_valid, [connection.caller]):
        raise Closed(await end_of(connection.caller))


def _expiry(connection: Connection) -> dict[str, Any]:
    expires_at = connection.expires_at
    return {} if expires_at is None else {"expires": True, "ttl": seconds_until(expires_at)}


async def subscribe(connection: Connection, request: SubscribeRequest) -> Answer:
    if request.channel in connection.subscriptions:
        raise Refused(codes.ALREADY_SUBSCRIBED)
    if len(connection.subscriptions) >= MOST_SUBSCRIPTIONS:
        raise Refused(codes.LIMIT_EXCEEDED)
    return Answer(*await enter(connection, request, server_side=False))


async def sub_refresh(connection: Connection, request: SubRefreshRequest) -> Answer:
    subscription = connection.subscriptions.get(request.channel)
    if subscription is None:
        raise Refused(codes.PERMISSION_DENIED)
    if not topic_of(request.channel)[0].subscription_tokens:
        raise Refused(codes.NOT_AVAILABLE)
    expires_at = await expiry_of_token(connection, request.channel, request.token)
    if request.channel in connection.subscriptions:
        connection.subscriptions[request.channel] = subscription._replace(expires_at=expires_at)
    return Answer({} if expires_at is None else {"expires": True, "ttl": seconds_until(expires_at)})


async def unsubscribe(connection: Connection, request: ChannelRequest) -> Answer:
    subscription = connection.subscriptions.get(request.channel)
    if subscription is not None and subscription.server_side:
        raise Refused(codes.PERMISSION_DENIED)
    await leave(connection, request.channel)
    return Answer({})


async def publish(connection: Connection, request: PublishRequest) -> Answer:
    topic = _readable(connection, request.channel)
    if not topic.publish or request.channel not in connection.subscriptions:
        raise Refused(codes.PERMISSION_DENIED)
    item = published(one_line_of_json(request.data), connection.info)
    await connection.engine.publish(request.channel, [item], durable=topic.history_size > 0)
    return Answer({})


async def presence(connection: Connection, request: ChannelRequest) -> Answer:
    if not _readable(connection, request.channel).presence_list:
        raise Refused(codes.NOT_AVAILABLE)
    await _refuse_unseen(connection, request.channel)
    clients = await connection.engine.presence.clients(request.channel)
    found = {client: msgspec.json.decode(info, type=ClientInfo) for client, info in clients.items()}
    return Answer({"presence": found})


async def presence_stats(connection: Connection, request: ChannelRequest) -> Answer:
    if not _readable(connection, request.channel).presence:
        raise Refused(codes.NOT_AVAILABLE)
    await _refuse_unseen(connection, request.channel)
    clients, people = await connection.engine.presence.count(request.channel)
    return Answer({"num_clients": clients, "num_users": people})


async def _refuse_unseen(connection: Connection, channel: str) -> None:
    """Raises Refused for a caller who may not learn who is there."""
    topic, topic_id = topic_of(channel)
    if not await topic.sees_presence(caller=connection.caller, id=topic_id):
        raise Refused(codes.PERMISSION_DENIED)


async def history(connection: Connection, request: HistoryRequest) -> Answer:
    """A part of the stream, `limit` at most (-1: as many as may be; 0: only the position)."""
    topic = _readable(connection, request.channel)
    if not topic.history_size:
        raise Refused(codes.NOT_AVAILABLE)
    most = min(request.limit, MOST_RECOVERED) if request.limit >= 0 else MOST_RECOVERED
    since = request.since.offset if request.since else None
    if since is None and not request.reverse:
        since = 0
    stream = await connection.engine.history(request.channel, since=since, most=most, reverse=request.reverse)
    if request.since and request.since.epoch and request.since.epoch != stream.epoch:
        raise Refused(codes.UNRECOVERABLE_POSITION)
    publications = [Item(request.channel, raw, offset) for offset, raw in stream.publications] if most else []
    if publications and topic.withholds:
        snapshot = await topic.join(caller=connection.caller, id=topic_of(request.channel)[1])
        if hides := topic.withheld(snapshot):
            publications = [item for item in publications if not hides(item.payload)]
    return Answer({"publications": publications, "epoch": stream.epoch, "offset": stream.offset})


async def rpc(connection: Connection, request: RpcRequest) -> Answer:
    return Answer({"data": await _call(connection, request)})


async def send(connection: Connection, request: SendRequest) -> Answer:
    """A method that nobody waits for: `data` is {"method": …, "data": …}."""
    await _call(connection, read_json(request.data, RpcRequest))
    return Answer({})


async def _call(connection: Connection, request: RpcRequest) -> Any:
    found = router.method_of(request.method)
    if found is None:
        raise Refused(codes.METHOD_NOT_FOUND if router.has_methods() else codes.NOT_AVAILABLE)
    owner, method = found
    if method.requires:
        method.requires(connection.caller)
    raw = bytes(request.data)
    params = read_json(b"{}" if raw in (b"", b"null") else raw, method.params)
    return await getattr(owner, method.attribute)(caller=connection.caller, params=params)


async def ping(connection: Connection, request: Any) -> Answer:
    return Answer({})


def _readable(connection: Connection, channel: str) -> Topic:
    """The topic of a channel about which this caller may ask. Raises Refused."""
    topic = topic_of(channel)[0]
    if topic.inside_only and channel not in connection.subscriptions:
        raise Refused(codes.PERMISSION_DENIED)
    return topic


Handler = Callable[["Connection", Any], Awaitable[Answer]]
HANDLERS: dict[str, Handler] = {
    "connect": connect,
    "refresh": refresh,
    "subscribe": subscribe,
    "sub_refresh": sub_refresh,
    "unsubscribe": unsubscribe,
    "publish": publish,
    "presence": presence,
    "presence_stats": presence_stats,
    "history": history,
    "rpc": rpc,
    "send": send,
    "ping": ping,
}
