"""Who gets to see and do what over HTTP: nobody what is not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from community.moderation.errors import MessageHeld
from community.moderation.models import Appeal, AuditRow, Case, HeldMessage, Rule, Sanction
from community.moderation.services.appeals import appeal
from community.moderation.services.reports import report
from community.moderation.services.rooms import decide_held, set_room
from community.moderation.services.rules import make_rule
from community.moderation.services.sanctions import add_sanction
from tests.community.moderation.conftest import say, try_to_say
from tests.support.factories import make_host, make_show

pytestmark = pytest.mark.django_db


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def things(show, ann, bo, mod) -> dict[str, int]:
    room = f"show:{show.pk}"
    case = report(reporter_id=bo.pk, target=f"message:{say(room, ann, 'buy')['id']}", reason="spam")
    sanction = add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="mute", reason="spam", secs=600)
    given = appeal(user_id=ann.pk, sanction_id=sanction.pk, text="No.")
    set_room(by=mod.pk, channel=room, held=True)
    assert isinstance(try_to_say(room, bo, "wait"), MessageHeld)
    set_room(by=mod.pk, channel=room, held=False)
    held = HeldMessage.objects.get()
    decide_held(by=mod.pk, held_id=held.pk, approve=False)
    rule = make_rule(by=mod.pk, scope="site", title="W", kind="keyword", params={"words": ["x"]}, action="flag")
    return {
        "case": case.pk,
        "held": held.pk,
        "sanction": sanction.pk,
        "appeal": given.pk,
        "rule": rule.pk,
        "show": show.pk,
        "user": ann.pk,
    }


def test_whoever_runs_a_group_finds_there_what_others_are_held_to_not_oneself(group, ann, bo, mod) -> None:
    """What one is told oneself says neither by whom nor why among moderators, and nothing of a shadow."""
    place = f"group:{group.pk}"
    for kind in ("warning", "shadow_mute"):
        add_sanction(by=mod.pk, user_id=ann.pk, scope=place, kind=kind, reason="spam", note="between us")
    other = add_sanction(by=ann.pk, user_id=bo.pk, scope=place, kind="mute", reason="spam", secs=60)
    for who, count in ((ann, 1), (mod, 3)):
        found = client_of(who).get("/api/moderation/sanctions/", {"scope": place}).json()
        assert (found[0]["id"], len(found)) == (other.pk, count)


DOORS = [
    ("get", "cases/", None),
    ("get", "cases/{case}/", None),
    ("post", "cases/{case}/decide/", {"action": "keep"}),
    ("post", "cases/{case}/undo/", None),
    ("post", "cases/decide/", {"cases": [1], "action": "keep"}),
    ("get", "sanctions/", None),
    ("post", "sanctions/", {"user": 1, "scope": "site", "kind": "mute", "reason": "spam", "secs": 60}),
    ("post", "sanctions/{sanction}/lift/", {}),
    ("get", "people/", {"q": "A"}),
    ("get", "people/{user}/", None),
    ("get", "people/{user}/reports/", None),
    ("get", "appeals/", None),
    ("post", "appeals/{appeal}/decide/", {"overturn": True}),
    ("get", "audit/", None),
    ("get", "rooms/show:{show}/", None),
    ("patch", "rooms/show:{show}/", {"chat": False}),
    ("get", "held/", None),
    ("post", "held/{held}/undo/", None),
    ("get", "rules/", None),
    ("post", "rules/", {"scope": "site", "title": "t", "kind": "flood", "action": "flag"}),
    ("post", "rules/try/", {"scope": "site", "title": "t", "kind": "flood", "action": "flag"}),
    ("get", "rules/{rule}/", None),
    ("patch", "rules/{rule}/", {"enabled": False}),
    ("delete", "rules/{rule}/", None),
    ("get", "metrics/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_the_desk_is_closed_to_everybody_else(things, ann, cy, method, path, body) -> None:
    before = [list(model.objects.values()) for model in (Case, Sanction, Appeal, HeldMessage, Rule, AuditRow)]
    url = f"/api/moderation/{path.format(**things)}"
    for who, statuses in ((None, {401, 403}), (cy, {403, 404}), (ann, {403, 404})):
        answer = getattr(client_of(who), method)(url, body, format="json", headers={"Idempotency-Key": "k"})
        assert answer.status_code in statuses, (who, answer.status_code, answer.content)
    assert [list(model.objects.values()) for model in (Case, Sanction, Appeal, HeldMessage, Rule, AuditRow)] == before


def test_a_moderator_finds_it_open(things, other_mod) -> None:
    client = client_of(other_mod)
    for method, path, body in DOORS:
        if method == "get":
            answer = client.get(f"/api/moderation/{path.format(**things)}", body)
            assert answer.status_code == 200, (path, answer.content)
    queue = client.get("/api/moderation/cases/?reason=spam&place=show&source=reports&kind=message&order=age").json()
    assert (queue["total"], queue["results"][0]["copy"]["text"]) == (1, "buy")
    assert client.get("/api/moderation/cases/?reason=hate").json()["total"] == 0
    assert client.get("/api/moderation/cases/?order=nonsense").status_code == 400
    decided = client.post(f"/api/moderation/cases/{things['case']}/decide/", {"action": "remove"}).json()
    assert (decided["case"]["decision"], decided["case"]["hidden"]) == ("remove", True)
    again = client.post(f"/api/moderation/cases/{things['case']}/decide/", {"action": "keep"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_decided")
    overturned = client.post(f"/api/moderation/appeals/{things['appeal']}/decide/", {"overturn": True}).json()
    assert overturned["state"] == "overturned"
    days = client.get("/api/moderation/metrics/?days=2").json()["days"]
    assert {name: days[-1][name] for name in ("reports", "cases", "appeals", "overturned")} == {
        "reports": 1,
        "cases": 1,
        "appeals": 1,
        "overturned": 1,
    }


def test_a_host_has_the_desk_of_the_room_alone(things, host) -> None:
    client, scope = client_of(host), f"show:{things['show']}"
    assert client.get("/api/moderation/cases/").status_code == 403
    assert client.get(f"/api/moderation/cases/?scope={scope}").json()["total"] == 1
    assert client.get("/api/moderation/cases/?scope=site").status_code == 403
    assert client.patch(f"/api/moderation/rooms/{scope}/", {"slow_mode_secs": 5}).json()["slow_mode_secs"] == 5
    assert client.post(f"/api/moderation/cases/{things['case']}/decide/", {"action": "keep"}).status_code == 200


def test_a_host_learns_nothing_of_other_places(things, host, mod, other_mod, ann) -> None:
    elsewhere = make_show(host=make_host(), title="A secret")
    room = f"show:{elsewhere.pk}"
    report(reporter_id=mod.pk, target=f"message:{say(room, ann, 'sell')['id']}", reason="spam")
    add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="ban", reason="fraud", note="confidential")
    path = f"/api/moderation/cases/{things['case']}/"

    def record(reader) -> dict[str, Any]:
        found = client_of(reader).get(path).json()["record"]
        active = [(one["scope"], one["kind"]) for one in found["active"]]
        return {**{name: found[name] for name in ("mutes", "bans", "reported", "proposed")}, "active": active}

    muted = (f"show:{things['show']}", "mute")
    assert record(host) == {"mutes": 1, "bans": 0, "reported": 1, "proposed": "mute", "active": [muted]}
    assert record(other_mod) == {
        "mutes": 1,
        "bans": 1,
        "reported": 2,
        "proposed": "ban",
        "active": [(room, "ban"), muted],
    }
    assert "confidential" not in client_of(host).get(path).content.decode()


def test_one_sees_what_one_is_held_to_and_nothing_else(things, ann, bo, mod) -> None:
    own = client_of(ann).get("/api/moderation/me/").json()
    assert [(one["kind"], one["appeal"], one["may_appeal"]) for one in own["sanctions"]] == [("mute", "open", False)]
    assert not {"note", "by", "user"} & set(own["sanctions"][0])
    assert client_of(bo).get("/api/moderation/me/").json() == {"sanctions": [], "moderates": False}
    assert client_of(mod).get("/api/moderation/me/").json()["moderates"] is True
    answer = client_of(bo).post(f"/api/moderation/sanctions/{things['sanction']}/appeal/", {"text": "mine?"})
    assert answer.status_code == 404
    for body in ({"target": "message:1"}, {"target": "x", "reason": "spam"}, {"reason": "spam"}):
        assert client_of(bo).post("/api/moderation/reports/", body).status_code in (400, 404)


def test_a_rule_names_whom_it_lets_be_and_the_dry_run_lets_them_be(show, ann, bo, other_mod) -> None:
    for author in (ann, bo):
        say(f"show:{show.pk}", author, "buy tea")
    client = client_of(other_mod)
    rule = {"scope": "site", "title": "W", "kind": "keyword", "params": {"words": ["buy"]}, "action": "mute"}
    exempt = {"exempt_users": [bo.pk, 2**53], "exempt_older_than_days": 3650, "mute_secs": 60}

    def matched(**fields: Any) -> list[int]:
        found = client.post("/api/moderation/rules/try/", {**rule, **fields}, format="json").json()
        return [one["author"]["id"] for one in found["examples"]]

    assert sorted(matched()) == [ann.pk, bo.pk]
    assert matched(**exempt) == [ann.pk]
    assert matched(exempt_older_than_days=1) == []
    client.post("/api/moderation/rules/", {**rule, **exempt}, format="json")
    made = client.get("/api/moderation/rules/").json()[-1]
    assert {name: made[name] for name in exempt} == exempt
    assert [one["display_name"] for one in made["exempt"]] == ["Bo"]
