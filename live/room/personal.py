"""What a person finds who connects: each part is read by the app that it belongs to, as `project/wiring.py` says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, cast

from live.room.cards import PersonalSnapshot


class Part(NamedTuple):
    """A part of the snapshot of `user:<id>`: `read` answers by user id, for many at once; `empty` is for the others."""

    read: Callable[[Collection[int]], Mapping[int, Any]]
    empty: Callable[[], Any]


_parts: dict[str, Part] = {}


def install(parts: Mapping[str, Part]) -> None:
    """Take over the table of parts. Raises TypeError where it does not fit `PersonalSnapshot`."""
    if parts.keys() != PersonalSnapshot.__annotations__.keys():
        raise TypeError(f"{sorted(parts.keys() ^ PersonalSnapshot.__annotations__.keys())} of PersonalSnapshot")
    _parts.clear()
    _parts.update(parts)


def personal_snapshots(user_ids: Collection[int]) -> dict[int, PersonalSnapshot]:
    """All that `user:<id>` shows, by user id. As many queries as its parts need, however many people there are."""
    found = {name: part.read(user_ids) for name, part in _parts.items()}
    return {
        user_id: cast(
            PersonalSnapshot,
            {name: found[name][user_id] if user_id in found[name] else part.empty() for name, part in _parts.items()},
        )
        for user_id in user_ids
    }
