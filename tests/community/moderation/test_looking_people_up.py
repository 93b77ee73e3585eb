"""What the desk shows of somebody without a case: sanctions by filters, reports by and against, and finding them."""

from __future__ import annotations

from typing import Any

import pytest

from chat.conversations.services import create_group, dissolve
from community.moderation.models import Sanction
from community.moderation.services import audit
from community.moderation.services.decisions import Verdict, decide
from community.moderation.services.reports import report
from community.moderation.services.rooms import set_room
from community.moderation.services.sanctions import add_sanction, lift_sanction
from tests.community.moderation.conftest import OLD, say
from tests.community.moderation.test_api import client_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(show, ann, bo, mod) -> dict[str, int]:
    room = f"show:{show.pk}"
    made = {
        "mute": add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="mute", reason="spam", secs=600),
        "ban": add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="ban", reason="fraud"),
        "run out": add_sanction(by=mod.pk, user_id=ann.pk, scope="site", kind="warning", reason="abuse"),
        "lifted": add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="shadow_mute", reason="spam"),
    }
    lift_sanction(by=mod.pk, sanction_id=made["lifted"].pk, why="A misunderstanding")
    Sanction.objects.filter(pk=made["run out"].pk).update(starts_at=OLD, expires_at="2020-01-02T00:00:00Z")
    return {name: one.pk for name, one in made.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["ban", "mute"]),
        ("state=current", ["ban", "mute"]),
        ("state=past", ["lifted", "run out"]),
        ("state=any", ["lifted", "run out", "ban", "mute"]),
        ("state=any&user={ann}", ["lifted", "run out", "mute"]),
        ("state=any&kind=shadow_mute", ["lifted"]),
        ("state=any&place=site", ["run out", "ban"]),
        ("state=any&place=show&user={bo}", []),
        ("state=any&scope=show:{show}", ["lifted", "mute"]),
        ("state=any&before={ban}", ["mute"]),
    ],
)
def test_sanctions_by_filters(held, show, ann, bo, other_mod, query, expected) -> None:
    path = "/api/moderation/sanctions/?" + query.format(ann=ann.pk, bo=bo.pk, show=show.pk, ban=held["ban"])
    found = client_of(other_mod).get(path).json()
    assert [one["id"] for one in found] == [held[name] for name in expected]


def test_what_was_lifted_says_by_whom_and_why(held, mod, other_mod) -> None:
    found = {one["id"]: one for one in client_of(other_mod).get("/api/moderation/sanctions/?state=past").json()}
    lifted, run_out = found[held["lifted"]], found[held["run out"]]
    assert (lifted["lifted_by"]["id"], lifted["lifted_why"]) == (mod.pk, "A misunderstanding")
    assert (run_out["lifted_at"], run_out["lifted_by"], run_out["lifted_why"]) == (None, None, "")


def test_reports_by_and_against_somebody(show, ann, bo, cy, mod) -> None:
    client = client_of(mod)
    lines = [say(f"show:{show.pk}", ann, text)["id"] for text in ("buy", "buy more", "hello")]
    cases = [report(reporter_id=bo.pk, target=f"message:{id}", reason="spam", note="again") for id in lines]
    report(reporter_id=cy.pk, target=f"message:{lines[0]}", reason="fraud")
    for case, action in zip(cases, ("remove", "keep"), strict=False):
        decide(by=mod.pk, case_id=case.pk, verdict=Verdict(action))

    def made_by(user, query: str = "") -> list[Any]:
        found = client.get(f"/api/moderation/people/{user.pk}/reports/{query}").json()
        return [(one["case"]["id"], one["reason"], one["upheld"]) for one in found]

    expected = [(cases[2].pk, "spam", None), (cases[1].pk, "spam", False), (cases[0].pk, "spam", True)]
    assert made_by(bo) == expected
    oldest = client.get(f"/api/moderation/people/{bo.pk}/reports/").json()[-2]["id"]
    assert made_by(bo, f"?before={oldest}") == expected[2:]
    assert made_by(cy) == [(cases[0].pk, "fraud", True)]
    assert made_by(ann) == []
    against = client.get(f"/api/moderation/cases/?subject={ann.pk}&state=any&order=latest").json()
    assert against["total"] == 3
    assert {one["state"] for one in against["results"]} == {"open", "decided"}


def test_people_are_found_by_name_and_number(ann, bo, mod) -> None:
    closed = make_user(display_name="Annika", is_active=False)

    def found(text: str) -> list[int]:
        return [one["id"] for one in client_of(mod).get("/api/moderation/people/", {"q": text}).json()]

    assert found("ann") == [ann.pk, closed.pk]
    assert found(str(bo.pk)) == [bo.pk]
    assert found("nobody at all") == []
    assert client_of(mod).get("/api/moderation/people/").json() == []
    for bad in ("", "x" * 81, "a\x00"):
        assert client_of(mod).get("/api/moderation/people/", {"q": bad}).status_code == 400


