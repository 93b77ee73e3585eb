"""Nonsense in each field of what groups and chats are asked over HTTP: a clear refusal, and nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from chat.conversations.services import join_group
from tests.contracts.operations import OPERATIONS, Operation, changed, fields_of, in_path, rows
from tests.contracts.things import things_of
from tests.support.factories import make_host, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CHATS = ("/api/conversations/", "/api/dms/", "/api/groups/", "/api/invites/", "/api/mentions/", "/api/messages/")
ASKED = [one for one in OPERATIONS if one.path.startswith((*CHATS, "/api/uploads/"))]
WITH_BODIES = [one for one in ASKED if fields_of(one)]

# By the name of a field: what is good. What is bad of it is worked out.
GOOD: dict[str, Any] = {
    "accept": True,
    "answer": "because",
    "capacity": 100,
    "expires_in_secs": 600,
    "file": None,
    "history": "all",
    "join_policy": "open",
    "max_uses": 3,
    "mention_all": "managers",
    "muted": True,
    "note": "n",
    "picture": None,
    "pinned": True,
    "question": "Why?",
    "reason": "spam",
    "role": "manager",
    "seq": 1,
    "text": "hello",
    "title": "Tea",
    "user": 1,
}
HUGE = "x" * 20_000
BAD_OF_ALL: list[Any] = [[], {}, [[]], {"a": 1}]
BAD: dict[type, list[Any]] = {
    str: [None, HUGE, True, *BAD_OF_ALL],
    int: [-1, 2**63, 10**30, 1.5, "", "one", True, *BAD_OF_ALL],
    bool: [None, "", "perhaps", 7, *BAD_OF_ALL],
    type(None): ["text", 7, *BAD_OF_ALL],
}
# Nobody's: no id, code, or cursor is like that.
FORGED = ["0", str(2**31), str(2**63), "9" * 400, "x", "%00", "%ff", "..%2f", "' OR 1=1 --", "-1", "1.5", "x" * 3000]
# What nobody is in or has asked for is as it should be afterwards.
GONE_ALREADY = {
    "DELETE /api/groups/{group_id}/join/",
    "DELETE /api/groups/{group_id}/members/{member_user_id}/",
}


def spoilt(operation: Operation) -> Iterator[dict[str, Any]]:
    good = {name: GOOD[name] for name in fields_of(operation) if GOOD[name] is not None}
    for name in fields_of(operation):
        for value in BAD[type(GOOD[name])]:
            yield {**good, name: value}


@pytest.fixture(scope="module")
def things(made_once: None) -> dict[str, Any]:
    owner = make_host()
    found = things_of(owner)
    join_group(user_id=make_user().pk, group_id=found["group_id"])
    return {**found, "owner": owner}


@pytest.fixture
def client(things: dict[str, Any]) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(things["owner"])
    return client


def test_what_is_good_of_each_field_is_known() -> None:
    unknown = {name for one in WITH_BODIES for name in fields_of(one)} - set(GOOD)
    assert not unknown, f"say in GOOD what is good of {sorted(unknown)}"


@pytest.mark.parametrize("operation", WITH_BODIES, ids=str)
def test_a_bad_field(operation: Operation, things: dict[str, Any], client: APIClient) -> None:
    path = operation.path.format(**things)
    before = rows()
    for body in spoilt(operation):
        # Whatever is taken after all (a number for a text, as forms send it) is taken back.
        with transaction.atomic():
            answer = getattr(client, operation.how)(path, body, format="json", headers={"Idempotency-Key": "k"})
            taken = answer.status_code < 300
            transaction.set_rollback(taken)
        assert taken or not changed(before), (body, answer.status_code)
        refused = answer.status_code in (400, 403, 404, 409, 413, 415) and answer.json()["error"]["code"]
        assert taken or refused, (body, answer.status_code, answer.content[:300])
        assert HUGE not in body.values() or not taken, body
    for raw in (b"{", b"[]", b"\xff", b'"x"', b"null", b"[" * 100_000):
        answer = getattr(client, operation.how)(path, raw, content_type="application/json")
        assert answer.status_code < 500, (raw[:20], answer.status_code)
    assert not changed(before)


@pytest.mark.parametrize("operation", [one for one in ASKED if in_path(one)], ids=str)
def test_a_forged_name(operation: Operation, things: dict[str, Any], client: APIClient) -> None:
    before = rows()
    expected = {400, 403, 404, 405} | ({204} if str(operation) in GONE_ALREADY else set())
    good = {name: GOOD[name] for name in fields_of(operation) if GOOD[name] is not None}
    for name in in_path(operation):
        for forged in FORGED:
            path = operation.path.format(**{**things, name: forged})
            body = {} if operation.how == "get" else {"data": good, "format": "json"}
            answer = getattr(client, operation.how)(path, **body)
            assert answer.status_code in expected, (path[:200], answer.status_code, answer.content[:300])
    assert not changed(before)


@pytest.mark.parametrize("operation", [one for one in ASKED if one.how == "get"], ids=str)
def test_a_forged_question(operation: Operation, things: dict[str, Any], client: APIClient) -> None:
    path = operation.path.format(**things)
    asked = {one["name"] for one in operation.described.get("parameters", ()) if one["in"] == "query"}
    for name in asked:
        for forged in ["", "-1", "1.5", "x", "9" * 400, "\x00", "%ff", "0.0", "1.1.1", HUGE]:
            others = {"q": "tea"} if "q" in asked else {"since": 0} if "since" in asked else {}
            answer = client.get(path, {**others, name: forged})
            assert answer.status_code in (200, 302, 400, 404), (name, forged[:50], answer.content[:300])
            assert answer.status_code in (200, 302) or answer.json()["error"]["code"]
