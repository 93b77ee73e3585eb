"""What whoever runs a group does holds on the open sockets of its members within a second, in another process too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import connect as open_socket

from chat.conversations.models import Group
from chat.conversations.services import join_group
from community.accounts.models import User
from community.moderation.models import HeldMessage
from community.moderation.services.rooms import decide_held
from project.kernel.database import database
from tests.support.sockets import Socket, a_second_after
from tests.support.stack import Stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

WITHIN_SECS = 1


class Talk(NamedTuple):
    """Ann runs the group from one process; Bo is in another, and Cy, a member as well, beside Ann."""

    channel: str
    ann: Socket
    bo: Socket
    cy: Socket

    async def rule(self, **rules: Any) -> None:
        """Ann sets it; Bo and Cy are told, and a second later it holds everywhere."""
        began = time.monotonic()
        assert "error" not in await self.ann.rpc("room.set", {"channel": self.channel, **rules})
        for socket in (self.bo, self.cy):
            told, at = await socket.event("room.changed")
            assert {name: told["rules"][name] for name in rules} == rules
            assert at - began < WITHIN_SECS
        await a_second_after(began)

    async def sanction(self, user: User, kind: str, **more: Any) -> int:
        params = {
            "channel": self.channel,
            "user": user.pk,
            "kind": kind,
            "reason": "spam",
            "secs": 600,
            "key": kind,
            **more,
        }
        return int((await self.ann.rpc("mod.sanction", params))["sanction"]["id"])

    async def say(self, who: Socket, text: str) -> str:
        return await who.say(self.channel, text)

    async def hears(self, who: Socket) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = (await who.event("chat.sent"))[0]["message"]
        return message


@pytest.fixture
async def talk(live_stack: Stack, group_of_two: Group, ann: User, bo: User, cy: User) -> AsyncIterator[Talk]:
    def begin() -> list[str]:
        join_group(user_id=cy.pk, group_id=group_of_two.pk)
        live_stack.start(web=2)
        return [live_stack.token_of(user) for user in (ann, bo, cy)]

    channel = f"group:{group_of_two.pk}"
    sockets = []
    async with AsyncExitStack() as stack:
        for process, token in zip((0, 1, 0), await database(begin), strict=True):
            raw = await stack.enter_async_context(open_socket(live_stack.web[process].websocket_url))
            socket = Socket(raw)
            await socket.ask("connect", {"token": token})
            assert "subscribe" in await socket.ask("subscribe", {"channel": channel})
            sockets.append(socket)
        yield Talk(channel, *sockets)


async def test_what_is_set_for_a_group_holds_for_its_members(talk: Talk, ann: User) -> None:
    assert await talk.say(talk.bo, "one") == "sent"
    await talk.rule(slow_mode_secs=60)
    assert await talk.say(talk.bo, "two") == "slow_mode"
    assert await talk.say(talk.cy, "first-of-mine") == "sent"
    assert [await talk.say(talk.ann, text) for text in ("I", "run-it")] == ["sent", "sent"]

    await talk.rule(slow_mode_secs=0, chat=False)
    assert await talk.say(talk.bo, "three") == "chat_off"
    assert await talk.say(talk.ann, "word-of-mine") == "sent"

    await talk.rule(chat=True, held=True)
    assert await talk.say(talk.bo, "four") == "message_held"
    held = await database(HeldMessage.objects.get)
    began = time.monotonic()
    await database(decide_held, by=ann.pk, held_id=held.pk, approve=True)
    told, at = await talk.cy.event("chat.sent")
    assert (told["message"]["text"], at - began < WITHIN_SECS) == ("four", True)

    await talk.rule(held=False)
    assert await talk.say(talk.bo, "five") == "sent"


async def test_a_shadow_falls_on_what_is_said_from_then_on(talk: Talk, bo: User) -> None:
    await talk.sanction(bo, "shadow_mute")
    await asyncio.sleep(WITHIN_SECS)
    assert await talk.say(talk.bo, "psst") == "sent"
    assert await talk.say(talk.ann, "nobody-spoke") == "sent"
    [first, second] = [await talk.hears(talk.cy) for _ in range(2)]
    assert (first["text"], first["hidden"], second["text"]) == ("", True, "nobody-spoke")
    await talk.hears(talk.bo)
    assert not [push for push in talk.bo.pushes if push["pub"]["data"]["type"].startswith("sanction")]


@pytest.mark.parametrize("kind", ["kick", "ban"])
async def test_whoever_is_put_out_is_out_at_once_and_back_when_it_is_lifted(talk: Talk, bo: User, kind: str) -> None:
    began = time.monotonic()
    sanction = await talk.sanction(bo, kind)
    _, at = await talk.bo.push("unsubscribe")
    assert at - began < WITHIN_SECS
    assert (await talk.bo.ask("subscribe", {"channel": talk.channel}))["error"]["message"] == "banned"
    assert await talk.say(talk.ann, "without-Bo") == "sent"
    assert (await talk.hears(talk.cy))["text"] == "without-Bo"

    await talk.ann.rpc("mod.lift", {"sanction": sanction})
    lifted, _ = await talk.bo.event("sanction.lifted")
    assert lifted["sanction"]["id"] == sanction
    await asyncio.sleep(WITHIN_SECS)
    entered = await talk.bo.ask("subscribe", {"channel": talk.channel})
    assert [message["text"] for message in entered["subscribe"]["data"]["messages"]] == ["without-Bo"]


async def test_a_mute_takes_earlier_messages_with_it_and_nobody_below_may_give_one(
    talk: Talk, ann: User, bo: User, cy: User
) -> None:
    assert await talk.say(talk.bo, "buy") == "sent"
    for by, whom, word in ((talk.bo, cy, "forbidden"), (talk.bo, ann, "forbidden"), (talk.ann, ann, "not_oneself")):
        params = {"channel": talk.channel, "user": whom.pk, "kind": "mute", "key": "k"}
        assert await by.rpc("mod.sanction", params) == {"error": word}
    began = time.monotonic()
    given = await talk.sanction(bo, "mute", hide=True)
    # As after an answer that was lost.
    assert await talk.sanction(bo, "mute", hide=True) == given
    hidden, at = await talk.cy.event("chat.hidden")
    assert (hidden["message"]["text"], at - began < WITHIN_SECS) == ("", True)
    await talk.bo.event("sanction.added")
    await a_second_after(began)
    assert await talk.say(talk.bo, "again") == "muted"