def test_a_shadow_is_given_for_a_case_and_taken_back_with_it(show, ann, bo, mod) -> None:
    case = report(reporter_id=bo.pk, target=f"message:{say(f'show:{show.pk}', ann, 'buy')['id']}", reason="spam")
    client = client_of(mod)
    decided = client.post(f"/api/moderation/cases/{case.pk}/decide/", {"action": "shadow", "secs": 600}).json()
    assert decided["case"]["decision"] == "shadow"
    assert [one["kind"] for one in decided["record"]["active"]] == ["shadow_mute"]
    assert client_of(ann).get("/api/moderation/me/").json()["sanctions"] == []
    undone = client.post(f"/api/moderation/cases/{case.pk}/undo/").json()
    assert (undone["case"]["state"], undone["record"]["active"]) == ("open", [])


def test_the_log_by_filters_and_pages(show, group, ann, bo, mod, other_mod) -> None:
    room = f"show:{show.pk}"
    case = report(reporter_id=bo.pk, target=f"message:{say(room, ann, 'buy')['id']}", reason="spam")
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("mute", secs=60))
    lift_sanction(by=other_mod.pk, sanction_id=Sanction.objects.get().pk, why="Enough")
    set_room(by=other_mod.pk, channel=f"group:{group.pk}", held=True)
    add_sanction(by=mod.pk, user_id=bo.pk, scope="site", kind="warning", reason="abuse")

    def log(**filters: Any) -> list[str]:
        return [row["action"] for row in client_of(mod).get("/api/moderation/audit/", filters).json()]

    everything = ["sanction.warning", "room.set", "sanction.lift", "case.mute", "sanction.mute"]
    assert log() == everything
    assert log(action="sanction.lift") == ["sanction.lift"]
    assert log(actor=other_mod.pk) == ["room.set", "sanction.lift"]
    assert log(person=ann.pk) == ["sanction.lift", "case.mute", "sanction.mute"]
    assert log(place=room) == ["sanction.lift", "case.mute", "sanction.mute"]
    assert log(place=f"group:{group.pk}") == ["room.set"]
    assert log(place="site", actor=mod.pk) == ["sanction.warning"]
    assert log(place="show:999999") == []
    number = client_of(mod).get("/api/moderation/audit/").json()[1]["number"]
    assert log(before=number) == everything[2:]


def test_the_log_says_who_and_where(show, group, ann, bo, mod) -> None:
    room, said = f"show:{show.pk}", say(f"show:{show.pk}", ann, "buy")
    case = report(reporter_id=bo.pk, target=f"message:{said['id']}", reason="spam")
    decide(by=mod.pk, case_id=case.pk, verdict=Verdict("mute", secs=60))
    report(reporter_id=bo.pk, target=f"group:{group.pk}", reason="spam")
    set_room(by=mod.pk, channel=f"group:{group.pk}", held=True)
    add_sanction(by=None, user_id=bo.pk, scope="site", kind="warning", reason="abuse")
    audit.record(actor_id=999_999, action="sanction.lift", target="user:999998")
    rows = client_of(mod).get("/api/moderation/audit/").json()
    names = [[one and one["display_name"] for one in (row["actor"], row["person"])] for row in rows]
    assert names == [[None, None], [None, "Bo"], ["Mod", None], ["Mod", "Ann"], ["Mod", "Ann"]]
    assert [row["target"] for row in rows[:2]] == ["user:999998", f"user:{bo.pk}"]
    there = [("", ""), ("site", ""), (f"group:{group.pk}", "Tea friends"), (room, "Evening tea"), (room, "Evening tea")]
    assert [(row["scope"], row["place"]) for row in rows] == there


def test_rooms_and_groups_are_found_by_name_or_number(show, group, ann, mod) -> None:
    closed = create_group(founder_id=ann.pk, title="Old tea")
    dissolve(dissolved_by=ann.pk, group_id=closed.pk)
    path = "/api/moderation/places/"

    def named(q: str) -> list[tuple[str, str]]:
        return [(one["scope"], one["place"]) for one in client_of(mod).get(path, {"q": q}).json()]

    room, friends = (f"show:{show.pk}", "Evening tea"), (f"group:{group.pk}", "Tea friends")
    assert sorted(named("TEA")) == sorted([room, friends])
    assert named("friends") == [friends]
    assert room in named(str(show.pk))
    assert named("nothing") == named("9" * 18) == []
    assert client_of(ann).get(path, {"q": "tea"}).status_code == 403
    for q in ("", "x" * 81, "a\x00"):
        assert client_of(mod).get(path, {"q": q}).status_code == 400
