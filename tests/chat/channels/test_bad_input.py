"""Bad input to every method of chat: a clear refusal each time, and nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from chat.channels.topic import ConversationMethods
from chat.conversations.services import create_group, join_group, leave_group, open_direct
from chat.messages import rooms
from chat.messages.services import Draft, commit_messages
from chat.messages.topic import ChatMethods
from community.accounts.models import User
from community.social import services as social
from project.kernel.database import database

HUGE = "x" * 8000
NO_TEXT = [None, 7, True, {}, ["hi"], "", " \u200b\n", HUGE, HUGE * 2]
NO_CHANNEL = [
    None, 7, {}, "", ":", "group", "group:", "group:x", "group:01", "group:-1", "group:1.5", "group:\u0661",
    "group:999999", "dm:999999", "show:999999", "drop:1", "user:1", "nothing:1",
    "group:" + "9" * 18, "group:" + "9" * 60,
]  # fmt: skip
NO_SEQ = [None, "1", 1.5, True, {}, -1, 0, 99, 2**53, 2**53 + 1, 2**70]
NO_KEY = [None, 7, "", " ", "a b", "ключ", "x" * 65]
NO_MENTIONS = [
    7, {}, "Bo", [7], [{}], [{"user": "1", "start": 0, "length": 2}], [{"user": 1, "start": -1, "length": 2}],
    [{"user": 1, "start": 0, "length": 2**60}], [{"user": 2**70, "start": 0, "length": 2}],
    [{"user": 1, "start": 0, "length": 2}] * 51, [{"user": None, "start": 0, "length": 2}],
]  # fmt: skip
MESSAGE = {"seq": NO_SEQ}
REACTION = {"seq": NO_SEQ, "emoji": [None, 7, "", "x", "👍👍", "🐍", HUGE]}
# By method: what is good, and by name of a parameter what is not.
METHODS: dict[str, tuple[dict[str, Any], dict[str, list[Any]]]] = {
    "chat.send": (
        {"text": "hi", "key": "k"},
        {
            "text": NO_TEXT,
            "key": NO_KEY,
            "reply_to": ["1", -1, 0, 99, 2**53 + 1],
            "mentions": NO_MENTIONS,
            "upload": [7, "x" * 33, "nothing"],
            "card": [
                7,
                "product",
                "product:",
                "product:999999",
                "order:1",
                "nothing:1",
                "x" * 65,
                "product:" + "9" * 40,
            ],
        },
    ),
    "chat.edit": ({"seq": 1, "text": "anew"}, {"seq": NO_SEQ, "text": NO_TEXT, "mentions": NO_MENTIONS}),
    "chat.recall": ({"seq": 1}, MESSAGE),
    "chat.react": ({"seq": 1, "emoji": "👍"}, REACTION),
    "chat.unreact": ({"seq": 1, "emoji": "👍"}, REACTION),
    "chat.pin": ({"seq": 1}, MESSAGE),
    "chat.unpin": ({"seq": 1}, MESSAGE),
    "chat.typing": ({}, {}),
    "conversation.read": ({"seq": 1}, {"seq": [None, "1", 1.5, True, {}, -1, 2**53 + 1, 2**70]}),
}
# Words that say what is wrong; "internal" is none of them.
SAYS = {
    "bad request", "not_found", "forbidden", "text_empty", "text_too_long", "mention_misplaced", "mention_all_refused",
    "attachment_unknown", "message_gone",
}  # fmt: skip


def state() -> list[Any]:
    kinds = [model for app in apps.get_app_configs() if app.name.startswith("chat.") for model in app.get_models()]
    return [row for kind in kinds for row in kind.objects.order_by("pk").values_list()]


def bad_calls(channel: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for method, (good, bad) in METHODS.items():
        params = {"channel": channel, **good}
        yield from ((method, {**params, name: value}) for name, values in bad.items() for value in values)
        yield from ((method, {**params, "channel": value}) for value in NO_CHANNEL)
        yield from ((method, {name: value for name, value in params.items() if name != gone}) for gone in params)


def set_up(ann: User, bo: User, cy: User) -> tuple[str, str, str]:
    """A group of Ann's and Bo's where Ann has said something, one that Bo has left, and a direct chat of others."""
    for name in ("Tea", "Coffee"):
        group = create_group(founder_id=ann.pk, title=name)
        join_group(user_id=bo.pk, group_id=group.pk)
        say(f"group:{group.pk}", ann)
    say(f"group:{group.pk}", bo)
    leave_group(user_id=bo.pk, group_id=group.pk)
    social.follow(user_id=cy.pk, other_id=ann.pk)
    direct = open_direct(opened_by=ann.pk, user_id=cy.pk)
    say(f"dm:{direct.pk}", ann)
    return f"group:{group.pk - 1}", f"group:{group.pk}", f"dm:{direct.pk}"


def say(channel: str, author: User) -> None:
    room = rooms.load_room(channel)
    with transaction.atomic():
        commit_messages([Draft(channel, room.conversation_id, author.pk, None, "hello", "hello", room.keeper)])


def test_every_method_is_tried() -> None:
    assert METHODS.keys() == {*ChatMethods.methods, *ConversationMethods.methods}


@pytest.mark.django_db(transaction=True)
async def test_what_is_wrong_is_refused_and_changes_nothing(ann, bo, cy, connect, settings) -> None:
    settings.COMMANDS_PER_SEC = 10**6
    here, left, others = await database(set_up, ann, bo, cy)
    before = await database(state)
    one, guest = await connect(bo), await connect()
    answers = []
    for method, params in bad_calls(here):
        answers.append((method, params, await one.call(method, params)))
    for method, (good, _) in METHODS.items():
        for channel in (left, others):
            # One's own words, where one is no more, too.
            for seq in {good.get("seq", 1), 2}:
                params = {"channel": channel, **good, **({"seq": seq} if "seq" in good else {})}
                answer = await one.call(method, params)
                assert answer == {"error": "not_found"}, (method, channel)
        assert await guest.call(method, {"channel": here, **good}) == {"error": "login_required"}, method
    unclear = [(method, params, answer) for method, params, answer in answers if answer.get("error") not in SAYS]
    assert unclear == []
    assert await database(state) == before
