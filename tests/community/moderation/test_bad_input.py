"""Nonsense at every door of moderation: a clear refusal, and nothing has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from community.moderation.errors import RuleInvalid
from community.moderation.models import Appeal, Report
from community.moderation.services.appeals import appeal, decide_appeal
from community.moderation.services.reports import report
from community.moderation.services.rules import make_rule
from community.moderation.services.sanctions import add_sanction, lift_sanction
from project.kernel.database import database
from project.kernel.errors import Invalid
from tests.community.moderation.conftest import say
from tests.community.moderation.test_api import client_of
from tests.support.clients import clients

NONSENSE: list[Any] = [
    None, True, -1, 2**63, 2**70, 1.5, "", "x" * 5000, "a\x00b", "\ud800", "\u202e", "site", "show:01",
    "show:99999999999999999999", [[]], ["a\x00b"], ["\ud800"], {}, {"words": ["a\x00b"]}, {"words": ["a\ud800b"]},
    {"allow": ["\x00"]},
]  # fmt: skip

ROWS = [model for model in apps.get_app_config("community_moderation").get_models() if model.__name__ != "Revision"]

BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "reports/", {"target": "message:{other}", "reason": "spam", "note": "n"}),
    ("post", "sanctions/{sanction}/appeal/", {"text": "No."}),
    ("post", "cases/{case}/decide/", {
        "action": "mute", "secs": 60, "everywhere": False, "note": "n",
    }),
    ("post", "cases/decide/", {"cases": "{cases}", "action": "keep", "note": "n"}),
    ("post", "sanctions/", {
        "user": "{bo}", "scope": "site", "kind": "mute", "reason": "spam", "secs": 60, "note": "n",
    }),
    ("post", "sanctions/{held}/lift/", {"why": "w"}),
    ("post", "appeals/{appeal}/decide/", {"overturn": True, "answer": "a"}),
    ("patch", "rooms/show:{show}/", {
        "slow_mode_secs": 1, "followers_only": True, "min_account_age_secs": 1, "links": False, "chat": False,
        "held": True, "raid_secs": 1,
    }),
    ("post", "rules/", {
        "scope": "site", "title": "t", "kind": "keyword", "params": {"words": ["x"]}, "action": "flag",
        "mute_secs": 60, "enabled": True, "exempt_users": [], "exempt_older_than_days": 1,
    }),
    ("post", "rules/try/", {
        "scope": "site", "title": "t", "kind": "link", "params": {"allow": ["x"]}, "action": "flag",
    }),
    ("patch", "rules/{rule}/", {
        "title": "t", "params": {"words": ["x"]}, "action": "flag", "mute_secs": 60, "exempt_users": [1],
        "exempt_older_than_days": 1,
    }),
]  # fmt: skip

METHODS: list[tuple[str, dict[str, Any]]] = [
    ("desk.look", {"case": "{case}"}),
    ("room.set", {"channel": "show:{show}", "slow_mode_secs": 1, "links": False, "raid_secs": 1}),
    ("mod.hide", {"message": "{other}"}),
    ("mod.restore", {"message": "{other}"}),
    ("mod.sanction", {
        "channel": "show:{show}", "user": "{bo}", "kind": "mute", "reason": "spam", "secs": 60, "rule": "r",
        "note": "n", "hide": False, "key": "k",
    }),
    ("mod.lift", {"sanction": "{held}", "why": "w"}),
]  # fmt: skip


@pytest.fixture
def things(show, ann, bo, cy, mod) -> dict[str, Any]:
    room = f"show:{show.pk}"
    said = [say(room, ann, text)["id"] for text in ("buy", "buy more")]
    mute = {"by": mod.pk, "scope": room, "kind": "mute", "reason": "spam", "secs": 600}
    sanction = add_sanction(user_id=ann.pk, **mute)
    case = report(reporter_id=bo.pk, target=f"message:{said[0]}", reason="spam")
    return {
        "show": show.pk,
        "bo": bo.pk,
        "other": said[1],
        "case": case.pk,
        "cases": [case.pk],
        "sanction": sanction.pk,
        "appeal": appeal(user_id=ann.pk, sanction_id=sanction.pk, text="No.").pk,
        "held": add_sanction(user_id=cy.pk, **mute).pk,
        "rule": make_rule(
            by=mod.pk, scope="site", title="W", kind="keyword", params={"words": ["x"]}, action="flag"
        ).pk,
    }


def filled(body: dict[str, Any], things: dict[str, Any]) -> dict[str, Any]:
    given = {f"{{{name}}}": value for name, value in things.items()}
    return {
        name: given.get(value, value.format(**things)) if isinstance(value, str) else value
        for name, value in body.items()
    }


def rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


def spoilt(body: dict[str, Any]) -> Iterator[Any]:
    for value in NONSENSE:
        yield value
        for name in body:
            yield {**body, name: value}
    for name in body:
        yield {key: value for key, value in body.items() if key != name}


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "body"), BODIES)
def test_over_http(things, ann, other_mod, method, path, body) -> None:
    client = client_of(ann if path.startswith(("reports", "sanctions/{sanction}")) else other_mod)
    client.raise_request_exception = False
    url, send = f"/api/moderation/{path.format(**things)}", getattr(client, method)
    before, refused = rows(), 0
    for given in spoilt(filled(body, things)):
        with transaction.atomic():
            # As escapes: a half of a character has no other form.
            answer = send(url, json.dumps(given), content_type="application/json", headers={"Idempotency-Key": "k"})
            assert answer.status_code < 500, (given, answer.content)
            if answer.status_code < 400:
                transaction.set_rollback(True)
            else:
                assert answer.json()["error"]["code"], given
                refused += 1
    assert refused > len(NONSENSE)
    assert rows() == before


QUERIES = [
    f"{path}?{name}={value}"
    for path, names in {
        "cases/": ("state", "scope", "place", "kind", "reason", "source", "subject", "order", "offset"),
        "sanctions/": ("scope", "place", "state", "user", "kind", "before"),
        "people/": ("q",),
        "places/": ("q",),
        f"people/{2**53}/reports/": ("before",),
        "held/": ("scope",),
        "rules/": ("scope",),
        "appeals/": ("state",),
        "audit/": ("before", "target", "action", "actor", "person", "place"),
        "metrics/": ("days",),
    }.items()
    for name in names
    for value in ("", "x", "-1", "0", "%00", "%ED%A0%80", "9" * 30, "%D9%A1", "show:0", "x" * 300)
]
PATHS = [
    path.replace("ID", id)
    for path in ("cases/ID/", "people/ID/", "people/ID/reports/", "rules/ID/", "rooms/ID/", "rooms/show:ID/")
    for id in ("0", "-1", "x", "9" * 18, "9" * 30, "%00", "%ED%A0%80", "%D9%A1")
]
PATHS.append("rooms/show:01/")


@pytest.mark.django_db
def test_in_addresses(things, mod) -> None:
    client, before = client_of(mod), rows()
    client.raise_request_exception = False
    for path in (*QUERIES, *PATHS):
        answer = client.get(f"/api/moderation/{path}")
        assert answer.status_code < 500, path
        assert answer.status_code < 400 or answer.json()["error"]["code"], path
    for path in PATHS:
        assert client.get(f"/api/moderation/{path}").status_code in (400, 404), path
    assert rows() == before


@pytest.mark.django_db(transaction=True)
async def test_over_the_socket(things, mod, valkey, monkeypatch) -> None:
    monkeypatch.setattr("project.realtime.connection.MOST_COMMANDS_AT_ONCE", 10**6)
    async with clients(monkeypatch) as connect:
        client = await connect(mod)
        for channel in ("desk:1", "desk:00", "desk:-1", "desk:x", "desk:", "desk:0\x00", "desk:" + "9" * 40):
            assert (await client.enter(channel)).get("error") in ("not found", "not_found", "unknown channel"), channel
        calls = [(method, given) for method, body in METHODS for given in spoilt(filled(body, things))]
        refused = []
        for method, given in calls:
            if "\\ud" in json.dumps(given):
                continue
            answer = await client.call(method, given) or {}
            assert answer.get("error") not in ("internal server error", "error"), (method, given)
            if "error" in answer:
                refused.append((method, given))
        before = await database(rows)
        for method, given in refused:
            assert "error" in await client.call(method, given), (method, given)
        assert await database(rows) == before
        assert len(refused) > len(calls) / 2
        assert client.closed is None


@pytest.mark.django_db
def test_texts_are_kept_without_what_is_no_text(show, ann, bo, mod, other_mod) -> None:
    """As chat keeps its own: no half of a character, no NUL, and nothing that turns what stands around it."""
    bad, good = "\u202e a\x00b\ud800\r\nc\u2066 ", "ab\nc"
    room = f"show:{show.pk}"
    case = report(reporter_id=bo.pk, target=f"message:{say(room, ann, 'buy')['id']}", reason="spam", note=bad)
    assert Report.objects.get(case=case).note == good
    held = add_sanction(by=mod.pk, user_id=ann.pk, scope=room, kind="mute", reason="spam", secs=60, rule=bad, note=bad)
    held.refresh_from_db()
    assert (held.rule, held.note) == (good, good)
    with pytest.raises(Invalid):
        appeal(user_id=ann.pk, sanction_id=held.pk, text="\u202e\x00")
    assert not Appeal.objects.exists()
    given = appeal(user_id=ann.pk, sanction_id=held.pk, text=bad)
    decided = decide_appeal(by=other_mod.pk, appeal_id=given.pk, overturn=False, answer=bad)
    assert (decided.text, decided.answer) == (good, good)
    assert lift_sanction(by=mod.pk, sanction_id=held.pk, why=bad).lifted_why == good
    rule = {"scope": "site", "kind": "keyword", "action": "flag"}
    made = make_rule(by=mod.pk, title=bad, params={"words": [bad, "\ufeffd"]}, **rule)
    assert (made.title, made.params["words"]) == (good, [good, "d"])
    for title, words in (("\u202e", ["x"]), ("t", ["\x00"])):
        with pytest.raises(RuleInvalid):
            make_rule(by=mod.pk, title=title, params={"words": words}, **rule)
