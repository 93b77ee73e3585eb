"""The wire as a client sees it, over a real socket."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from project.realtime.publisher import Push, publish
from tests.project.realtime.conftest import RoomTopic, Server


async def say(channel: str, *numbers: int, batch_id: str = "") -> None:
    payloads = [msgspec.json.encode({"n": number}) for number in numbers]
    await asyncio.to_thread(publish, [Push(channel, payloads, [])], batch_id=batch_id)


async def whisper(channel: str, number: int) -> None:
    await asyncio.to_thread(publish, [Push(channel, [], [msgspec.json.encode({"n": number})])])


async def test_connect_and_subscribe_in_one_frame(server: Server) -> None:
    async with server.socket() as client:
        await client.send({"id": 1, "connect": {}}, {"id": 2, "subscribe": {"channel": "room:7"}})
        connected, subscribed = await client.receive(), await client.receive()
        assert connected["id"] == 1
        assert connected["connect"]["ping"] == 25
        assert connected["connect"]["pong"] is True
        assert subscribed["id"] == 2
        assert subscribed["subscribe"]["data"] == {"room": 7}
        assert subscribed["subscribe"]["recoverable"] is True
        assert subscribed["subscribe"]["offset"] == 0
        assert subscribed["subscribe"]["epoch"]


async def test_publications_arrive_in_order_with_offsets(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        await say("room:7", 1, 2)
        await say("room:7", 3)
        pushes = [(await client.receive())["push"] for _ in range(3)]
        assert pushes == [{"channel": "room:7", "pub": {"data": {"n": n}, "offset": n}} for n in (1, 2, 3)]


async def test_an_ephemeral_publication_has_no_offset_and_is_not_kept(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        first = await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        await whisper("room:7", 5)
        assert (await client.receive())["push"]["pub"] == {"data": {"n": 5}}
        history = await client.ask({"id": 3, "history": {"channel": "room:7", "limit": 10}})
        assert history["history"] == {"publications": [], "epoch": first["subscribe"]["epoch"], "offset": 0}


async def test_what_was_missed_is_recovered(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        first = (await client.ask({"id": 2, "subscribe": {"channel": "room:7"}}))["subscribe"]
    await say("room:7", 1, 2, 3)
    async with server.socket() as client:
        await client.open()
        request = {"channel": "room:7", "recover": True, "offset": 1, "epoch": first["epoch"]}
        again = (await client.ask({"id": 2, "subscribe": request}))["subscribe"]
        assert again["recovered"] is True
        assert again["was_recovering"] is True
        assert again["offset"] == 1
        assert again["publications"] == [{"data": {"n": 2}, "offset": 2}, {"data": {"n": 3}, "offset": 3}]


@pytest.mark.parametrize(("epoch", "offset"), [("another", 1), (None, 0)])
async def test_too_far_behind_or_in_another_epoch_nothing_is_recovered(
    server: Server, epoch: str | None, offset: int
) -> None:
    async with server.socket() as client:
        await client.open()
        first = (await client.ask({"id": 2, "subscribe": {"channel": "room:7"}}))["subscribe"]
    await say("room:7", *range(1, RoomTopic.history_size + 3))
    async with server.socket() as client:
        await client.open()
        request = {"channel": "room:7", "recover": True, "offset": offset, "epoch": epoch or first["epoch"]}
        again = (await client.ask({"id": 2, "subscribe": request}))["subscribe"]
        assert again["recovered"] is False
        assert "publications" not in again
        assert again["offset"] == RoomTopic.history_size + 2


async def test_a_batch_that_was_published_is_not_published_again(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        await say("room:7", 1, batch_id="b1")
        await say("room:7", 1, batch_id="b1")
        await say("room:7", 2, batch_id="b2")
        assert [(await client.receive())["push"]["pub"]["offset"] for _ in range(2)] == [1, 2]


async def test_methods_answer_or_say_why_not(server: Server) -> None:
    async with server.socket() as client:
        await client.open()

        async def ask(method: str, data: Any = None) -> dict[str, Any]:
            return await client.ask({"id": 9, "rpc": {"method": method, "data": data}})

        assert await ask("sum.add", {"left": 1, "right": 2}) == {"id": 9, "rpc": {"data": {"sum": 3}}}
        assert (await ask("sum.add", {"left": "1", "right": 2}))["error"] == {"code": 107, "message": "bad request"}
        assert (await ask("sum.add"))["error"]["code"] == 107
        assert (await ask("no.such"))["error"] == {"code": 104, "message": "method not found"}
        assert (await ask("sum.secret", {}))["error"] == {"code": 401, "message": "login_required"}
        crash = {"code": 100, "message": "internal server error", "temporary": True}
        assert (await ask("sum.crash", {}))["error"] == crash
        # The socket has survived all of it.
        assert (await ask("sum.add", {"left": 2, "right": 2}))["rpc"]["data"] == {"sum": 4}


@pytest.mark.parametrize(
    ("channel", "code", "message"),
    [
        ("room:403", 403, "forbidden"),
        ("room:1000", 404, "not_found"),
        ("room:007", 102, "unknown channel"),
        ("room:x", 102, "unknown channel"),
        ("room:", 102, "unknown channel"),
        ("attic:7", 102, "unknown channel"),
        ("room:٣", 102, "unknown channel"),
    ],
)
async def test_a_channel_that_may_not_be_entered(server: Server, channel: str, code: int, message: str) -> None:
    async with server.socket() as client:
        await client.open()
        refused = await client.ask({"id": 2, "subscribe": {"channel": channel}})
        assert refused == {"id": 2, "error": {"code": code, "message": message}}
        assert (await client.ask({"id": 3, "subscribe": {"channel": "room:7"}}))["subscribe"]["data"] == {"room": 7}


async def test_a_second_subscription_to_the_same_channel_is_refused(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        again = await client.ask({"id": 3, "subscribe": {"channel": "room:7"}})
        assert again["error"] == {"code": 105, "message": "already subscribed"}


async def test_after_unsubscribing_nothing_comes(server: Server, room: RoomTopic) -> None:
    async with server.socket() as client:
        await client.open()
        await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        assert await client.ask({"id": 3, "unsubscribe": {"channel": "room:7"}}) == {"id": 3, "unsubscribe": {}}
        await say("room:7", 1)
        assert await client.ask({"id": 4, "ping": {}}) == {"id": 4, "ping": {}}
    assert room.entries == ["entered 7", "left 7"]


async def test_presence_counts_people_and_connections(server: Server) -> None:
    async with server.socket() as one, server.socket() as two:
        for client in (one, two):
            await client.open()
            await client.ask({"id": 2, "subscribe": {"channel": "room:7"}})
        stats = await one.ask({"id": 3, "presence_stats": {"channel": "room:7"}})
        assert stats["presence_stats"] == {"num_clients": 2, "num_users": 2}
        await two.ask({"id": 3, "unsubscribe": {"channel": "room:7"}})
        stats = await one.ask({"id": 4, "presence_stats": {"channel": "room:7"}})
        assert stats["presence_stats"] == {"num_clients": 1, "num_users": 1}


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "[]",
        '"text"',
        '{"id":"one","rpc":{}}',
        '{"id":1e400,"rpc":{}}',
        '{"rpc":{"method":"sum.add"}}',
        '{"id":7}',
        "[" * 5000,
        '{"id":2,"rpc":{"method":"sum.add","data":NaN}}',
    ],
)
async def test_a_frame_that_is_not_of_the_protocol_ends_the_connection(server: Server, frame: str) -> None:
    async with server.socket() as client:
        await client.open()
        await client.raw.send(frame)
        push = (await client.receive())["push"]["disconnect"]
        assert push == {"code": 3501, "reason": "bad request", "reconnect": False}
        with pytest.raises(ConnectionClosed):
            await client.receive()
        assert client.raw.close_code == 3501
        assert client.raw.close_reason == "bad request"


async def test_binary_garbage_ends_the_connection(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        await client.raw.send(b"\xff\xfe\x00garbage")
        assert (await client.receive())["push"]["disconnect"]["code"] == 3501


async def test_a_frame_of_65_kilobytes_ends_the_connection(server: Server) -> None:
    async with server.socket() as client:
        await client.open()
        await client.raw.send('{"id":2,"rpc":{"method":"sum.add","data":"' + "x" * 66_000 + '"}}')
        with pytest.raises(ConnectionClosed):
            await client.receive()
        assert client.raw.close_code == 1009


async def test_a_command_before_connect_ends_the_connection(server: Server) -> None:
    async with server.socket() as client:
        assert (await client.ask({"id": 1, "subscribe": {"channel": "room:7"}}))["push"]["disconnect"]["code"] == 3501


async def test_a_foreign_origin_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with server.socket(origin="https://evil.example"):
            pass
    assert refusal.value.response.status_code == 403


async def test_a_forged_token_is_refused_and_never_downgraded(server: Server, transactional_db: None) -> None:
    async with server.socket() as client:
        answer = await client.open(token="eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")
        assert answer["push"]["disconnect"] == {"code": 3500, "reason": "invalid token", "reconnect": False}
