"""The socket as an AsyncAPI 3.0 document (`docs/asyncapi.json`), from the classes that make the TypeScript types too.

A channel of the document is a channel kind; what the server sends there are the kind's events. A subscription and each
RPC method is an operation with a reply. Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Never, get_type_hints

import msgspec

from project.annotations import Field, Writer
from project.kernel.errors import DomainError
from project.kernel.events import Event
from project.realtime import codes
from project.realtime.codes import ErrorCode
from project.realtime.topics import Methods, Topic, logged_in
from project.wire_types import by_channel_kind, doc_of, result_of, shown_fields

Schema = dict[str, Any]
PRIMITIVES: dict[Any, str] = {
    int: "integer",
    float: "number",
    str: "string",
    bool: "boolean",
    None: "null",
    type(None): "null",
}
ABOUT = (
    "One WebSocket speaks Centrifuge's client protocol v2, in JSON or Protobuf: see docs/realtime.md. This page says"
    " what travels in it: the `data` of publications, of subscriptions and of RPC calls. Written by `make types` from"
    " the classes of the server."
)


def asyncapi(
    *,
    events: Iterable[type[Event]],
    owners: Sequence[Methods],
    rooms: Collection[str],
    errors: Iterable[type[DomainError]],
) -> str:
    """The document as JSON text. The arguments are those of `wire_types`."""
    topics = [owner for owner in owners if isinstance(owner, Topic)]
    schemas = _Schemas()
    sent = by_channel_kind(events, rooms=rooms)
    channels = {topic.kind: _channel(topic, sent.get(topic.kind, []), schemas) for topic in topics}
    operations: dict[str, Any] = {}
    for topic in topics:
        operations |= _operations_of(topic)
    calls: Schema = {}
    for owner in owners:
        for method in owner.methods.values():
            calls[method.name] = _message(schemas.of(method.params), doc=_method_doc(owner, method.attribute))
            result = schemas.of(result_of(owner, method.attribute))
            calls[f"{method.name}.result"] = _message(result)
            operations[method.name] = _call(method.name, logged_in_only=method.requires is logged_in)
    channels["rpc"] = {
        "address": None,
        "title": "RPC methods",
        "description": "Calls by the name of the method; they belong to the connection, not to a channel.",
        "messages": {**calls, "refusal": {"$ref": "#/components/messages/refusal"}},
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Souk", "version": "1", "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {
            "souk": {
                "host": "{host}",
                "pathname": "/connection/websocket",
                "protocol": "wss",
                "variables": {"host": {"default": "localhost:8000"}},
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": {"refusal": _refusal(errors)}, "schemas": dict(sorted(schemas.cards.items()))},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _channel(topic: Topic, events: Sequence[type[Event]], schemas: _Schemas) -> Schema:
    messages = {cls.type: _event(cls, schemas) for cls in events}
    snapshot = _message(schemas.of(result_of(topic, "join")), doc="The thing as it is now: `data` of the subscription.")
    return {
        "address": f"{topic.kind}:{{id}}",
        "description": doc_of(type(topic)),
        "parameters": {"id": {"description": "Of whose events these are."}},
        "messages": {
            **messages,
            "subscribe": _message({"type": "object", "maxProperties": 0}, doc="Asks to enter."),
            "snapshot": snapshot,
            "refusal": {"$ref": "#/components/messages/refusal"},
        },
    }


def _event(cls: type[Event], schemas: _Schemas) -> Schema:
    hints = get_type_hints(cls, include_extras=True)
    at = {"type": "integer", "description": "When it happened: ms since the epoch, by the server's clock."}
    fields = {"type": {"const": cls.type}, "at": at, **{name: schemas.of(hints[name]) for name in shown_fields(cls)}}
    payload = {"type": "object", "properties": fields, "required": list(fields)}
    note = "" if cls.durable else "Not kept and not recovered: the next one replaces it."
    return _message(payload, doc=" ".join(part for part in (doc_of(cls), note) if part)) | {
        "x-delivery": "durable" if cls.durable else "ephemeral"
    }


def _operations_of(topic: Topic) -> Schema:
    channel, own = f"#/channels/{topic.kind}", f"#/channels/{topic.kind}/messages"
    found: Schema = {
        f"{topic.kind}.subscribe": {
            "action": "receive",
            "channel": {"$ref": channel},
            "summary": "By the server, at connect." if topic.personal else "By the client.",
            "messages": [{"$ref": f"{own}/subscribe"}],
            "reply": {
                "channel": {"$ref": channel},
                "messages": [{"$ref": f"{own}/snapshot"}, {"$ref": f"{own}/refusal"}],
            },
        }
    }
    return found


def _call(name: str, *, logged_in_only: bool) -> Schema:
    messages = "#/channels/rpc/messages"
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/rpc"},
        "summary": "For people who are logged in." if logged_in_only else "For everyone.",
        "messages": [{"$ref": f"{messages}/{name}"}],
        "reply": {
            "channel": {"$ref": "#/channels/rpc"},
            "messages": [{"$ref": f"{messages}/{name}.result"}, {"$ref": f"{messages}/refusal"}],
        },
    }


def _message(payload: Schema, *, doc: str = "") -> Schema:
    return {**({"summary": doc} if doc else {}), "payload": payload}


def _refusal(errors: Iterable[type[DomainError]]) -> Schema:
    """The error of a reply: each with its number, its word and its meaning."""
    engine = [value for value in vars(codes).values() if isinstance(value, ErrorCode)]
    kinds = [
        *[(error.code, error.message, error.temporary, "") for error in sorted(engine)],
        *[(cls.number, cls.code, cls.temporary, doc_of(cls)) for cls in sorted(errors, key=lambda cls: cls.number)],
    ]
    return {
        "summary": "Why a subscription or a method was refused; with `temporary`, trying again may help.",
        "payload": {
            "oneOf": [
                {
                    "type": "object",
                    **({"description": doc} if doc else {}),
                    "properties": {
                        "code": {"const": number},
                        "message": {"const": word},
                        "temporary": {"const": temporary},
                    },
                    "required": ["code", "message"],
                }
                for number, word, temporary, doc in kinds
            ]
        },
    }


class _Schemas(Writer[Schema]):
    """JSON Schemas of annotations."""

    def primitive(self, annotation: Any) -> Schema:
        return {} if annotation is Never else {"type": PRIMITIVES[annotation]}

    def words(self, words: Sequence[str]) -> Schema:
        return {"enum": list(words)}

    def one_of(self, parts: Sequence[Schema]) -> Schema:
        return {"anyOf": list(parts)}

    def list_of(self, element: Schema) -> Schema:
        return {"type": "array", "items": element} if element else {"type": "array", "maxItems": 0}

    def table_of(self, value: Schema) -> Schema:
        return {"type": "object", "additionalProperties": value}

    def name_of(self, card: str) -> Schema:
        return {"$ref": f"#/components/schemas/{card}"}

    def card(self, cls: type, fields: Sequence[Field]) -> Schema:
        doc = doc_of(cls)
        return {
            "type": "object",
            **({"description": doc} if doc else {}),
            "properties": {field.name: self.of(field.annotation) | _bounds(field.bounds) for field in fields},
            "required": [field.name for field in fields if not field.may_be_missing],
        }


def _bounds(bounds: Iterable[msgspec.Meta]) -> Schema:
    found: Schema = {}
    for meta in bounds:
        said = {
            "minimum": meta.ge,
            "maximum": meta.le,
            "minLength": meta.min_length,
            "maxLength": meta.max_length,
            "pattern": meta.pattern,
        }
        found |= {word: value for word, value in said.items() if value is not None}
    return found


def _method_doc(owner: Methods, attribute: str) -> str:
    return " ".join((getattr(owner, attribute).__doc__ or "").split("\n\n")[0].split())
