"""What describes the wire is written from the classes that make it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NotRequired, TypedDict, get_args

import pytest
from django.core.management import CommandError, call_command
from msgspec import Meta
from rest_framework import exceptions

from commerce.flash_sales.cards import ClaimStateName, SaleStateName
from commerce.flash_sales.models import Claim, FlashSale
from commerce.orders.cards import OrderStateName
from commerce.orders.models import Order
from live.shows.cards import ShowStateName
from live.shows.models import Show
from project import errors_http
from project.code_tables import code_tables
from project.kernel.errors import Busy, DomainError, Invalid
from project.kernel.events import Event
from project.management.commands.wire_types import CODES, SOCKET, TYPES, all_errors, all_events, generated
from project.realtime.topics import Caller, Methods, Params, Topic, method
from project.wire_types import by_channel_kind, in_use, wire_types

pytestmark = pytest.mark.once


class Bell(TypedDict):
    """A bell, as it hangs.

    What stands here is for readers of the server.
    """

    id: int
    tone: Literal["low", "high"] | None
    weight: NotRequired[float]
    marks: list[str | None]


class Tower(TypedDict):
    bells: list[Bell]
    by_name: dict[str, Bell]


class Nothing(TypedDict):
    pass


class PullParams(Params):
    bell: Annotated[int, Meta(ge=1)]
    key: Annotated[str, Meta(max_length=8, pattern="^[a-z]+$")]
    times: Annotated[int, Meta(ge=1, le=12)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BellEvent(Event):
    tower_to: int

    def channels(self) -> list[str]:
        return [f"tower:{self.tower_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(BellEvent):
    """A bell has rung."""

    type: ClassVar[str] = "bell.rung"
    durable: ClassVar[bool] = False
    bell: Bell
    loud: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cracked(BellEvent):
    type: ClassVar[str] = "bell.cracked"
    bell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Event):
    """Goes where it is told to go."""

    type: ClassVar[str] = "bell.heard"
    channel_to: str

    def channels(self) -> list[str]:
        return [self.channel_to]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged(Event):
    type: ClassVar[str] = "bell.forged"


class TowerTopic(Topic, kind="tower"):
    async def join(self, *, caller: Caller, id: int) -> Tower:
        raise NotImplementedError


class Ropes(Methods):
    @method("bell.pull")
    async def pull(self, *, caller: Caller, params: PullParams) -> Nothing:
        raise NotImplementedError


def written(
    *, events: list[type[Event]], owners: list[Methods] | None = None, errors: list[type[DomainError]] | None = None
) -> str:
    return wire_types(events=events, owners=owners or [TowerTopic()], rooms=["tower"], errors=errors or [])


def test_the_whole_script() -> None:
    text = written(events=[Rung, Cracked], owners=[TowerTopic(), Ropes()], errors=[Invalid, Busy])
    assert text == (Path(__file__).parent / "wire_types.expected.ts").read_text(encoding="utf-8")


def test_events_stand_under_the_kinds_of_channel_that_they_go_to() -> None:
    found = by_channel_kind([Rung, Heard, Forged, Cracked], rooms=["tower", "street"])
    assert found == {"tower": [Cracked, Heard, Rung], "street": [Heard]}


def test_an_event_for_a_channel_that_nobody_owns_is_refused() -> None:
    with pytest.raises(TypeError, match=r"no topic for the channels \['tower'\]"):
        wire_types(events=[Rung], owners=[Ropes()], rooms=["tower"], errors=[])


def test_what_has_no_place_on_the_wire_is_refused() -> None:
    class Loose(TypedDict):
        anything: dict[str, Any]

    class LooseTopic(Topic, kind="loose"):
        async def join(self, *, caller: Caller, id: int) -> Any:
            raise NotImplementedError

    LooseTopic.join.__annotations__["return"] = Loose
    with pytest.raises(TypeError, match=r"typing\.Any has no place on the wire"):
        written(events=[], owners=[LooseTopic()])


def test_two_cards_of_one_name_are_refused() -> None:
    class TwinTopic(Topic, kind="twin"):
        async def join(self, *, caller: Caller, id: int) -> Any:
            raise NotImplementedError

    TwinTopic.join.__annotations__["return"] = TypedDict("Tower", {"height": int})
    with pytest.raises(TypeError, match="Tower is both in"):
        written(events=[], owners=[TowerTopic(), TwinTopic()])


def test_only_what_an_app_owns_and_nothing_refines_is_in_use() -> None:
    from live.shelf import events as shelf

    assert in_use([Rung, shelf._ShelfEvent, shelf.ItemPinned, shelf.ItemChanged]) == [
        shelf.ItemPinned,
        shelf.ItemChanged,
    ]


def test_every_event_that_clients_get_has_a_word_and_a_place() -> None:
    shown = by_channel_kind(all_events(), rooms=["show"])
    assert {kind: [cls.type for cls in classes] for kind, classes in shown.items()} == {
        "desk": ["appeal.changed", "case.changed", "case.looked", "held.counted"],
        "dm": ["dm.changed"],
        "drop": ["drop.closed", "drop.counted", "drop.opened", "drop.scheduled"],
        "group": ["group.changed", "members.counted", "read.moved"],
        "sale": ["sale.closed", "sale.opened", "sale.scheduled", "stock.changed"],
        "show": [
            "chat.edited",
            "chat.hidden",
            "chat.pinned",
            "chat.previewed",
            "chat.reacted",
            "chat.recalled",
            "chat.restored",
            "chat.sent",
            "chat.typing",
            "chat.unpinned",
            "drop.closed",
            "drop.opened",
            "drop.scheduled",
            "item.changed",
            "item.pinned",
            "item.unpinned",
            "likes.counted",
            "order.paid",
            "room.changed",
            "sale.closed",
            "sale.opened",
            "sale.scheduled",
            "shelf.changed",
            "show.changed",
            "show.ended",
            "show.started",
            "stream.changed",
            "viewers.counted",
        ],
        "studio": ["stats.counted", "stream.measured"],
        "user": [
            "aftersale.changed",
            "block.added",
            "block.removed",
            "cart.changed",
            "chat.kept",
            "claim.expired",
            "claim.settled",
            "claim.won",
            "conversation.added",
            "conversation.changed",
            "conversation.removed",
            "conversation.touched",
            "coupon.granted",
            "follow.added",
            "follow.removed",
            "friend.accepted",
            "friend.declined",
            "friend.removed",
            "friend.requested",
            "friend.withdrawn",
            "mention.added",
            "mention.removed",
            "notice.added",
            "notice.read",
            "notice.removed",
            "order.changed",
            "order.paid",
            "read.told",
            "restriction.changed",
            "sanction.added",
            "sanction.changed",
            "sanction.lifted",
            "shipment.changed",
            "standing.counted",
            "top_up.changed",
            "typing.told",
            "wallet.changed",
        ],
    }


@pytest.mark.parametrize(
    ("words", "states"),
    [
        (SaleStateName, FlashSale.State),
        (ClaimStateName, Claim.State),
        (OrderStateName, Order.State),
        (ShowStateName, Show.State),
    ],
)
def test_states_on_the_wire_are_those_of_the_models(words: Any, states: Any) -> None:
    assert list(get_args(words)) == states.values


def test_the_page_of_codes_says_what_each_refusal_means() -> None:
    page = code_tables([Busy, Invalid])
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `invalid` | 400 | 400 |  "
        '| The input has a bad form. `fields` names what is wrong: `{"title": ["required"]}`. |',
        "| `busy` | 503 | 503 | yes "
        "| The server has more of this work than it can take. Nothing was done; try again in a moment. |",
    ]
    assert "| 3501 | bad request |  |" in page
    assert "| 3012 | no pong | yes |" in page
    assert "| 2500 | insufficient state | yes |" in page


def test_every_refusal_of_the_house_has_a_meaning() -> None:
    page = code_tables(all_errors())
    assert [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (exceptions.Throttled(), "too_many_requests"),
        (exceptions.MethodNotAllowed("PUT"), "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/plain"), "unsupported_media_type"),
    ],
)
def test_words_of_http_alone_have_the_status_that_the_page_says(error: Exception, word: str) -> None:
    response = errors_http.handle(error, {})
    assert response is not None
    assert (response.data, response.status_code) == ({"error": {"code": word}}, errors_http.HTTP_ONLY[word])


def test_what_is_committed_is_fresh() -> None:
    call_command("wire_types", check=True)


def test_a_stale_file_is_told_and_left_alone(tmp_path: Path) -> None:
    call_command("wire_types", root=tmp_path, stdout=StringIO())
    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in (TYPES, SOCKET, CODES)} == generated()
    (tmp_path / TYPES).write_text("old", encoding="utf-8")
    with pytest.raises(CommandError, match=rf"Stale: {TYPES}\. Run `make types`\."):
        call_command("wire_types", root=tmp_path, check=True)
    assert (tmp_path / TYPES).read_text(encoding="utf-8") == "old"


def test_only_what_is_stale_is_written(tmp_path: Path) -> None:
    call_command("wire_types", root=tmp_path, stdout=StringIO())
    (tmp_path / CODES).unlink()
    said = StringIO()
    call_command("wire_types", root=tmp_path, stdout=said)
    assert said.getvalue() == f"Wrote {CODES}.\n"
    call_command("wire_types", root=tmp_path, check=True)
