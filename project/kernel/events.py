"""Events: frozen, typed facts. Services announce them after commit; clients see them as `{"type", "at", …}`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar

from project.kernel.clock import now_ms

EVENT_CLASSES: dict[str, type[Event]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Fields must be JSON (ints, texts, lists, dicts): that is how the outbox keeps them.

    Events that state something that changes state absolute values, with a `version` issued under the row's lock.
    """

    type: ClassVar[str]
    # Durable events have an offset, are kept and recovered; others state what the next one replaces.
    durable: ClassVar[bool] = True

    at: int = field(default_factory=now_ms)

    def __init_subclass__(cls) -> None:
        # With slots=True the class is made twice: the later one is the one in use.
        EVENT_CLASSES[f"{cls.__module__}:{cls.__qualname__}"] = cls

    def channels(self) -> list[str]:
        """Where it is pushed; empty for a fact that only the server reacts to."""
        return []

    def wire(self) -> dict[str, Any]:
        """What clients get: all fields but those that only say where it goes (names that end in `_to`)."""
        names: list[str] = _wire_names(type(self))
        return {"type": self.type, **{name: getattr(self, name) for name in names}}


def _named_on_the_wire(cls: type[Event]) -> list[str]:
    return [f.name for f in fields(cls) if not f.name.endswith("_to")]


# Any: mypy takes the hash of a class for that of its instances.
_wire_names: Any = cache(_named_on_the_wire)


def dump(event: Event) -> dict[str, Any]:
    """For the outbox: `{"class", "fields"}`."""
    cls = type(event)
    body = {f.name: getattr(event, f.name) for f in fields(event)}
    return {"class": f"{cls.__module__}:{cls.__qualname__}", "fields": body}


def load(row: dict[str, Any]) -> Event:
    """From the outbox. Raises KeyError for a class that this version of the code does not know."""
    return EVENT_CLASSES[row["class"]](**row["fields"])
