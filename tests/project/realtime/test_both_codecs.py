"""JSON and Protobuf are two forms of one protocol: the same is asked in both, and the same is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from centrifuge.protocol import client_pb2
from google.protobuf.descriptor import FieldDescriptor
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from project.realtime import control
from project.realtime.commands import MOST_SUBSCRIPTIONS
from project.realtime.connection import MOST_COMMANDS_AT_ONCE
from project.realtime.protocol.messages import MOST_FRAME_BYTES
from project.realtime.publisher import Push, publish
from tests.project.realtime.conftest import Server
from tests.project.realtime.hall import installed
from tests.project.realtime.hostile import varint


def in_an_hour() -> float:
    return time.time() + 3600


class Peer:
    """A client at a bare socket. What it is told is noted as (kind, what), zeros and emptiness left out."""

    subprotocol = "centrifuge-json"

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw
        self._replies: dict[int, Any] = {}
        self._pushes: deque[Any] = deque()
        self._last_id = 0

    def encode(self, commands: list[dict[str, Any]]) -> str | bytes:
        return "\n".join(json.dumps(command) for command in commands)

    def decode(self, frame: str | bytes) -> list[dict[str, Any]]:
        assert isinstance(frame, str)
        return [without_zeros(json.loads(line)) for line in frame.split("\n")]

    async def ask(self, **request: Any) -> Any:
        (found,) = await self.ask_at_once(request)
        return found

    async def ask_at_once(self, *requests: dict[str, Any]) -> list[Any]:
        """Several commands in one frame, and the replies to them."""
        first = self._last_id + 1
        self._last_id += len(requests)
        await self.raw.send(self.encode([{"id": id, **request} for id, request in enumerate(requests, first)]))
        async with asyncio.timeout(10):
            while self._last_id not in self._replies:
                await self._receive()
        assert list(self._replies) == list(range(first, self._last_id + 1))
        found = list(self._replies.values())
        self._replies.clear()
        return found

    async def push(self) -> Any:
        async with asyncio.timeout(10):
            while not self._pushes:
                await self._receive()
        return self._pushes.popleft()

    async def close_code(self) -> int:
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(10):
                while True:
                    await self._receive()
        assert self.raw.close_code is not None
        return self.raw.close_code

    async def _receive(self) -> None:
        for told in self.decode(await self.raw.recv()):
            if push := told.pop("push", None):
                self._pushes.append(push)
            elif id := told.pop("id", None):
                self._replies[id] = told


class ProtobufPeer(Peer):
    """Speaks by the schema of the published Python SDK."""

    subprotocol = "centrifuge-protobuf"

    def encode(self, commands: list[dict[str, Any]]) -> bytes:
        frame = b""
        for command in commands:
            message = client_pb2.Command()
            fill(message, command)
            encoded = message.SerializeToString()
            frame += varint(len(encoded)) + encoded
        return frame

    def decode(self, frame: str | bytes) -> list[dict[str, Any]]:
        assert isinstance(frame, bytes)
        found = []
        while frame:
            size = shift = place = 0
            while frame[place] > 127:
                size, shift, place = size | (frame[place] & 127) << shift, shift + 7, place + 1
            size |= frame[place] << shift
            found.append(read(client_pb2.Reply.FromString(frame[place + 1 : place + 1 + size])))
            frame = frame[place + 1 + size :]
        return found


def fill(message: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        if name == "subs":
            for channel, subscription in value.items():
                fill(message.subs[channel], subscription)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            getattr(message, name).SetInParent()
            fill(getattr(message, name), value)
        else:
            setattr(message, name, json.dumps(value).encode() if field.type == FieldDescriptor.TYPE_BYTES else value)


def read(value: Any) -> Any:
    """A message as the JSON form would have it, without what is not set."""
    if isinstance(value, bytes):
        return json.loads(value)
    if not hasattr(value, "ListFields"):
        return value
    found: dict[str, Any] = {}
    for field, inner in value.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            found[field.name] = {key: read(inner[key]) for key in inner}
        elif field.is_repeated:
            found[field.name] = [read(one) for one in inner]
        else:
            found[field.name] = read(inner)
    return found


def without_zeros(value: dict[str, Any]) -> dict[str, Any]:
    """As `read` leaves it: fields with a zero value are not sent in Protobuf, whatever stands in `data` is."""
    found: dict[str, Any] = {}
    for key, inner in value.items():
        if key == "data":
            found[key] = inner
        elif isinstance(inner, dict):
            found[key] = without_zeros(inner)
        elif isinstance(inner, list):
            if inner:
                found[key] = [without_zeros(one) for one in inner]
        elif inner:
            found[key] = inner
    return found


@pytest.fixture
def room() -> Iterator[None]:
    """In the place of the rooms of the other tests."""
    with installed():
        yield


@contextlib.asynccontextmanager
async def opened(server: Server, kind: type[Peer]) -> AsyncIterator[Peer]:
    async with connect(server.url, subprotocols=[kind.subprotocol], max_size=None) as raw:  # type: ignore[list-item]
        assert raw.subprotocol == kind.subprotocol
        yield kind(raw)


both = pytest.mark.parametrize("kind", [Peer, ProtobufPeer], ids=["json", "protobuf"])


async def say(channel: str, *payloads: bytes, lasting: bool = True) -> None:
    push = Push(channel, list(payloads), []) if lasting else Push(channel, [], list(payloads))
    await asyncio.to_thread(publish, [push])


@both
async def test_a_connection_and_its_own_channel(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        connected = (await peer.ask(connect={"token": f"5@{in_an_hour()}"}))["connect"]
        client, ttl = connected.pop("client"), connected.pop("ttl")
        epoch = connected["subs"]["own:5"].pop("epoch")
        own = {"recoverable": True, "positioned": True, "data": {"own": 5}}
        assert connected == {"version": "souk", "ping": 25, "pong": True, "expires": True, "subs": {"own:5": own}}
        assert len(client) == 32
        assert epoch
        assert 3500 < ttl <= 3600
        await say("own:5", b'{"n":1}')
        assert await peer.push() == {"channel": "own:5", "pub": {"data": {"n": 1}, "offset": 1}}

        refreshed = (await peer.ask(refresh={"token": "5"}))["refresh"]
        assert refreshed == {"client": client, "version": "souk"}
        refreshed = (await peer.ask(refresh={"token": f"5@{in_an_hour()}"}))["refresh"]
        assert (refreshed["expires"], 3500 < refreshed["ttl"] <= 3600) == (True, True)
        assert await peer.ask(refresh={"token": "old"}) == {"error": {"code": 109, "message": "token expired"}}
        refused = {"code": 103, "message": "permission denied"}
        assert await peer.ask(unsubscribe={"channel": "own:5"}) == {"error": refused}


@both
async def test_connect_and_subscribe_in_one_frame(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        subscribes = [{"subscribe": {"channel": f"hall:{number}"}} for number in (7, 8)]
        connected, *entered = await peer.ask_at_once({"connect": {}}, *subscribes, {"rpc": {"method": "no.such"}})
        assert "subs" not in connected["connect"]
        missing = entered.pop()
        assert missing == {"error": {"code": 104, "message": "method not found"}}
        for number, found in zip((7, 8), entered, strict=True):
            assert found["subscribe"].pop("epoch")
            hall = {"recoverable": True, "positioned": True, "data": {"hall": number}}
            assert found == {"subscribe": hall}


@both
async def test_publications_recovery_and_history(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as ann, opened(server, kind) as bob:
        client = (await ann.ask(connect={"token": "5"}))["connect"]["client"]
        await bob.ask(connect={})
        entered = (await ann.ask(subscribe={"channel": "hall:7"}))["subscribe"]
        epoch = entered["epoch"]
        info = {"user": "5", "client": client}
        assert await ann.push() == {"channel": "hall:7", "join": {"info": info}}
        assert await ann.ask(publish={"channel": "hall:7", "data": {"text": "你好"}}) == {"publish": {}}
        first = {"data": {"text": "你好"}, "info": info, "offset": 1}
        assert await ann.push() == {"channel": "hall:7", "pub": first}
        await say("hall:7", b"2", b'["three"]')
        await say("hall:7", b"null", lasting=False)
        pushes = [(await ann.push())["pub"] for _ in range(3)]
        second, third = {"data": 2, "offset": 2}, {"data": ["three"], "offset": 3}
        assert pushes == [second, third, {"data": None}]

        recover = {"channel": "hall:7", "recover": True, "epoch": epoch}
        found = (await bob.ask(subscribe={**recover, "offset": 0}))["subscribe"]
        assert found.pop("data") == {"hall": 7}
        told = {"recoverable": True, "positioned": True, "epoch": epoch}
        told |= {"was_recovering": True, "recovered": True, "publications": [first, second, third]}
        assert found == told
        assert await bob.ask(unsubscribe={"channel": "hall:7"}) == {"unsubscribe": {}}
        found = (await bob.ask(subscribe={**recover, "offset": 2}))["subscribe"]
        assert (found["offset"], found["publications"]) == (2, [third])
        await bob.ask(unsubscribe={"channel": "hall:7"})
        found = (await bob.ask(subscribe={**recover, "offset": 3}))["subscribe"]
        assert (found["offset"], found["recovered"], "publications" in found) == (3, True, False)
        await bob.ask(unsubscribe={"channel": "hall:7"})
        found = (await bob.ask(subscribe={**recover, "offset": 2, "epoch": "another"}))["subscribe"]
        assert found == {
            **{"recoverable": True, "positioned": True, "epoch": epoch, "offset": 3},
            **{"was_recovering": True, "data": {"hall": 7}},
        }
        await bob.ask(unsubscribe={"channel": "hall:7"})
        unrecoverable = {"error": {"code": 112, "message": "unrecoverable position"}}
        assert await bob.ask(subscribe={**recover, "offset": 2, "epoch": "another", "flag": 2}) == unrecoverable

        async def history(**request: Any) -> Any:
            answer = await ann.ask(history={"channel": "hall:7", **request})
            if "error" in answer:
                return answer["error"]["code"]
            assert (answer["history"].pop("epoch"), answer["history"].pop("offset")) == (epoch, 3)
            return answer["history"].get("publications", [])

        assert await history(limit=-1) == [first, second, third]
        assert await history(limit=2) == [first, second]
        assert await history() == []
        assert await history(limit=2, reverse=True) == [third, second]
        assert await history(limit=-1, reverse=True, since={"offset": 3, "epoch": epoch}) == [second, first]
        assert await history(limit=-1, since={"offset": 1, "epoch": epoch}) == [second, third]
        assert await history(limit=-1, since={"offset": 1}) == [second, third]
        assert await history(limit=-1, since={"offset": 1, "epoch": "another"}) == 112


@both
async def test_who_is_there_who_comes_and_who_goes(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as ann:
        one = (await ann.ask(connect={"token": "5"}))["connect"]["client"]
        await ann.ask(subscribe={"channel": "hall:7"})
        async with opened(server, kind) as bob:
            two = (await bob.ask(connect={}))["connect"]["client"]
            await bob.ask(subscribe={"channel": "hall:7"})
            there = {one: {"user": "5", "client": one}, two: {"client": two}}
            assert await ann.ask(presence={"channel": "hall:7"}) == {"presence": {"presence": there}}
            stats = {"num_clients": 2, "num_users": 2}
            assert await bob.ask(presence_stats={"channel": "hall:7"}) == {"presence_stats": stats}
        pushes = [await ann.push() for _ in range(3)]
        assert pushes == [
            {"channel": "hall:7", "join": {"info": {"user": "5", "client": one}}},
            {"channel": "hall:7", "join": {"info": {"client": two}}},
            {"channel": "hall:7", "leave": {"info": {"client": two}}},
        ]
        assert list((await ann.ask(presence={"channel": "hall:7"}))["presence"]["presence"]) == [one]
        denied = {"error": {"code": 103, "message": "permission denied"}}
        not_available = {"error": {"code": 108, "message": "not available"}}
        for request in ("presence", "presence_stats", "history"):
            assert await ann.ask(**{request: {"channel": "hall:8"}}) == denied
        assert await ann.ask(presence={"channel": "own:5"}) == not_available


@both
async def test_methods_and_what_they_refuse(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        await peer.ask(connect={})

        async def call(method: str, data: Any = None) -> Any:
            answer = await peer.ask(rpc={"method": method, "data": data})
            return answer["rpc"]["data"] if "rpc" in answer else answer["error"]

        assert await call("sum.add", {"left": 1, "right": 2}) == {"sum": 3}
        assert await call("sum.add", {"left": 0, "right": 0}) == {"sum": 0}
        assert await call("sum.add", {"left": "1", "right": 2}) == {"code": 107, "message": "bad request"}
        assert await call("sum.secret", {}) == {"code": 401, "message": "login_required"}
        assert await call("sum.crash") == {"code": 100, "message": "internal server error", "temporary": True}
        assert await peer.ask(ping={}) == {"ping": {}}
        await peer.raw.send(peer.encode([{"send": {"data": {"method": "sum.add", "data": {"left": 1, "right": 2}}}}]))
        assert await peer.ask(ping={}) == {"ping": {}}


@both
async def test_doors_that_stay_closed(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        assert await peer.ask(connect={"token": "old"}) == {"error": {"code": 109, "message": "token expired"}}
        await peer.ask(connect={"token": "5"})

        async def refused(**request: Any) -> tuple[int, str]:
            error = (await peer.ask(**request))["error"]
            assert "temporary" not in error
            return error["code"], error["message"]

        async def entering(channel: str, token: str = "") -> tuple[int, str]:
            return await refused(subscribe={"channel": channel, "token": token})

        await peer.ask(subscribe={"channel": "hall:7"})
        assert await entering("hall:7") == (105, "already subscribed")
        assert await entering("own:5") == (105, "already subscribed")
        assert await entering("hall:403") == (403, "forbidden")
        assert await entering("attic:7") == (102, "unknown channel")
        assert await entering("hall:8", "forged") == (103, "permission denied")
        assert await entering("hall:8", "old") == (109, "token expired")
        assert await refused(publish={"channel": "hall:8", "data": {}}) == (103, "permission denied")
        assert await refused(publish={"channel": "own:5", "data": {}}) == (103, "permission denied")
        assert await refused(sub_refresh={"channel": "own:5", "token": "x"}) == (108, "not available")
        assert await refused(sub_refresh={"channel": "hall:9", "token": "x"}) == (103, "permission denied")

        entered = (await peer.ask(subscribe={"channel": "hall:8", "token": f"hall:8@{in_an_hour()}"}))["subscribe"]
        assert (entered["expires"], 3500 < entered["ttl"] <= 3600) == (True, True)
        longer = (await peer.ask(sub_refresh={"channel": "hall:8", "token": f"hall:8@{in_an_hour() + 60}"}))[
            "sub_refresh"
        ]
        assert (longer["expires"], 3560 < longer["ttl"] <= 3660) == (True, True)
        assert await peer.ask(sub_refresh={"channel": "hall:8", "token": "hall:8"}) == {"sub_refresh": {}}


@both
async def test_being_pushed_out(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        await peer.ask(connect={"token": "5"})
        await peer.ask(subscribe={"channel": "hall:7"})
        assert "join" in await peer.push()
        await asyncio.to_thread(control.push_out, user_id=5, channel="hall:7")
        out = {"code": 2000, "reason": "no longer allowed"}
        assert await peer.push() == {"channel": "hall:7", "unsubscribe": out}
        assert (await peer.ask(publish={"channel": "hall:7", "data": 1}))["error"]["code"] == 103
        await asyncio.to_thread(control.end_connections, user_id=5)
        assert await peer.push() == {"disconnect": {"code": 4001, "reason": "session ended", "reconnect": True}}
        assert await peer.close_code() == 4001


@both
async def test_a_terminal_end_is_told_before_the_socket_closes(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        await peer.raw.send(peer.encode([{"id": 1, "connect": {"token": "forged"}}]))
        assert await peer.push() == {"disconnect": {"code": 3500, "reason": "invalid token"}}
        assert await peer.close_code() == 3500


@both
async def test_limits(server: Server, kind: type[Peer], settings: Any) -> None:
    settings.COMMANDS_PER_SEC = 0
    async with opened(server, kind) as peer:
        requests = [{"subscribe": {"channel": f"hall:{number}"}} for number in range(1000, 1000 + MOST_SUBSCRIPTIONS)]
        _, *entered, last = await peer.ask_at_once({"connect": {}}, *requests, {"subscribe": {"channel": "hall:1"}})
        assert [found["subscribe"]["data"]["hall"] for found in entered] == [*range(1000, 1000 + MOST_SUBSCRIPTIONS)]
        assert last == {"error": {"code": 106, "message": "limit exceeded"}}
        left = MOST_COMMANDS_AT_ONCE - MOST_SUBSCRIPTIONS - 2
        answers = await peer.ask_at_once(*[{"ping": {}}] * (left + 3))
        too_many = {"error": {"code": 111, "message": "too many requests", "temporary": True}}
        assert answers == [{"ping": {}}] * left + [too_many] * 3
        settings.COMMANDS_PER_SEC = 1000
        async with asyncio.timeout(10):
            while await peer.ask(ping={}) != {"ping": {}}:
                await asyncio.sleep(0.01)


@both
async def test_the_largest_frame_and_the_largest_id(server: Server, kind: type[Peer]) -> None:
    async with opened(server, kind) as peer:
        await peer.ask(connect={})
        call = {"id": 2**32 - 1, "rpc": {"method": "sum.add", "data": {"left": 1, "right": 2, "text": ""}}}
        room = MOST_FRAME_BYTES - len(peer.encode([call])) - 16
        call["rpc"]["data"]["text"] = "x" * room  # type: ignore[index]
        frame = peer.encode([call])
        assert MOST_FRAME_BYTES - 16 <= len(frame) <= MOST_FRAME_BYTES
        await peer.raw.send(frame)
        async with asyncio.timeout(10):
            while 2**32 - 1 not in peer._replies:
                await peer._receive()
        assert peer._replies.pop(2**32 - 1) == {"rpc": {"data": {"sum": 3}}}
        call["rpc"]["data"]["text"] += "x" * 20  # type: ignore[index]
        await peer.raw.send(peer.encode([call]))
        assert await peer.close_code() == 1009
