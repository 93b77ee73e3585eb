"""Each event of each channel is replayed over a snapshot by some test, or is told here why it need not be."""

from __future__ import annotations

import json

import pytest

from project.management.commands.wire_types import SOCKET, generated
from tests.chat.channels.test_replay import IN_DIRECT_CHATS, IN_GROUPS
from tests.commerce.promotions.test_drop_replay import ABOUT_A_DROP, ABOUT_A_GRANT
from tests.community.moderation.test_desk import ON_THE_DESK
from tests.community.moderation.test_restrictions import ABOUT_MEMBERS
from tests.community.social.people import EVENTS as ABOUT_PEOPLE
from tests.live.activities.flash_sale.test_groups import ABOUT_A_SALE
from tests.live.room.test_personal_replay import ABOUT_ONESELF
from tests.live.room.test_replay import IN_ROOMS

REPLAYED = {
    "desk": ON_THE_DESK,
    "dm": IN_DIRECT_CHATS,
    "drop": ABOUT_A_DROP,
    "group": IN_GROUPS,
    "sale": ABOUT_A_SALE,
    "show": IN_ROOMS,
    "studio": set(),
    "user": ABOUT_ONESELF
    | ABOUT_PEOPLE
    | ABOUT_A_GRANT
    | ABOUT_MEMBERS
    | {"conversation.added", "conversation.changed"},
}

PASSES = "it is shown for a moment, and kept by nobody"
NEXT = "it is not kept, and the next one replaces it"
BESIDE = "no part of the snapshot: whoever shows what it tells of looks that up, and does so again"
NOT_THERE = "its channel is where it was launched, and nothing is launched in a direct chat"
CARD = "the snapshot has the message with its card, whose own channel has the state"
ROOMS_ONLY = "nobody runs a direct chat"
IN_THE_GROUP = "the snapshot of the group has it, and the next receipt replaces it"
IN_THE_CHAT = "the snapshot of the chat or room has it, over which it is replayed"
NO_LINKS = "links are looked at in groups and direct chats alone"

NEED_NOT: dict[str, dict[str, str]] = {
    "desk": {"case.looked": PASSES},
    "dm": {
        "chat.typing": PASSES,
        "room.changed": ROOMS_ONLY,
        **dict.fromkeys(("drop.closed", "drop.opened", "drop.scheduled"), NOT_THERE),
        **dict.fromkeys(("sale.closed", "sale.opened", "sale.scheduled"), NOT_THERE),
    },
    "group": {
        "chat.typing": PASSES,
        **dict.fromkeys(("drop.closed", "drop.opened", "drop.scheduled"), CARD),
        **dict.fromkeys(("sale.closed", "sale.opened", "sale.scheduled"), CARD),
    },
    "show": {"chat.previewed": NO_LINKS, "chat.typing": PASSES, "order.paid": PASSES, "viewers.counted": NEXT},
    "studio": {"stats.counted": NEXT, "stream.measured": NEXT},
    "user": {
        "chat.kept": IN_THE_CHAT,
        "read.told": IN_THE_GROUP,
        "typing.told": PASSES,
        **dict.fromkeys(
            (
                "aftersale.changed",
                "conversation.removed",
                "conversation.touched",
                "mention.added",
                "mention.removed",
                "shipment.changed",
                "top_up.changed",
                "wallet.changed",
            ),
            BESIDE,
        ),
    },
}


def events_of(kind: str) -> set[str]:
    """By the AsyncAPI document, which is made of the classes."""
    messages = json.loads(generated()[SOCKET])["channels"][kind]["messages"]
    return {name for name, message in messages.items() if "x-delivery" in message}


def test_every_channel_is_known() -> None:
    document = json.loads(generated()[SOCKET])
    assert set(document["channels"]) - {"rpc"} == set(REPLAYED)


@pytest.mark.parametrize("kind", sorted(REPLAYED))
def test_every_event_is_replayed(kind: str) -> None:
    told = NEED_NOT.get(kind, {})
    missing = events_of(kind) - REPLAYED[kind] - set(told)
    assert not missing, f"replay {sorted(missing)} over the snapshot of {kind}:<id>"


@pytest.mark.parametrize("kind", sorted(REPLAYED))
def test_nothing_is_told_of_what_is_not_there(kind: str) -> None:
    told = set(NEED_NOT.get(kind, {}))
    assert told <= events_of(kind)
    assert not told & REPLAYED[kind]
