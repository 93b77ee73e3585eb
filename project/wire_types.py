"""The wire in TypeScript, written from the server's own annotations.

Cards (`TypedDict`) and parameters (`msgspec.Struct`) become interfaces; events, snapshots and methods become tables by
their words. Raises TypeError for an annotation that has no place on the wire.
"""

from __future__ import annotations

import json
import textwrap
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from inspect import cleandoc
from typing import Any, Literal, Never, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec
from django.apps import apps

from project.annotations import Field, Writer
from project.kernel.errors import DomainError
from project.kernel.events import Event
from project.realtime.topics import Methods, Topic

HEADER = """\
// Written by `make types` from the classes of the server. Do not change it by hand.
// Times are in ms since the epoch, unless a comment says otherwise.
"""
PRIMITIVES: dict[Any, str] = {
    int: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    None: "null",
    type(None): "null",
    Never: "never",
}


def wire_types(
    *,
    events: Iterable[type[Event]],
    owners: Sequence[Methods],
    rooms: Collection[str],
    errors: Iterable[type[DomainError]],
) -> str:
    """The text of `wire.generated.ts`. `rooms`: the kinds of channel that an event may be sent to by name alone."""
    script = _Script()
    topics = [owner for owner in owners if isinstance(owner, Topic)]
    tables = by_channel_kind(events, rooms=rooms)
    if unknown := tables.keys() - {topic.kind for topic in topics}:
        raise TypeError(f"no topic for the channels {sorted(unknown)}")
    for topic in topics:
        script.event_table(topic.kind, tables.get(topic.kind, []))
    script.table("EventsOf", "Events by the kind of channel.", {t.kind: f"{_title(t.kind)}Events" for t in topics})
    snapshots = {topic.kind: script.of(result_of(topic, "join")) for topic in topics}
    script.table("SnapshotOf", "What a subscription answers, by the kind of channel.", snapshots)
    methods = {
        method.name: f"[{script.of(method.params)}, {script.of(result_of(owner, method.attribute))}]"
        for owner in owners
        for method in owner.methods.values()
    }
    script.table("Methods", "Parameters and result of each method.", methods)
    return "\n".join([HEADER, *script.cards.values(), *script.tables, _errors(errors)])


Class = TypeVar("Class", bound=type)


def in_use(classes: Iterable[Class]) -> list[Class]:
    """Those that an installed app owns and that no other one refines."""
    owned = [cls for cls in classes if apps.get_containing_app_config(cls.__module__)]
    return [cls for cls in owned if not any(cls is not other and issubclass(other, cls) for other in owned)]


def by_channel_kind(events: Iterable[type[Event]], *, rooms: Collection[str]) -> dict[str, list[type[Event]]]:
    """The events that clients get, by kind of channel and in the order of their words."""
    found: dict[str, list[type[Event]]] = {}
    for cls in sorted(events, key=lambda cls: (getattr(cls, "type", ""), cls.__module__)):
        channels = [channel for room in rooms for channel in cls(**_sample_fields(cls, room)).channels()]
        for kind in sorted({channel.partition(":")[0] for channel in channels}):
            found.setdefault(kind, []).append(cls)
    return found


