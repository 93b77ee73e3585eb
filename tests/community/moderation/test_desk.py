"""`desk:0`: what was looked up plus events equals what is looked up afresh, for each event, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from community.accounts.models import User
from community.moderation.models import HeldMessage, Sanction
from community.moderation.selectors.cases import appeal_cards, appeals, case_cards, desk_snapshot, queue
from community.moderation.services.appeals import appeal, decide_appeal, undo_appeal
from community.moderation.services.decisions import Verdict, decide, undo
from community.moderation.services.reports import report
from community.moderation.services.rooms import decide_held, set_room
from community.moderation.services.rules import make_rule
from live.shows.models import Show
from tests.community.moderation.conftest import say, try_to_say
from tests.support.announced import Announced

pytestmark = pytest.mark.django_db

Step = Callable[[], object]

ON_THE_DESK = {"appeal.changed", "case.changed", "held.counted"}
# It is so for half a minute.
PASSING = {"case.looked"}


def fresh() -> dict[str, Any]:
    """What a desk has fetched: the queue, the appeals, and from the snapshot how many messages wait."""
    snapshot = desk_snapshot()
    found = {
        "cases": {case["id"]: case for case in case_cards(queue())},
        "appeals": {one["id"]: one for one in appeal_cards(appeals("open"))},
        "held": (snapshot["held_version"], snapshot["held"]),
    }
    assert (len(found["cases"]), len(found["appeals"])) == (snapshot["open_cases"], snapshot["open_appeals"])
    return deepcopy(found)


def replay(before: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    kept = deepcopy(before)
    for event in events:
        match event["type"]:
            case "case.changed":
                _keep(kept["cases"], event["case"])
            case "appeal.changed":
                _keep(kept["appeals"], event["appeal"])
            case "held.counted":
                kept["held"] = max(kept["held"], (event["version"], event["count"]))
            case unknown if unknown not in PASSING:
                raise AssertionError(f"no desk knows {unknown}")
    for part in ("cases", "appeals"):
        kept[part] = {id: card for id, card in kept[part].items() if card["state"] == "open"}
    return kept


def _keep(kept: dict[int, dict[str, Any]], card: dict[str, Any]) -> None:
    if card["id"] not in kept or card["version"] >= kept[card["id"]]["version"]:
        kept[card["id"]] = card


@pytest.fixture
def steps(show: Show, host: User, ann: User, bo: User, cy: User, mod: User, other_mod: User) -> list[tuple[str, Step]]:
    room = f"show:{show.pk}"
    targets = [f"message:{say(room, ann, f'buy {n}')['id']}" for n in range(3)]
    cases: dict[int, int] = {}

    def tell(by: User, n: int) -> None:
        cases[n] = report(reporter_id=by.pk, target=targets[n], reason="spam").pk

    def ask(kind: str) -> None:
        appeal(user_id=ann.pk, sanction_id=Sanction.objects.get(kind=kind).pk, text="It was a joke.")

    def answer(kind: str, *, overturn: bool) -> None:
        found = Sanction.objects.get(kind=kind).appeal
        decide_appeal(by=other_mod.pk, appeal_id=found.pk, overturn=overturn)

    def take_back(kind: str) -> None:
        undo_appeal(by=other_mod.pk, appeal_id=Sanction.objects.get(kind=kind).appeal.pk)

    def held(*, approve: bool) -> None:
        first = HeldMessage.objects.filter(state="waiting").order_by("pk")[0]
        decide_held(by=mod.pk, held_id=first.pk, approve=approve)

    def flagging() -> None:
        make_rule(by=mod.pk, scope="site", kind="keyword", params={"words": ["cheap"]}, action="flag", title="cheap")

    return [
        ("a report", lambda: tell(bo, 0)),
        ("another of the same", lambda: tell(cy, 0)),
        ("others", lambda: (tell(bo, 1), tell(bo, 2))),
        ("enough to hide it", lambda: tell(mod, 0)),
        ("it is kept", lambda: decide(by=mod.pk, case_id=cases[0], verdict=Verdict("keep"))),
        ("it is open again", lambda: undo(by=mod.pk, case_id=cases[0])),
        ("a warning", lambda: decide(by=mod.pk, case_id=cases[0], verdict=Verdict("warn"))),
        ("a mute", lambda: decide(by=mod.pk, case_id=cases[1], verdict=Verdict("mute", secs=600))),
        ("an appeal", lambda: ask("mute")),
        ("another", lambda: ask("warning")),
        ("it is overturned", lambda: answer("mute", overturn=True)),
        ("that is taken back", lambda: take_back("mute")),
        ("and it is overturned again", lambda: answer("mute", overturn=True)),
        ("it is upheld", lambda: answer("warning", overturn=False)),
        ("a room is watched", lambda: set_room(by=host.pk, channel=room, held=True)),
        ("two messages wait", lambda: [try_to_say(room, one, "hello") for one in (ann, bo)]),
        ("one is let in", lambda: held(approve=True)),
        ("one is not", lambda: held(approve=False)),
        ("nothing waits any more", lambda: set_room(by=host.pk, channel=room, held=False)),
        ("a rule", flagging),
        ("it finds something", lambda: say(room, cy, "cheap tea")),
    ]


QUIET = {"a room is watched", "nothing waits any more", "a rule"}


def test_every_step_can_be_replayed(steps: list[tuple[str, Step]], published: Announced) -> None:
    types = set()
    for name, step in steps:
        before = fresh()
        published.clear()
        step()
        events: Any = published.wires("desk:0")
        after = fresh()
        assert bool(events) == (name not in QUIET), name
        assert replay(before, events) == after, name
        # Looked up between COMMIT and publish, it has it already.
        assert replay(after, events) == after, name
        types |= {event["type"] for event in events}
    assert types == ON_THE_DESK


@pytest.mark.parametrize("seed", range(10))
def test_events_may_come_in_any_order_to_a_desk_of_any_moment(
    steps: list[tuple[str, Step]], published: Announced, seed: int
) -> None:
    moments = []
    for name, step in steps:
        moments.append((name, fresh()))
        step()
        # What waits is counted after the commit.
        assert list(published)
    events: Any = published.wires("desk:0")
    Random(seed).shuffle(events)
    for name, before in moments:
        assert replay(before, events) == fresh(), name
