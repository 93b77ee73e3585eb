"""One walk over the annotations of what travels: cards (`TypedDict`), parameters (`msgspec.Struct`) and their parts.

Whoever writes them down in some language (`project.wire_types`, `project.asyncapi`) says how each part is written.
Raises TypeError for an annotation that has no place on the wire.
"""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    Never,
    NotRequired,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec

PRIMITIVES = (int, float, str, bool, None, type(None), Never)
Written = TypeVar("Written")


@dataclass(frozen=True, slots=True)
class Field:
    """`bounds`: what `msgspec.Meta` says about it."""

    name: str
    annotation: Any
    may_be_missing: bool
    bounds: Sequence[msgspec.Meta]


class Writer(ABC, Generic[Written]):
    """`cards`: every card and parameter that was met, by its name."""

    def __init__(self) -> None:
        self.cards: dict[str, Written] = {}
        self._sources: dict[str, type] = {}

    @abstractmethod
    def primitive(self, annotation: Any) -> Written: ...
    @abstractmethod
    def words(self, words: Sequence[str]) -> Written: ...
    @abstractmethod
    def one_of(self, parts: Sequence[Written]) -> Written: ...
    @abstractmethod
    def list_of(self, element: Written) -> Written: ...
    @abstractmethod
    def table_of(self, value: Written) -> Written: ...
    @abstractmethod
    def name_of(self, card: str) -> Written: ...
    @abstractmethod
    def card(self, cls: type, fields: Sequence[Field]) -> Written: ...

    def of(self, annotation: Any) -> Written:
        origin, args = get_origin(annotation), get_args(annotation)
        if annotation in PRIMITIVES:
            return self.primitive(annotation)
        if is_typeddict(annotation) or (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)):
            return self._named(annotation)
        if origin in (Annotated, NotRequired):
            return self.of(args[0])
        if origin is Literal:
            return self.words(args)
        if origin in (Union, types.UnionType):
            return self.one_of([self.of(part) for part in args])
        if origin is list:
            return self.list_of(self.of(args[0]))
        if origin is dict and args[0] is str:
            return self.table_of(self.of(args[1]))
        raise TypeError(f"{annotation!r} has no place on the wire")

    def _named(self, cls: Any) -> Written:
        name: str = cls.__name__
        if self._sources.setdefault(name, cls) is not cls:
            raise TypeError(f"{name} is both in {cls.__module__} and in {self._sources[name].__module__}")
        if name not in self.cards:
            self.cards[name] = self.card(cls, fields_of(cls))
        return self.name_of(name)


def fields_of(cls: Any) -> list[Field]:
    hints = get_type_hints(cls, include_extras=True)
    return [
        Field(name, hint, _may_be_missing(cls, name, hint), getattr(hint, "__metadata__", ()))
        for name, hint in hints.items()
    ]


def _may_be_missing(cls: Any, field: str, annotation: Any) -> bool:
    if is_typeddict(cls):
        return get_origin(annotation) is NotRequired
    return any(known.name == field and not known.required for known in msgspec.structs.fields(cls))
