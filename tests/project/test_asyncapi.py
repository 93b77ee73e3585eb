"""The AsyncAPI document is valid, and says what the classes say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings

from project import wiring
from project.asyncapi import asyncapi
from project.kernel.errors import Busy
from project.management.commands.wire_types import SOCKET, generated
from tests.project.test_wire_types import Cracked, Ropes, Rung, TowerTopic

OFFICIAL = settings.BASE_DIR / "frontend/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"


@pytest.fixture(scope="module")
def document() -> Any:
    text = asyncapi(events=[Rung, Cracked], owners=[TowerTopic(), Ropes()], rooms=["tower"], errors=[Busy])
    return json.loads(text)


@pytest.fixture(scope="module")
def whole() -> Any:
    return json.loads(generated()[SOCKET])


def messages_of(document: Any, channel: str) -> Any:
    return document["channels"][channel]["messages"]


def resolved(document: Any, reference: str) -> Any:
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [part["$ref"]] if "$ref" in part else [one for value in part.values() for one in references(value)]
    return [one for value in part for one in references(value)] if isinstance(part, list) else []


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the front end's packages are not installed: make dev-deps frontend")
def test_it_is_valid_by_the_official_schema(whole: Any) -> None:
    schema = json.loads(Path(OFFICIAL).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(whole)


def test_every_reference_leads_somewhere(whole: Any) -> None:
    assert all(resolved(whole, reference) for reference in references(whole))


def test_an_event_is_a_message_of_its_channel(document: Any) -> None:
    message = messages_of(document, "tower")["bell.rung"]
    assert message == {
        "summary": "A bell has rung. Not kept and not recovered: the next one replaces it.",
        "payload": {
            "type": "object",
            "properties": {
                "type": {"const": "bell.rung"},
                "at": {
                    "type": "integer",
                    "description": "When it happened: ms since the epoch, by the server's clock.",
                },
                "bell": {"$ref": "#/components/schemas/Bell"},
                "loud": {"type": "boolean"},
            },
            "required": ["type", "at", "bell", "loud"],
        },
        "x-delivery": "ephemeral",
    }
    assert messages_of(document, "tower")["bell.cracked"]["x-delivery"] == "durable"


def test_a_card_is_a_schema(document: Any) -> None:
    assert document["components"]["schemas"]["Bell"] == {
        "type": "object",
        "description": "A bell, as it hangs.",
        "properties": {
            "id": {"type": "integer"},
            "tone": {"anyOf": [{"enum": ["low", "high"]}, {"type": "null"}]},
            "weight": {"type": "number"},
            "marks": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        },
        "required": ["id", "tone", "marks"],
    }


def test_a_method_is_an_operation_with_bounds_and_a_reply(document: Any) -> None:
    operation = document["operations"]["bell.pull"]
    assert operation["action"] == "receive"
    assert operation["messages"] == [{"$ref": "#/channels/rpc/messages/bell.pull"}]
    assert operation["reply"]["messages"] == [
        {"$ref": "#/channels/rpc/messages/bell.pull.result"},
        {"$ref": "#/channels/rpc/messages/refusal"},
    ]
    params = resolved(document, messages_of(document, "rpc")["bell.pull"]["payload"]["$ref"])
    assert params["properties"] == {
        "bell": {"type": "integer", "minimum": 1},
        "key": {"type": "string", "maxLength": 8, "pattern": "^[a-z]+$"},
        "times": {"type": "integer", "minimum": 1, "maximum": 12},
    }
    assert params["required"] == ["bell", "key"]


def test_a_subscription_is_answered_with_the_snapshot(document: Any) -> None:
    assert document["operations"]["tower.subscribe"]["reply"]["messages"][0] == {
        "$ref": "#/channels/tower/messages/snapshot"
    }
    assert messages_of(document, "tower")["snapshot"]["payload"] == {"$ref": "#/components/schemas/Tower"}


def test_refusals_are_those_of_the_house_and_of_the_engine(document: Any) -> None:
    words = {
        one["properties"]["message"]["const"]
        for one in document["components"]["messages"]["refusal"]["payload"]["oneOf"]
    }
    assert {"busy", "permission denied", "too many requests"} <= words


def test_everything_in_the_wiring_is_in_it(whole: Any) -> None:
    kinds = {owner.kind for owner in wiring.TOPICS if hasattr(owner, "kind")}
    methods = {method.name for owner in wiring.TOPICS for method in owner.methods.values()}
    assert set(whole["channels"]) == kinds | {"rpc"}
    assert set(whole["operations"]) >= methods | {f"{kind}.subscribe" for kind in kinds}
    sent = {word for kind in kinds for word in messages_of(whole, kind)}
    assert {"chat.sent", "claim.won", "stock.changed"} <= sent


def test_what_the_server_sends_fits(document: Any) -> None:
    """An event's own `wire()` against the schema of its message."""
    event = Rung(tower_to=1, bell={"id": 1, "tone": None, "marks": []}, loud=True)
    schema = {**messages_of(document, "tower")["bell.rung"]["payload"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(event.wire())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**event.wire(), "loud": "very"})