class _Script(Writer[str]):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[str] = []

    def primitive(self, annotation: Any) -> str:
        return PRIMITIVES[annotation]

    def words(self, words: Sequence[str]) -> str:
        return " | ".join(json.dumps(word) for word in words)

    def one_of(self, parts: Sequence[str]) -> str:
        return " | ".join(parts)

    def list_of(self, element: str) -> str:
        return f"({element})[]" if " | " in element else f"{element}[]"

    def table_of(self, value: str) -> str:
        return f"Record<string, {value}>"

    def name_of(self, card: str) -> str:
        return card

    def card(self, cls: type, fields: Sequence[Field]) -> str:
        lines = []
        for field in fields:
            lines += _comment(_bounds(field.bounds), depth=1)
            lines.append(f"  {field.name}{'?' if field.may_be_missing else ''}: {self.of(field.annotation)};")
        body = [f"export interface {cls.__name__} {{", *lines, "}\n"]
        empty = [f"export type {cls.__name__} = Record<string, never>;\n"]
        return "\n".join([*_comment(doc_of(cls)), *(body if lines else empty)])

    def table(self, name: str, comment: str, rows: Mapping[str, str]) -> None:
        lines = [f"  {_key(word)}: {row};" for word, row in rows.items()]
        self.tables.append("\n".join([*_comment(comment), f"export interface {name} {{", *lines, "}\n"]))

    def event_table(self, kind: str, events: Sequence[type[Event]]) -> None:
        lines: list[str] = []
        for cls in events:
            hints = get_type_hints(cls, include_extras=True)
            body = "; ".join(f"{name}: {self.of(hints[name])}" for name in shown_fields(cls))
            comment = _comment(doc_of(cls), note="" if cls.durable else "Not kept: the next one replaces it.", depth=1)
            lines += [*comment, f'  "{cls.type}": {{ {body} }};']
        comment = _comment(f"Events of `{kind}:<id>`, by their `type`: what each has besides `type` and `at`.")
        self.tables.append("\n".join([*comment, f"export interface {_title(kind)}Events {{", *lines, "}\n"]))


def shown_fields(cls: type[Event]) -> list[str]:
    """What clients get of an event besides its type and time."""
    return [field.name for field in fields(cls) if field.name != "at" and not field.name.endswith("_to")]


def result_of(owner: Methods, attribute: str) -> Any:
    """The annotation of what a handler answers."""
    return get_type_hints(getattr(owner, attribute))["return"]


def _bounds(bounds: Iterable[msgspec.Meta]) -> str:
    """What is said about a parameter: `1–50`, `0–64 characters`."""
    said: list[str] = []
    for meta in bounds:
        if meta.le is not None:
            said.append(f"{meta.ge}–{meta.le}")
        if meta.max_length is not None:
            said.append(f"{meta.min_length or 0}–{meta.max_length} characters")
        if meta.pattern is not None:
            said.append(f"`{meta.pattern}`")
    return ", ".join(said)


def _sample_fields(cls: type[Event], room: str) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {field.name: _sample(hints[field.name], room) for field in fields(cls)}


def _sample(annotation: Any, room: str) -> Any:
    """Any value of a type. A text is the name of a channel: where an event is told where it goes, it is told so."""
    origin, args = get_origin(annotation), get_args(annotation)
    if is_typeddict(annotation):
        return {name: _sample(hint, room) for name, hint in get_type_hints(annotation).items()}
    if origin is Literal:
        return args[0]
    if origin in (Union, types.UnionType):
        return _sample(args[0], room)
    if origin in (list, dict):
        return origin()
    return f"{room}:1" if annotation is str else annotation()


def _errors(errors: Iterable[type[DomainError]]) -> str:
    rows = [
        f"  {cls.code}: {{ number: {cls.number}, status: {cls.status}, temporary: {json.dumps(cls.temporary)} }},"
        for cls in sorted(errors, key=lambda cls: cls.code)
    ]
    comment = "Why the server refuses: the code of an RPC's error, the HTTP status, and whether trying again may help."
    return "\n".join(
        [
            *_comment(comment),
            "export const ERRORS = {",
            *rows,
            "} as const;\n",
            "/** The stable word of a refusal. */",
            "export type ErrorCode = keyof typeof ERRORS;\n",
        ]
    )


def doc_of(cls: type) -> str:
    """The first paragraph of a class's own docstring, on one line."""
    text = cls.__dict__.get("__doc__") or ""
    # A dataclass without one gets its signature as its docstring.
    if not text or text.startswith(f"{cls.__name__}("):
        return ""
    return " ".join(cleandoc(text).split("\n\n")[0].split())


def _comment(text: str, *, note: str = "", depth: int = 0) -> list[str]:
    """Lines of a comment; none for no text."""
    indent = "  " * depth
    text = " ".join(part for part in (text, note) if part)
    if len(text) <= 100:
        return [f"{indent}/** {text} */"] if text else []
    return [f"{indent}/**", *(f"{indent} * {line}" for line in textwrap.wrap(text, 100)), f"{indent} */"]


def _key(word: str) -> str:
    return word if word.isidentifier() else f'"{word}"'


def _title(kind: str) -> str:
    return kind.capitalize()
