"""What a moderator does holds on open sockets within a second, in whichever process they are."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect

from community.moderation.services.rooms import set_room
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.kernel.database import database
from tests.support.factories import make_host, make_show, make_user
from tests.support.sockets import Socket, a_second_after
from tests.support.stack import Stack

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_mute_and_bans_hold_within_a_second(live_stack: Stack) -> None:
    def begin() -> tuple[Any, Any, int, str]:
        live_stack.start(web=2)
        mod, person = make_user(roles=["moderator"]), make_user()
        return mod, person, make_show().pk, live_stack.token_of(person)

    mod, person, show_id, token = await database(begin)
    channel = f"show:{show_id}"
    sanction = {"by": mod.pk, "user_id": person.pk, "reason": "spam", "secs": 600}
    async with connect(live_stack.web[1].websocket_url) as raw:
        socket = Socket(raw)
        await socket.ask("connect", {"token": token})
        assert "subscribe" in await socket.ask("subscribe", {"channel": channel})
        assert await socket.say(channel, "one") == "sent"

        began = time.monotonic()
        muted = await database(add_sanction, scope=channel, kind="mute", **sanction)
        _, at = await socket.event("sanction.added")
        assert at - began < 1
        await a_second_after(began)
        assert await socket.say(channel, "two") == "muted"
        await database(lift_sanction, by=mod.pk, sanction_id=muted.pk)
        await asyncio.sleep(1)
        assert await socket.say(channel, "three") == "sent"

        began = time.monotonic()
        await database(add_sanction, scope=channel, kind="ban", **sanction)
        _, at = await socket.push("unsubscribe")
        assert at - began < 1
        assert (await socket.ask("subscribe", {"channel": channel}))["error"]["message"] == "banned"

        began = time.monotonic()
        await database(add_sanction, scope="site", kind="ban", **sanction)
        reason, at = await socket.push("disconnect")
        assert (reason["code"], reason["reason"]) == (4503, "banned")
        assert at - began < 1
    for server in live_stack.web:
        async with connect(server.websocket_url) as raw:
            socket = Socket(raw)
            await raw.send(msgspec.json.encode({"id": 1, "connect": {"token": token}}).decode())
            assert (await socket.push("disconnect"))[0]["code"] == 4503


async def test_what_is_set_for_a_room_holds_within_a_second(live_stack: Stack) -> None:
    """In the process that nobody has set it in; each is said to those who are there, and taken back."""

    def begin() -> tuple[Any, int, list[str]]:
        live_stack.start(web=2)
        host, people = make_host(), [make_user() for _ in range(2)]
        return host, make_show(host=host).pk, [live_stack.token_of(person) for person in people]

    host, show_id, tokens = await database(begin)
    channel = f"show:{show_id}"
    async with connect(live_stack.web[0].websocket_url) as raw, connect(live_stack.web[1].websocket_url) as other:
        writer, reader = Socket(raw), Socket(other)
        for socket, token in zip((writer, reader), tokens, strict=True):
            await socket.ask("connect", {"token": token})
            assert "subscribe" in await socket.ask("subscribe", {"channel": channel})
        assert await writer.say(channel, "before") == "sent"
        await reader.event("chat.sent")
        for what, word in (
            ({"slow_mode_secs": 30}, "slow_mode"),
            ({"chat": False}, "chat_off"),
            ({"held": True}, "message_held"),
        ):
            for changes, answer in ((what, word), ({name: not value for name, value in what.items()}, "sent")):
                began = time.monotonic()
                setting = await database(set_room, by=host.pk, channel=channel, **changes)
                for socket in (writer, reader):
                    told, at = await socket.event("room.changed")
                    assert told["rules"]["version"] == setting.version
                    assert at - began < 1
                await a_second_after(began)
                key = f"{word}-{answer}"
                assert (key, await writer.say(channel, key)) == (key, answer)
                if answer == "sent":
                    assert (await reader.event("chat.sent"))[0]["message"]["text"] == key


async def test_a_kick_and_a_shadow_hold_in_a_room_within_a_second(live_stack: Stack) -> None:
    def begin() -> tuple[Any, Any, int, list[str]]:
        live_stack.start(web=2)
        host, person, other = make_host(), make_user(), make_user()
        tokens = [live_stack.token_of(one) for one in (person, other)]
        return host, person, make_show(host=host).pk, tokens

    host, person, show_id, tokens = await database(begin)
    channel = f"show:{show_id}"
    sanction = {"by": host.pk, "user_id": person.pk, "scope": channel, "reason": "spam"}
    async with connect(live_stack.web[0].websocket_url) as raw, connect(live_stack.web[1].websocket_url) as far:
        writer, reader = Socket(raw), Socket(far)
        for socket, token in zip((writer, reader), tokens, strict=True):
            await socket.ask("connect", {"token": token})
            assert "subscribe" in await socket.ask("subscribe", {"channel": channel})

        began = time.monotonic()
        shadow = await database(add_sanction, kind="shadow_mute", secs=600, **sanction)
        await a_second_after(began)
        # To the author it is as ever; to the others, something that nobody may read.
        assert await writer.say(channel, "unheard") == "sent"
        said, _ = await reader.event("chat.sent")
        assert (said["message"]["text"], said["message"]["hidden"]) == ("", True)
        assert not any("sanction" in push["pub"]["data"]["type"] for push in writer.pushes if "pub" in push)
        began = time.monotonic()
        await database(lift_sanction, by=host.pk, sanction_id=shadow.pk)
        await a_second_after(began)
        assert await writer.say(channel, "heard") == "sent"
        assert (await reader.event("chat.sent"))[0]["message"]["text"] == "heard"

        began = time.monotonic()
        await database(add_sanction, kind="kick", **sanction)
        _, at = await writer.push("unsubscribe")
        assert at - began < 1
        assert (await writer.ask("subscribe", {"channel": channel}))["error"]["message"] == "banned"
        assert await writer.say(channel, "from-outside") == "banned"
